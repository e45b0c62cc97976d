// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The row and the column of a position of a map with rows of 64; two such layers connect all positions.
//
//     keys(y, x) = { (y, x') } u { (y', x) }
//
// Huang et al.: CCNet: Criss-Cross Attention for Semantic Segmentation, 2018, arXiv:1811.11721.
#row = #attn.set<i floordiv 64 eq j floordiv 64>
#column = #attn.set<(i - j) mod 64 eq 0>
!tokens = tensor<?x?x?x64xf32>

func.func @criss_cross(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                       %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                       %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.or<#row, #column>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
