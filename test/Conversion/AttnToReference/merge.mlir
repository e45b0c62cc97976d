// RUN: attn-opt %s -attn-lower-to-reference | FileCheck %s

// CHECK-LABEL: func.func @merge(
// CHECK-SAME: %[[A:.*]]: tensor<1x2x?x4xf32>, %[[B:.*]]: tensor<1x2x?x4xf32>, %[[LA:.*]]: tensor<1x2x?xf32>, %[[LB:.*]]: tensor<1x2x?xf32>)
// CHECK: %[[L:.*]] = linalg.generic {{.*}} ins(%[[LA]], %[[LB]] :
// CHECK: math.log
// CHECK: %[[O:.*]] = linalg.generic {{.*}} ins(%[[LA]], %[[LB]], %[[A]], %[[B]], %[[L]] :
// CHECK: arith.select
// CHECK: return %[[O]], %[[L]]
func.func @merge(%a: tensor<1x2x?x4xf32>, %b: tensor<1x2x?x4xf32>, %la: tensor<1x2x?xf32>, %lb: tensor<1x2x?xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?xf32>) {
  %o:2 = attn.merge %a, %b weighted_by %la, %lb : tensor<1x2x?x4xf32>, tensor<1x2x?xf32>
  return %o#0, %o#1 : tensor<1x2x?x4xf32>, tensor<1x2x?xf32>
}
