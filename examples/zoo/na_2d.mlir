// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Neighborhood attention on a map: the 7 x 7 positions around a query, by a window on each axis that slides inwards at the borders.
//
//     keys(y, x) = window(y) x window(x),  window(c) = [start, start + 7),  start = clip(c - 3, 0, extent - 7)
//
// Hassani, Walton, Li, Li, Shi: Neighborhood Attention Transformer, 2022, arXiv:2204.07143, section 3.1.
#near = #attn.neighborhood<grid = [?, ?], window = [7, 7]>
!tokens = tensor<?x?x?x64xf32>

func.func @na_2d(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                 %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                 %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                 %grid: tensor<2xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#near, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
