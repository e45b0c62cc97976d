// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A division that no instruction does.
#id = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<4xi64>) -> tensor<4xi64> {
  %out = tensor.empty() : tensor<4xi64>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<4xi64>) outs(%out : tensor<4xi64>) {
  ^bb0(%in: i64, %old: i64):
    %wide = arith.extsi %in : i64 to i128
    %square = arith.muli %wide, %wide : i128
    %three = arith.constant 3 : i128
    %third = arith.divsi %square, %three : i128
    %low = arith.trunci %third : i128 to i64
    linalg.yield %low : i64
  } -> tensor<4xi64>
  return %y : tensor<4xi64>
}
