// RUN: attn-opt %s -attn-emit-entries | FileCheck %s

// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[FRAME:.*]]: !llvm.ptr) -> i32
// CHECK: llvm.getelementptr %[[FRAME]][0]
// CHECK: llvm.getelementptr %[[FRAME]][8]
// CHECK: %[[SIZES:.*]]:3 = call @f.sizes(
// CHECK: %[[X:.*]] = builtin.unrealized_conversion_cast %{{.*}} to memref<?xf32>
// CHECK: %[[R:.*]] = builtin.unrealized_conversion_cast %{{.*}} to memref<?xf32>
// CHECK: llvm.getelementptr %[[FRAME]][24]
// CHECK: %[[W:.*]] = builtin.unrealized_conversion_cast %{{.*}} to memref<?xi8>
// CHECK: %[[STATUS:.*]] = call @f.main(%[[FRAME]], %[[X]], %[[R]], %[[W]])
// CHECK: return %[[STATUS]] : i32

// CHECK-LABEL: func.func @f.plan(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK: %[[PLAN:.*]]:3 = call @f.sizes(
// CHECK: arith.ori %{{.*}}, %[[PLAN]]#2
// CHECK: llvm.store
// CHECK: llvm.store

// CHECK-LABEL: func.func private @f.main(
// CHECK: call @g(%{{.*}}) : (!llvm.ptr) -> i32
// CHECK: return %{{.*}} : i32

// Products and sums of the plan are checked, affine ones too.
// CHECK-LABEL: func.func private @f.sizes(
// CHECK-SAME: (index, index, i1)
// CHECK: %[[CALLED:.*]]:2 = call @g.plan(
// CHECK: arith.muli %{{.*}}, %{{.*}} : index
// CHECK: arith.mulsi_extended
// CHECK: arith.addi
// CHECK: arith.xori
func.func @f(%frame: !llvm.ptr, %x: memref<?xf32> {attn.dims = ["n"]}, %r: memref<?xf32> {attn.dims = [""], attn.result}, %workspace: memref<?xi8>) {
  func.call @g(%frame) : (!llvm.ptr) -> ()
  return
}
func.func private @f.plan(%n: index, %concurrency: index) -> (index, index) {
  %g = func.call @g.plan(%concurrency) : (index) -> index
  %m = affine.apply affine_map<()[s0] -> (s0 * s0)>()[%n]
  %s = arith.addi %m, %g : index
  return %m, %s : index, index
}
func.func private @g(%frame: !llvm.ptr) {
  return
}
func.func private @g.plan(%concurrency: index) -> index {
  return %concurrency : index
}

