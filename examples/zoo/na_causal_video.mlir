// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Neighborhood attention in a video of which only the past is known: 5 frames up to a query's own, and 5 x 5 positions around it in each of them.
//
//     keys(t, y, x) = [max(t - 4, 0), t] x window(y) x window(x),  window(c) = [start, start + 5),  start = clip(c - 2, 0, extent - 5)
//
// Hassani, Hwu, Shi: Faster Neighborhood Attention: Reducing the O(n^2) Cost of Self Attention at the Threadblock Level, 2024, arXiv:2403.04690.
#near = #attn.neighborhood<grid = [?, ?, ?], window = [5, 5, 5], causal = [true, false, false]>
!tokens = tensor<?x?x?x64xf32>

func.func @na_causal_video(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                           %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                           %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                           %grid: tensor<3xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#near, %grid[0] : tensor<3xi64>, %grid[1] : tensor<3xi64>, %grid[2] : tensor<3xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
