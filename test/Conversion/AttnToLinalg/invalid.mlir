// RUN: attn-opt %s -split-input-file -verify-diagnostics -convert-attn-to-linalg
// What the op allows and this lowering does not.

func.func @no_schedule(%q: tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32> {
  // expected-error@+1 {{expects a schedule on attn.attention, but got none; attn-schedule sets it}}
  %o = attn.attention %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return %o : tensor<1x1x2x4xf32>
}

// -----

func.func @dynamic_head(%q: tensor<1x1x2x?xf32>, %v: tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32> {
  // expected-error@+1 {{expects the head size of query to be static, but got 'tensor<1x1x2x?xf32>'}}
  %o = attn.attention %q, %q, %v schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
     : (tensor<1x1x2x?xf32>, tensor<1x1x2x?xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return %o : tensor<1x1x2x4xf32>
}

// -----

func.func @empty_head(%q: tensor<1x1x2x0xf32>, %v: tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32> {
  // expected-error@+1 {{expects the head size of query to be at least 1, but got 'tensor<1x1x2x0xf32>'}}
  %o = attn.attention %q, %q, %v schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
     : (tensor<1x1x2x0xf32>, tensor<1x1x2x0xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return %o : tensor<1x1x2x4xf32>
}

// -----

func.func @empty_value(%q: tensor<1x1x2x4xf32>, %v: tensor<1x1x2x0xf32>) -> tensor<1x1x2x0xf32> {
  // expected-error@+1 {{expects the value size of value to be at least 1, but got 'tensor<1x1x2x0xf32>'}}
  %o = attn.attention %q, %q, %v schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
     : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x0xf32>) -> tensor<1x1x2x0xf32>
  return %o : tensor<1x1x2x0xf32>
}

// -----

func.func @f64(%q: tensor<1x1x2x4xf64>) -> tensor<1x1x2x4xf64> {
  // expected-error@+1 {{expects element type f32, but got 'f64'}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
     : (tensor<1x1x2x4xf64>, tensor<1x1x2x4xf64>, tensor<1x1x2x4xf64>) -> tensor<1x1x2x4xf64>
  return %o : tensor<1x1x2x4xf64>
}
