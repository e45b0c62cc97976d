// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Swin over an image of 56x56 tokens: a query sees the square of 8x8 in which it lies, head size 32.
func.func @attention(
    %q: tensor<?x?x?x32xf32> {attn.name = "q", attn.dims = ["b", "h", "m", ""]},
    %k: tensor<?x?x?x32xf32> {attn.name = "k", attn.dims = ["b", "h", "n", ""]},
    %v: tensor<?x?x?x32xf32> {attn.name = "v", attn.dims = ["b", "h", "n", ""]})
    -> (tensor<?x?x?x32xf32> {attn.name = "o", attn.dims = ["b", "h", "m", ""]}) {
  %o = attn.attention %q, %k, %v scale 1.767766952966369e-01 mask(#attn.neighborhood<grid = [56, 56], window = [8, 8], stride = [8, 8]>)
    : (tensor<?x?x?x32xf32>, tensor<?x?x?x32xf32>, tensor<?x?x?x32xf32>) -> tensor<?x?x?x32xf32>
  return %o : tensor<?x?x?x32xf32>
}
