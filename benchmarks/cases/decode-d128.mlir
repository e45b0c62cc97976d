// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One step of a decoder: one query of each of 32 heads, which share the keys and values of 8, head size 128. The number of
// keys is known only at run time: one module serves all lengths.
func.func @attention(
    %q: tensor<1x32x1x128xf32> {attn.name = "q"},
    %k: tensor<1x8x?x128xf32> {attn.name = "k", attn.dims = ["", "", "n", ""]},
    %v: tensor<1x8x?x128xf32> {attn.name = "v", attn.dims = ["", "", "n", ""]})
    -> (tensor<1x32x1x128xf32> {attn.name = "o"}) {
  %o = attn.attention %q, %k, %v scale 8.838834764831845e-02
    : (tensor<1x32x1x128xf32>, tensor<1x8x?x128xf32>, tensor<1x8x?x128xf32>) -> tensor<1x32x1x128xf32>
  return %o : tensor<1x32x1x128xf32>
}
