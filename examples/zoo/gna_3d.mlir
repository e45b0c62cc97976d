// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strided neighborhood attention in a video: groups of 4 x 4 x 4 queries share a window of 8 x 8 x 8.
//
//     keys(t, y, x) = window(t) x window(y) x window(x),  window(c) = [start, start + 8),  start = clip(4 (c div 4) + 2 - 4, 0, extent - 8)
//
// Hassani et al.: Generalized Neighborhood Attention: Multi-dimensional Sparse Attention at the Speed of Light, 2025, arXiv:2504.16922, section 3.
#near = #attn.neighborhood<grid = [?, ?, ?], window = [8, 8, 8], stride = [4, 4, 4]>
!tokens = tensor<?x?x?x64xf32>

func.func @gna_3d(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                  %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                  %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                  %grid: tensor<3xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#near, %grid[0] : tensor<3xi64>, %grid[1] : tensor<3xi64>, %grid[2] : tensor<3xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
