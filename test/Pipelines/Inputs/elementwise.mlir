// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// z = x * x + (y + y), with a type that is converted on the way.
func.func @f(%x: tensor<?x3xf32> {attn.name = "x", attn.dims = ["n", ""]}, %y: tensor<?x3xf32> {attn.name = "y"}) -> (tensor<?x3xf32> {attn.name = "z"}) {
  %wide = arith.extf %x : tensor<?x3xf32> to tensor<?x3xf64>
  %square = arith.mulf %wide, %wide : tensor<?x3xf64>
  %narrow = arith.truncf %square : tensor<?x3xf64> to tensor<?x3xf32>
  %double = arith.addf %y, %y : tensor<?x3xf32>
  %z = arith.addf %narrow, %double : tensor<?x3xf32>
  return %z : tensor<?x3xf32>
}
