// RUN: attn-opt %s -split-input-file -attn-place-weights -verify-diagnostics | FileCheck %s

// Panels first, in the order in which the layers read them: @layer reads its second weight before its first. A tensor with the source and the
// layout of another shares its place. 4 * 8192 + 2 * 64 bytes, 8192 for the panel past the end, 4096 for a page.
// CHECK: module attributes {attn.weights_bytes = 45184 : i64}
// CHECK-DAG: @a0(#{{.*}}) : {{.*}} {attn.layout = #{{.*}}, attn.offset = 8192 : i64, attn.source = "s:a0"}
// CHECK-DAG: @b0(#{{.*}}) : {{.*}} {attn.layout = #{{.*}}, attn.offset = 0 : i64, attn.source = "s:b0"}
// CHECK-DAG: @a1(#{{.*}}) : {{.*}} {attn.layout = #{{.*}}, attn.offset = 24576 : i64, attn.source = "s:a1"}
// CHECK-DAG: @b1(#{{.*}}) : {{.*}} {attn.layout = #{{.*}}, attn.offset = 16384 : i64, attn.source = "s:b1"}
// CHECK-DAG: @bias(#{{.*}}) : {{.*}} {attn.offset = 32768 : i64, attn.source = "s:bias"}
// CHECK-DAG: @unread(#{{.*}}) : {{.*}} {attn.offset = 32832 : i64, attn.source = "s:unread"}
// CHECK-DAG: @again(#{{.*}}) : {{.*}} {attn.offset = 32768 : i64, attn.source = "s:bias"}
#panels = #attn.panels<rows = 32, columns = 64, kblock = 64, panel = 32>
ml_program.global private @a0(#ml_program.extern<tensor<1x1x64x32xf32>>) : tensor<1x1x64x32xf32> {attn.layout = #panels, attn.source = "s:a0"}
ml_program.global private @b0(#ml_program.extern<tensor<1x1x64x32xf32>>) : tensor<1x1x64x32xf32> {attn.layout = #panels, attn.source = "s:b0"}
ml_program.global private @a1(#ml_program.extern<tensor<1x1x64x32xf32>>) : tensor<1x1x64x32xf32> {attn.layout = #panels, attn.source = "s:a1"}
ml_program.global private @b1(#ml_program.extern<tensor<1x1x64x32xf32>>) : tensor<1x1x64x32xf32> {attn.layout = #panels, attn.source = "s:b1"}
ml_program.global private @unread(#ml_program.extern<tensor<3xf32>>) : tensor<3xf32> {attn.source = "s:unread"}
ml_program.global private @bias(#ml_program.extern<tensor<1xf32>>) : tensor<1xf32> {attn.source = "s:bias"}
ml_program.global private @again(#ml_program.extern<tensor<1xf32>>) : tensor<1xf32> {attn.source = "s:bias"}
func.func private @layer(%a: tensor<1x1x64x32xf32>, %b: tensor<1x1x64x32xf32>, %i: index) -> (f32, f32) {
  %y = tensor.extract %b[%i, %i, %i, %i] : tensor<1x1x64x32xf32>
  %x = tensor.extract %a[%i, %i, %i, %i] : tensor<1x1x64x32xf32>
  return %x, %y : f32, f32
}
func.func @f(%i: index) -> (f32, f32, f32, f32, f32, f32) {
  %bias = ml_program.global_load_const @bias : tensor<1xf32>
  %again = ml_program.global_load_const @again : tensor<1xf32>
  %c = tensor.extract %bias[%i] : tensor<1xf32>
  %d = tensor.extract %again[%i] : tensor<1xf32>
  %a0 = ml_program.global_load_const @a0 : tensor<1x1x64x32xf32>
  %a1 = ml_program.global_load_const @a1 : tensor<1x1x64x32xf32>
  %b0 = ml_program.global_load_const @b0 : tensor<1x1x64x32xf32>
  %b1 = ml_program.global_load_const @b1 : tensor<1x1x64x32xf32>
  %r:2 = call @layer(%a0, %b0, %i) : (tensor<1x1x64x32xf32>, tensor<1x1x64x32xf32>, index) -> (f32, f32)
  %s:2 = call @layer(%a1, %b1, %i) : (tensor<1x1x64x32xf32>, tensor<1x1x64x32xf32>, index) -> (f32, f32)
  return %r#0, %r#1, %s#0, %s#1, %c, %d : f32, f32, f32, f32, f32, f32
}

// -----

// The example of the pass: 40 floats take 160 bytes, rounded up to 192.
// CHECK: module attributes {attn.weights_bytes = 4288 : i64}
// CHECK: @w(#{{.*}}) : tensor<40xf32> {attn.offset = 0 : i64, attn.source = "a:w"}
ml_program.global private @w(#ml_program.extern<tensor<40xf32>>) : tensor<40xf32> {attn.source = "a:w"}

// -----

// expected-error @below {{'ml_program.global' op expects a weight to have a type of static shape and fewer than 2^46 bytes, but got 'tensor<?xf32>'}}
ml_program.global private @w(#ml_program.extern<tensor<?xf32>>) : tensor<?xf32> {attn.source = "a:w"}
