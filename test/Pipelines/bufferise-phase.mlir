// RUN: attn-opt %s -attn-bufferise-phase | FileCheck %s
// RUN: attn-opt %s -attn-bufferise-phase -attn-kernel-phase | FileCheck %s --check-prefix=KERNEL
// A whole function: entry, plan, main part, parallel body; nothing allocates, nothing is copied.

// CHECK-LABEL: func.func @f(%{{.*}}: !llvm.ptr) -> i32
// CHECK: call @f.main(
// CHECK-LABEL: func.func @f.plan(
// CHECK-LABEL: func.func private @f.main(
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: %[[TEMPORARY:.*]] = memref.view
// CHECK: linalg.generic {{.*}} outs(%[[TEMPORARY]] :
// CHECK: llvm.call %{{.*}}(%{{.*}}) : !llvm.ptr, (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr) -> ()
// CHECK-LABEL: func.func private @f.double.body(
// CHECK-NOT: memref.alloc
// CHECK: linalg.generic
// CHECK-NOT: memref.copy
// CHECK: return

// Entries are visible, nothing else is, and nothing is imported.
// KERNEL-NOT: llvm.func @{{.*}}){{$}}
// KERNEL: llvm.func @f(%{{.*}}: !llvm.ptr) -> i32
// KERNEL-SAME: attn.faults = []
// KERNEL-SAME: attn.ops = {{\[}}["double", "elementwise"]]
// KERNEL: llvm.func @f.plan(
// KERNEL: llvm.func internal @f.main(
// KERNEL: llvm.func internal @f.double.body(
// KERNEL-NOT: unrealized_conversion_cast
#id = affine_map<(d0) -> (d0)>
module attributes {attn.variant = "x86-64-v3"} {
func.func @f(%x: tensor<?xf32> {attn.dims = ["n"]}) -> (tensor<?xf32> {attn.dims = ["n"]}) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32):
    %y = arith.mulf %a, %a : f32
    linalg.yield %y : f32
  } -> tensor<?xf32>
  attn.op_begin "double" kind "elementwise"
  %r = scf.forall (%i) = (0) to (%n) step (16) shared_outs(%out = %e) -> tensor<?xf32> {
    %rest = arith.subi %n, %i : index
    %size = arith.minsi %rest, %c16 : index
    %in = tensor.extract_slice %t[%i] [%size] [1] : tensor<?xf32> to tensor<?xf32>
    %to = tensor.extract_slice %out[%i] [%size] [1] : tensor<?xf32> to tensor<?xf32>
    %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%in : tensor<?xf32>) outs(%to : tensor<?xf32>) {
    ^bb0(%a: f32, %b: f32):
      %y = arith.addf %a, %a : f32
      linalg.yield %y : f32
    } -> tensor<?xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %d into %out[%i] [%size] [1] : tensor<?xf32> into tensor<?xf32>
    }
  }
  attn.op_end "double"
  return %r : tensor<?xf32>
}
}
