// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A window with gaps: of 512 positions around a token, every fourth. Of a tile of 14 queries and 32 keys a quarter is seen, whatever the size of the window.
//
//     keys(i) = { i + 4 t : -64 <= t <= 64 }
//
// Beltagy, Peters, Cohan: Longformer: The Long-Document Transformer, 2020, arXiv:2004.05150, section 3.1, "dilated sliding window".
#span = #attn.window<256, 256>
#every_fourth = #attn.set<(i - j) mod 4 eq 0>
!tokens = tensor<?x?x?x64xf32>

func.func @dilated_window(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                          %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                          %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.and<#span, #every_fourth>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
