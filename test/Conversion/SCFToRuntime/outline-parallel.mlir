// RUN: attn-opt %s -attn-outline-parallel -split-input-file -verify-diagnostics | FileCheck %s
// The body becomes a function; what it uses travels in a struct on the stack.

// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[FRAME:.*]]: !llvm.ptr, %[[M:.*]]: memref<?x?xf32>
// CHECK: %[[ARG:.*]] = llvm.alloca %{{.*}} x !llvm.struct<
// CHECK: arith.ceildivsi
// CHECK: %[[COUNT:.*]] = arith.muli
// CHECK: llvm.store
// CHECK: %[[FN:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK: %[[CONTEXT:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK: %[[BODY:.*]] = constant @f.layer.scores.body
// CHECK: llvm.call %[[FN]](%[[CONTEXT]], %{{.*}}, %{{.*}}, %[[ARG]]) : !llvm.ptr, (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr) -> ()
// CHECK: func.func private @f.layer.scores.body(%{{.*}}: !llvm.ptr, %[[PIECE:.*]]: i64, %[[WORKER:.*]]: i64)
// CHECK: arith.index_cast %[[PIECE]] : i64 to index
// CHECK: arith.remui
// CHECK: arith.divui
// CHECK: arith.index_cast %[[WORKER]] : i64 to index
// CHECK: scf.for
// CHECK: memref.store
func.func @f(%frame: !llvm.ptr, %m: memref<?x?xf32>, %rows: index, %columns: index) {
  %x = arith.constant 1.0 : f32
  %c2 = arith.constant 2 : index
  attn.op_begin "layer.scores" kind "attention"
  scf.forall (%i, %j) = (%c2, 0) to (%rows, %columns) step (3, 1) {
    %w = attn.worker
    scf.forall (%k) in (%w) {
      memref.store %x, %m[%i, %j] : memref<?x?xf32>
    }
  }
  attn.op_end "layer.scores"
  return
}

// -----

// A vector of one element travels as its element: no register is that narrow.
// CHECK-LABEL: func.func @narrow(
// CHECK: %[[READ:.*]] = vector.load %{{.*}} : memref<3xf32>, vector<1xf32>
// CHECK: %[[ELEMENT:.*]] = vector.extract %[[READ]][0] : f32 from vector<1xf32>
// CHECK: llvm.store %[[ELEMENT]], %{{.*}} : f32, !llvm.ptr
// CHECK: func.func private @narrow.body(
// CHECK: %[[LOADED:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f32
// CHECK: %[[VECTOR:.*]] = vector.broadcast %[[LOADED]] : f32 to vector<1xf32>
// CHECK: vector.store %[[VECTOR]], %{{.*}} : memref<?x3xf32>, vector<1xf32>
func.func @narrow(%frame: !llvm.ptr, %m: memref<?x3xf32>, %bias: memref<3xf32>, %rows: index) {
  %c2 = arith.constant 2 : index
  %last = vector.load %bias[%c2] : memref<3xf32>, vector<1xf32>
  scf.forall (%i) in (%rows) {
    vector.store %last, %m[%i, %c2] : memref<?x3xf32>, vector<1xf32>
  }
  return
}

// -----

func.func @noframe(%n: index) {
  // expected-error @+1 {{expects parallel loops to be on buffers and in a function with a frame, but got 0 results}}
  scf.forall (%i) in (%n) {
  }
  return
}

// -----

func.func @foreign(%frame: !llvm.ptr, %n: index, %x: tensor<4xf32>) {
  // expected-error @+1 {{expects what a parallel loop uses to have a type of the machine, but got 'tensor<4xf32>'}}
  scf.forall (%i) in (%n) {
    %e = tensor.extract %x[%i] : tensor<4xf32>
  }
  return
}
