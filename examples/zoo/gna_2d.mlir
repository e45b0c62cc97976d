// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strided neighborhood attention: queries move in groups of 8 x 8, which share the window of 16 x 16 of their leader, the middle of the group. Between a
// neighborhood for each query (stride 1) and windows that do not overlap (stride 16), it trades translation for whole tiles.
//
//     keys(y, x) = window(y) x window(x),  window(c) = [start, start + 16),  start = clip(8 (c div 8) + 4 - 8, 0, extent - 16)
//
// Hassani et al.: Generalized Neighborhood Attention: Multi-dimensional Sparse Attention at the Speed of Light, 2025, arXiv:2504.16922, section 3.
#near = #attn.neighborhood<grid = [?, ?], window = [16, 16], stride = [8, 8]>
!tokens = tensor<?x?x?x64xf32>

func.func @gna_2d(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                  %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                  %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                  %grid: tensor<2xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#near, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
