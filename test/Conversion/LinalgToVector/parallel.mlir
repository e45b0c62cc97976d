// RUN: attn-opt %s -attn-vectorize-tiles | FileCheck %s
// What a parallel loop reads is read in its bodies, even if it is the same in all of them: no vector crosses their border.

// CHECK-LABEL: func.func @table(
// CHECK-SAME: %[[X:.*]]: tensor<4x8xf32>, %[[T:.*]]: tensor<1x8xf32>
// CHECK-NOT: vector.transfer_read
// CHECK: scf.forall
// CHECK: vector.transfer_read %[[T]]
// CHECK: arith.mulf %{{.*}}, %{{.*}} : vector<1x8xf32>
func.func @table(%x: tensor<4x8xf32>, %t: tensor<1x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %r = scf.forall (%i) in (4) shared_outs(%o = %e) -> (tensor<4x8xf32>) {
    %a = tensor.extract_slice %x[%i, 0] [1, 8] [1, 1] : tensor<4x8xf32> to tensor<1x8xf32>
    %d = tensor.extract_slice %o[%i, 0] [1, 8] [1, 1] : tensor<4x8xf32> to tensor<1x8xf32>
    %p = linalg.mul ins(%a, %t : tensor<1x8xf32>, tensor<1x8xf32>) outs(%d : tensor<1x8xf32>) -> tensor<1x8xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %p into %o[%i, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<4x8xf32>
    }
  }
  return %r : tensor<4x8xf32>
}
