// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @f() -> tensor<SIZExf32> { %a = arith.constant dense<1.0> : tensor<SIZExf32> return %a : tensor<SIZExf32> }
