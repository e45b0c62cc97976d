// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of 8 x 8 that are shifted by 4, over a map. The paper rolls the map by -4, attends inside of windows, and masks pairs that only the roll brought together.
// Without a roll this is a mask on coordinates: windows that begin at 4, and smaller ones at the borders.
//
//     keys(y, x) = { (y', x') : (y' + 4) div 8 = (y + 4) div 8, and so for x }
//
// Liu et al.: Swin Transformer: Hierarchical Vision Transformer using Shifted Windows, 2021, arXiv:2103.14030, section 3.2.
#window = #attn.set<grid = [?, ?], (i0 + 4) floordiv 8 eq (j0 + 4) floordiv 8, (i1 + 4) floordiv 8 eq (j1 + 4) floordiv 8>
!tokens = tensor<?x?x?x64xf32>

func.func @swin_shifted(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                        %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                        %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                        %grid: tensor<2xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#window, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
