// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Neighborhood attention on a line: the 127 tokens around a query. At the borders the window slides inwards and keeps its size, which a window mask does not.
//
//     keys(x) = [start, start + 127),  start = clip(x - 63, 0, N - 127)
//
// Hassani, Walton, Li, Li, Shi: Neighborhood Attention Transformer, 2022, arXiv:2204.07143, section 3.1.
#near = #attn.neighborhood<grid = [?], window = [127]>
!tokens = tensor<?x?x?x64xf32>

func.func @na_1d(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                 %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                 %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                 %grid: tensor<1xi64> {attn.name = "grid", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#near, %grid[0] : tensor<1xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
