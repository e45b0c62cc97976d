// RUN: attn-opt %s -attn-guard-elements -verify-diagnostics

func.func @outside(%x: tensor<4xf32>) -> f32 {
  %c4 = arith.constant 4 : index
  // expected-error@+1 {{'tensor.extract' op expects the index of dimension 0 to be in 0 to 3, but got 4}}
  %y = tensor.extract %x[%c4] : tensor<4xf32>
  return %y : f32
}
