// RUN: attn-opt %s -split-input-file -verify-diagnostics -convert-attn-to-linalg
// What the op allows and this lowering does not.

func.func @no_schedule(%q: tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32> {
  // expected-error@+1 {{expects a schedule on attn.attention, but got none; attn-schedule sets it}}
  %o = attn.attention %q, %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return %o : tensor<1x1x2x4xf32>
}

// -----

func.func @reduction_without_schedule(%q: tensor<1x1x2x4xf32>) -> tensor<1x1x2xf32> {
  // expected-error@+1 {{expects a schedule on attn.score_reduce, but got none; attn-schedule sets it}}
  %t = attn.score_reduce max %q, %q : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2xf32>
  return %t : tensor<1x1x2xf32>
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
  // expected-error@+1 {{expects element type bf16, f16 or f32, but got 'f64'}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
     : (tensor<1x1x2x4xf64>, tensor<1x1x2x4xf64>, tensor<1x1x2x4xf64>) -> tensor<1x1x2x4xf64>
  return %o : tensor<1x1x2x4xf64>
}

// -----

func.func @norm_of_f64(%x: tensor<?x64xf64>, %w: tensor<64xf64>) -> tensor<?x64xf64> {
  // expected-error@+1 {{expects element type f32, but got 'f64'}}
  %y = attn.norm rms %x, %w eps 1.0e-6 : tensor<?x64xf64>, tensor<64xf64>
  return %y : tensor<?x64xf64>
}

// -----

func.func @rotary_of_unknown_heads(%x: tensor<?x2x?x?xf32>, %t: tensor<?x8xf32>) -> tensor<?x2x?x?xf32> {
  // expected-error@+1 {{expects the size of a head to be static, but got 'tensor<?x2x?x?xf32>'}}
  %y = attn.rotary half %x, %t, %t : tensor<?x2x?x?xf32>, tensor<?x8xf32>
  return %y : tensor<?x2x?x?xf32>
}
