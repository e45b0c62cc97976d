// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An op of upstream that no pass of ours takes apart.
func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  // As a model would have it outside of an attention.
  %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
