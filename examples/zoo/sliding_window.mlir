// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The last 256 tokens.
//
//     keys(i) = { j <= i : i - j < 256 }
//
// Jiang et al.: Mistral 7B, 2023, arXiv:2310.06825, section 2 (there, 4096).
!tokens = tensor<?x?x?x64xf32>

func.func @sliding_window(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                          %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                          %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.window<255, 0>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
