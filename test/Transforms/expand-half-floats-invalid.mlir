// RUN: attn-opt %s -attn-expand-half-floats -split-input-file -verify-diagnostics

func.func @mode(%x: f32) -> bf16 {
  // expected-error@+1 {{expects conversions to bf16 or f16 to round to_nearest_even, but got toward_zero}}
  %y = arith.truncf %x toward_zero : f32 to bf16
  return %y : bf16
}

// -----

func.func @unknown(%x: vector<8xf16>) -> f16 {
  // expected-error@+1 {{expects an operation on bf16 or f16 to be arithmetic or to move values, but got 'vector.reduction'}}
  %y = vector.reduction <add>, %x : vector<8xf16> into f16
  return %y : f16
}
