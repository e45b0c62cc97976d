// RUN: attn-opt %s -attn-bind-weights -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: module
// CHECK-NOT: ml_program
// CHECK: func.func private @f(%[[FRAME:.*]]: !llvm.ptr)
// CHECK: %[[FIELD:.*]] = llvm.getelementptr %[[FRAME]][16] : (!llvm.ptr) -> !llvm.ptr, i8
// CHECK: llvm.load %[[FIELD]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[BYTES:.*]] = builtin.unrealized_conversion_cast %{{.*}} to memref<?xi8>
// CHECK: %[[SHIFT:.*]] = arith.constant 256 : index
// CHECK: %[[VIEW:.*]] = memref.view %[[BYTES]][%[[SHIFT]]][] : memref<?xi8> to memref<4x8xf32>
// CHECK: bufferization.to_tensor %[[VIEW]] restrict : memref<4x8xf32> to tensor<4x8xf32>
module {
  ml_program.global private @w(#ml_program.extern<tensor<4x8xf32>>) : tensor<4x8xf32> {attn.offset = 256 : i64}
  func.func private @f(%frame: !llvm.ptr) {
    %w = ml_program.global_load_const @w : tensor<4x8xf32>
    return
  }
}

// -----

ml_program.global private @w(#ml_program.extern<tensor<4x8xf32>>) : tensor<4x8xf32>
func.func private @f(%frame: !llvm.ptr) {
  // expected-error @+1 {{expects global '@w' to be a static tensor with attn.offset, but got 'tensor<4x8xf32>'}}
  %w = ml_program.global_load_const @w : tensor<4x8xf32>
  return
}
