// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of 8 x 8 that do not overlap, over a map whose sides are multiples of 8: the strided neighborhood whose stride is its window.
//
//     keys(y, x) = { (y', x') : y' div 8 = y div 8, x' div 8 = x div 8 }
//
// Liu et al.: Swin Transformer: Hierarchical Vision Transformer using Shifted Windows, 2021, arXiv:2103.14030, section 3.2.
#near = #attn.neighborhood<grid = [?, ?], window = [8, 8], stride = [8, 8]>
!tokens = tensor<?x?x?x64xf32>

func.func @swin(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                %grid: tensor<2xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#near, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
