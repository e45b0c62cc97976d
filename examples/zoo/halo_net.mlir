// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blocks of 8 x 8 positions of a map. All queries of a block see the block with a halo of 3 positions around it. Beyond the borders the paper pads, and masks the
// padding; here nothing is there.
//
//     keys(y, x) = { (y', x') : 8 (y div 8) - 3 <= y' < 8 (y div 8) + 11, and so for x }
//
// Vaswani, Ramachandran et al.: Scaling Local Self-Attention for Parameter Efficient Visual Backbones, 2021, arXiv:2103.12731, section 2.2.
#near = #attn.set<grid = [?, ?], j0 ge (i0 floordiv 8) * 8 - 3, j0 le (i0 floordiv 8) * 8 + 10,
                                 j1 ge (i1 floordiv 8) * 8 - 3, j1 le (i1 floordiv 8) * 8 + 10>
!tokens = tensor<?x?x?x64xf32>

func.func @halo_net(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                    %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                    %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                    %grid: tensor<2xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#near, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
