// RUN: attn-opt %s -attn-results-to-destinations -split-input-file | FileCheck %s
// Arguments and results become buffers, calls go between buffers, and a plan knows the sizes of results.

// CHECK-LABEL: func.func private @layer(
// CHECK-SAME: %[[FRAME:.*]]: !llvm.ptr, %[[X:.*]]: memref<?xf32> {attn.dims = ["n"]}, %[[R:.*]]: memref<?xf32> {attn.dims = ["n"], attn.result})
// CHECK: %[[T:.*]] = bufferization.to_tensor %[[X]] restrict :
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[R]]
// CHECK-NEXT: return{{$}}
func.func private @layer(%x: tensor<?xf32> {attn.dims = ["n"]}) -> (tensor<?xf32> {attn.dims = ["n"]}) {
  %y = arith.addf %x, %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// The last call writes where the caller's result belongs; the first one into memory of its own.
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[FRAME:.*]]: !llvm.ptr, %[[X:.*]]: memref<?xf32> {{.*}}, %[[R:.*]]: memref<?xf32> {attn.dims = ["n"], attn.name = "y", attn.result})
// CHECK: %[[A:.*]] = memref.alloc(%{{.*}}) : memref<?xf32>
// CHECK: call @layer(%[[FRAME]], %{{.*}}, %[[A]]) {attn.name = "first"} :
// CHECK: %[[AT:.*]] = bufferization.to_tensor %[[A]] restrict writable
// CHECK: %[[AB:.*]] = bufferization.to_buffer %[[AT]] read_only
// CHECK: call @layer(%[[FRAME]], %[[AB]], %[[R]])
// CHECK-NOT: materialize
// CHECK: return{{$}}
// CHECK: func.func private @f.plan(%[[N:.*]]: index, %{{.*}}: index) -> index
// CHECK-NEXT: return %[[N]] : index
func.func @f(%x: tensor<?xf32> {attn.dims = ["n"]}) -> (tensor<?xf32> {attn.name = "y", attn.dims = ["n"]}) {
  %0 = func.call @layer(%x) {attn.name = "first"} : (tensor<?xf32>) -> tensor<?xf32>
  %1 = func.call @layer(%0) : (tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -----

// A size that is computed on the way: the plan computes it too.
// CHECK-LABEL: func.func private @g.plan(
// CHECK-SAME: %[[A:.*]]: index, %[[B:.*]]: index, %{{.*}}: index) -> (index, index)
// CHECK: %[[S:.*]] = arith.muli %[[A]], %[[B]]
// CHECK: %[[C:.*]] = arith.constant 3 : index
// CHECK: return %[[S]], %[[C]]
func.func @g(%x: tensor<?x3xf32> {attn.dims = ["a", ""]}, %y: tensor<?xf32> {attn.dims = ["b"]}) -> tensor<?x3xf32> {
  %c0 = arith.constant 0 : index
  %a = tensor.dim %x, %c0 : tensor<?x3xf32>
  %b = tensor.dim %y, %c0 : tensor<?xf32>
  %n = arith.muli %a, %b : index
  %e = tensor.empty(%n) : tensor<?x3xf32>
  %z = arith.constant 0.0 : f32
  %r = linalg.fill ins(%z : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// States are updated where they are, through calls too; the plan has no sizes of them.
// CHECK-LABEL: func.func private @append(
// CHECK-SAME: %[[FRAME:.*]]: !llvm.ptr, %[[X:.*]]: memref<1xf32>, %[[ROWS:.*]]: memref<?xf32> {attn.dims = ["c"], attn.name = "rows", attn.state})
// CHECK-DAG: %[[OLD:.*]] = bufferization.to_tensor %[[ROWS]] restrict writable
// CHECK: %[[NEW:.*]] = tensor.insert_slice %{{.*}} into %[[OLD]]
// CHECK: bufferization.materialize_in_destination %[[NEW]] in restrict writable %[[ROWS]]
func.func private @append(%x: tensor<1xf32>, %rows: tensor<?xf32> {attn.name = "rows", attn.dims = ["c"]})
    -> (tensor<?xf32> {attn.dims = ["c"], attn.updates = "rows"}) {
  %new = tensor.insert_slice %x into %rows[0] [1] [1] : tensor<1xf32> into tensor<?xf32>
  return %new : tensor<?xf32>
}

// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[FRAME:.*]]: !llvm.ptr, %{{.*}}: memref<1xf32>, %[[ROWS:.*]]: memref<?xf32> {attn.dims = ["c"], attn.name = "memory", attn.state})
// CHECK: call @append(%[[FRAME]], %{{.*}}, %[[ROWS]]) :
// CHECK-NEXT: return{{$}}
// CHECK: func.func private @f.plan(%{{.*}}: index, %{{.*}}: index) {
func.func @f(%x: tensor<1xf32>, %memory: tensor<?xf32> {attn.name = "memory", attn.dims = ["c"]})
    -> (tensor<?xf32> {attn.updates = "memory"}) {
  %0 = func.call @append(%x, %memory) : (tensor<1xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// A state that is written as a whole is copied last: until then others may read what it held.
// CHECK-LABEL: func.func @accumulate(
// CHECK-SAME: %[[FRAME:.*]]: !llvm.ptr, %{{.*}}: memref<4xf32>, %[[STATE:.*]]: memref<4xf32> {attn.name = "sum", attn.state}, %[[OLD:.*]]: memref<4xf32> {attn.result})
// CHECK-DAG: %[[BEFORE:.*]] = bufferization.to_tensor %[[STATE]] restrict writable
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %[[BEFORE]]
// CHECK: %[[MADE:.*]] = bufferization.alloc_tensor() copy(%[[SUM]])
// CHECK: bufferization.materialize_in_destination %[[BEFORE]] in restrict writable %[[OLD]]
// CHECK: bufferization.materialize_in_destination %[[MADE]] in restrict writable %[[STATE]]
func.func @accumulate(%x: tensor<4xf32>, %sum: tensor<4xf32> {attn.name = "sum"}) -> (tensor<4xf32> {attn.updates = "sum"}, tensor<4xf32>) {
  %new = arith.addf %x, %sum : tensor<4xf32>
  return %new, %sum : tensor<4xf32>, tensor<4xf32>
}
