// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Neighbourhood attention over an image of 64x64 tokens: a query sees the 7x7 around it, head size 64.
func.func @attention(
    %q: tensor<?x?x?x64xf32> {attn.name = "q", attn.dims = ["b", "h", "m", ""]},
    %k: tensor<?x?x?x64xf32> {attn.name = "k", attn.dims = ["b", "h", "n", ""]},
    %v: tensor<?x?x?x64xf32> {attn.name = "v", attn.dims = ["b", "h", "n", ""]})
    -> (tensor<?x?x?x64xf32> {attn.name = "o", attn.dims = ["b", "h", "m", ""]}) {
  %o = attn.attention %q, %k, %v scale 1.250000000000000e-01 mask(#attn.neighborhood<grid = [64, 64], window = [7, 7]>)
    : (tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>) -> tensor<?x?x?x64xf32>
  return %o : tensor<?x?x?x64xf32>
}
