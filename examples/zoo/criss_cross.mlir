// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The row and the column of a position of a map; two such layers connect all positions.
//
//     keys(y, x) = { (y, x') } u { (y', x) }
//
// Huang et al.: CCNet: Criss-Cross Attention for Semantic Segmentation, 2018, arXiv:1811.11721.
#row = #attn.set<grid = [?, ?], i0 eq j0>
#column = #attn.set<grid = [?, ?], i1 eq j1>
!tokens = tensor<?x?x?x64xf32>

func.func @criss_cross(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                       %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                       %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                       %grid: tensor<2xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125
     mask(#attn.or<#row, #column>,
          %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
