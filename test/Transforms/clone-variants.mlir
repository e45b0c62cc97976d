// RUN: attn-opt %s -split-input-file -attn-clone-variants=variants=x86-64-v3,x86-64-v2 | FileCheck %s
// RUN: attn-opt %s -split-input-file -attn-clone-variants=variants=x86-64-v3,x86-64-v2 -attn-clone-variants | FileCheck %s
// RUN: attn-opt %s -split-input-file -attn-clone-variants | FileCheck %s --check-prefix=ALL
// One copy for each variant, best first; attributes of the module stay; a second run changes nothing.

// CHECK-LABEL: module {
// CHECK-NEXT: module @"x86-64-v3" attributes {attn.variant = "x86-64-v3"} {
// CHECK-NEXT: func.func @f(
// CHECK: module @"x86-64-v2" attributes {attn.variant = "x86-64-v2"} {
// CHECK-NEXT: func.func @f(
// CHECK-NOT: module
// ALL: module @"x86-64-v4"
// ALL: module @"x86-64-v3"
// ALL: module @"x86-64-v2"
module {
  func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
}

// -----

// CHECK-LABEL: module attributes {test.kept} {
// CHECK-NEXT: module @"x86-64-v3" attributes {attn.variant = "x86-64-v3"} {
// CHECK-NEXT: }
// CHECK-NEXT: module @"x86-64-v2" attributes {attn.variant = "x86-64-v2"} {
// CHECK-NEXT: }
module attributes {test.kept} {
}

// -----

// CHECK: {{^}}module {
// CHECK-NEXT: ml_program.global private @w
// CHECK-NEXT: module @"x86-64-v3"
// CHECK-NEXT: ml_program.global private @w
// CHECK-NEXT: ml_program.global private @plain
// CHECK-NEXT: }
// CHECK-NEXT: module @"x86-64-v2"
// CHECK-NEXT: ml_program.global private @w
// CHECK-NEXT: ml_program.global private @plain
// CHECK-NEXT: }
module {
  ml_program.global private @w(#ml_program.extern<tensor<4xf32>>) : tensor<4xf32> {attn.source = "model.safetensors:w"}
  ml_program.global private @plain(dense<0.0> : tensor<4xf32>) : tensor<4xf32>
}
