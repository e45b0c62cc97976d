// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic in a type that the CPU has no instructions for.
func.func @f(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  %y = arith.addf %x, %x : tensor<4xbf16>
  return %y : tensor<4xbf16>
}
