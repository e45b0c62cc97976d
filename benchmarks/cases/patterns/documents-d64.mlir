// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention within documents that lie one after the other: each token says where its own begins and ends, head size 64.
func.func @attention(
    %q: tensor<?x?x?x64xf32> {attn.name = "q", attn.dims = ["b", "h", "m", ""]},
    %k: tensor<?x?x?x64xf32> {attn.name = "k", attn.dims = ["b", "h", "n", ""]},
    %v: tensor<?x?x?x64xf32> {attn.name = "v", attn.dims = ["b", "h", "n", ""]},
    %first: tensor<?xi64> {attn.name = "first", attn.dims = ["m"]},
    %end: tensor<?xi64> {attn.name = "end", attn.dims = ["m"]})
    -> (tensor<?x?x?x64xf32> {attn.name = "o", attn.dims = ["b", "h", "m", ""]}) {
  %o = attn.attention %q, %k, %v scale 1.250000000000000e-01 mask(#attn.segments, %first[i] : tensor<?xi64>, %end[i] : tensor<?xi64>)
    : (tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>) -> tensor<?x?x?x64xf32>
  return %o : tensor<?x?x?x64xf32>
}
