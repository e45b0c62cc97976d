// RUN: attn-opt %s -attn-lower-to-reference | FileCheck %s
// The numbers are compared by test/integration/decoders/rows.test.

// CHECK-LABEL: func.func @layer(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>)
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]] :
// CHECK: %[[SQUARES:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[SUM]] :
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[SUM]], %[[SQUARES]], %[[W]], %[[B]] :
// CHECK: math.sqrt
// CHECK: return %[[Y]]
func.func @layer(%x: tensor<?x4xf32>, %w: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = attn.norm layer %x, %w bias %b : tensor<4xf32> eps 1.0e-5 : tensor<?x4xf32>, tensor<4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @rms(
// CHECK-SAME: %[[X:.*]]: tensor<?x3x4xf32>, %[[W:.*]]: tensor<4xbf16>)
// CHECK: %[[SQUARES:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[X]] :
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[SQUARES]], %[[W]] :
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: return %[[Y]]
func.func @rms(%x: tensor<?x3x4xf32>, %w: tensor<4xbf16>) -> tensor<?x3x4xf32> {
  %y = attn.norm rms %x, %w eps 1.0e-5 : tensor<?x3x4xf32>, tensor<4xbf16>
  return %y : tensor<?x3x4xf32>
}

// CHECK-LABEL: func.func @rotary(
// CHECK-SAME: %[[X:.*]]: tensor<?x2x?x10xf32>, %[[COS:.*]]: tensor<?x4xf32>, %[[SIN:.*]]: tensor<?x4xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[X]] :
// CHECK-DAG: tensor.extract %[[X]]
// CHECK-DAG: tensor.extract %[[COS]]
// CHECK-DAG: tensor.extract %[[SIN]]
// CHECK: arith.select
// CHECK-NOT: attn.rotary
func.func @rotary(%x: tensor<?x2x?x10xf32>, %cos: tensor<?x4xf32>, %sin: tensor<?x4xf32>) -> (tensor<?x2x?x10xf32>, tensor<?x2x?x10xf32>) {
  %y = attn.rotary half %x, %cos, %sin : tensor<?x2x?x10xf32>, tensor<?x4xf32>
  %z = attn.rotary adjacent %y, %cos, %sin : tensor<?x2x?x10xf32>, tensor<?x4xf32>
  return %y, %z : tensor<?x2x?x10xf32>, tensor<?x2x?x10xf32>
}
