// RUN: attn-opt %s --attn-expand-math="isa=avx2 max-rewrites=1" --verify-diagnostics

// expected-error @below {{expects the approximations in 'f' to end within 1 rewrites, but got more}}
func.func @f(%x: f32) -> f32 {
  %y = math.sinh %x : f32
  return %y : f32
}
