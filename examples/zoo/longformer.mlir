// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A window around each token, and a few global tokens, here the first 16: they see every key, and every query sees them.
//
//     keys(i) = { j : |i - j| <= 128 or j < 16 or i < 16 }
//
// Beltagy, Peters, Cohan: Longformer: The Long-Document Transformer, 2020, arXiv:2004.05150, section 3.1.
#window = #attn.window<128, 128>
#global_keys = #attn.prefix<16>
#global_queries = #attn.set<i le 15>
!tokens = tensor<?x?x?x64xf32>

func.func @longformer(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                      %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                      %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.or<#window, #global_keys, #global_queries>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
