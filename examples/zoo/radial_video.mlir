// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Frames of 64 to 127 tokens, up to 64 of them. Frames next to each other see each other in full; with the distance d of frames, windows around the same position
// get narrower by the power of two above d, down to 32 tokens, and from there on only every second, fourth, ... frame is kept instead. The first frame is a sink.
// This is the mask on elements, before the public code rounds it to blocks of 128 tokens, for a decay of 1. A distance that a group skips is a multiple that
// a nearer group keeps, so that the groups need no lower bound. The parts of the mask lie on one grid, as their extents are the same elements.
//
//     dl = 128 / 2^bits(d),  keys(a, p) = { (a', p') : d <= 1 or a' = 0 or |p - p'| <= max(dl, 32) and d mod max(32 / dl, 1) = 0 },  d = |a - a'|
//
// Li, Li, Cai et al.: Radial Attention: O(n log n) Sparse Attention with Energy Decay for Long Video Generation, 2025, arXiv:2506.19852.
#near = #attn.set<grid = [?, ?], i0 - j0 le 1, j0 - i0 le 1>
#first = #attn.set<grid = [?, ?], j0 eq 0>
#window = #attn.set<grid = [?, ?], i1 - j1 le 32, j1 - i1 le 32>
#to3 = #attn.set<grid = [?, ?], i0 - j0 le 3, j0 - i0 le 3>
#to7 = #attn.set<grid = [?, ?], i0 - j0 le 7, j0 - i0 le 7, (i0 - j0) mod 2 eq 0>
#to15 = #attn.set<grid = [?, ?], i0 - j0 le 15, j0 - i0 le 15, (i0 - j0) mod 4 eq 0>
#to31 = #attn.set<grid = [?, ?], i0 - j0 le 31, j0 - i0 le 31, (i0 - j0) mod 8 eq 0>
#to63 = #attn.set<grid = [?, ?], i0 - j0 le 63, j0 - i0 le 63, (i0 - j0) mod 16 eq 0>
!tokens = tensor<?x?x?x64xf32>

func.func @radial_video(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                        %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                        %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                        %grid: tensor<2xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125
     mask(#attn.or<#near, #first, #attn.and<#window, #attn.or<#to3, #to7, #to15, #to31, #to63>>>,
          %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>,
          %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>,
          %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>,
          %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
