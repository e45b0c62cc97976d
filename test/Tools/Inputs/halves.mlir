// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Twice a bf16, and an f16 as bf16.
#id = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<4xbf16> {attn.name = "x"}, %h: tensor<4xf16> {attn.name = "h"}) -> (tensor<4xbf16> {attn.name = "y"}, tensor<4xbf16> {attn.name = "b"}) {
  %y = arith.addf %x, %x : tensor<4xbf16>
  %wide = arith.extf %h : tensor<4xf16> to tensor<4xf32>
  %b = arith.truncf %wide : tensor<4xf32> to tensor<4xbf16>
  return %y, %b : tensor<4xbf16>, tensor<4xbf16>
}
