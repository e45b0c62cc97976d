// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dilated neighborhood attention: 7 x 7 positions at steps of 4, so that a query looks as far as a window of 25 x 25 at the cost of one of 7 x 7. Positions of
// different remainders do not see each other; among those of one remainder this is neighborhood attention.
//
//     keys(y, x) = window(y) x window(x),  window(c) = { c mod 4 + 4 n : start <= n < start + 7 },  start as in na_2d among the positions of that remainder
//
// Hassani, Shi: Dilated Neighborhood Attention Transformer, 2022, arXiv:2209.15001, section 3.1.
#near = #attn.neighborhood<grid = [?, ?], window = [7, 7], dilation = [4, 4]>
!tokens = tensor<?x?x?x64xf32>

func.func @dina(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                %grid: tensor<2xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#near, %grid[0] : tensor<2xi64>, %grid[1] : tensor<2xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
