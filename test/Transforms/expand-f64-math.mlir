// RUN: attn-opt %s -attn-expand-f64-math | FileCheck %s
// Accuracy is checked by test/integration/attention, whose f64 programs are compared with numpy in extended precision.

// CHECK-LABEL: func.func @f64(
// CHECK-NOT: math.{{exp|log|tanh}}
// CHECK: return
func.func @f64(%x: f64) -> f64 {
  %a = math.exp %x : f64
  %b = math.log %a : f64
  %c = math.tanh %b : f64
  return %c : f64
}

// CHECK-LABEL: func.func @others(
// CHECK: math.exp %{{.*}} : f32
// CHECK: math.sqrt %{{.*}} : f64
func.func @others(%x: f32, %y: f64) -> (f32, f64) {
  %a = math.exp %x : f32
  %b = math.sqrt %y : f64
  return %a, %b : f32, f64
}
