// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The row of a map: one of the two steps of axial attention.
//
//     keys(y, x) = { (y, x') }
//
// Ho, Kalchbrenner, Weissenborn, Salimans: Axial Attention in Multidimensional Transformers, 2019, arXiv:1912.12180.
!tokens = tensor<?x?x?x64xf32>

func.func @axial_row(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                     %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                     %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                     %grid: tensor<2xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.set<grid = [?, ?], i0 eq j0>, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
