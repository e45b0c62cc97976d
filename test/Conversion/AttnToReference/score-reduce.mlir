// RUN: attn-opt %s -attn-lower-to-reference -canonicalize -split-input-file | FileCheck %s
// Scores and visibility as those of an attention; then each row. The numbers are checked by test/integration/attention.

// The third greatest is the least of those of which fewer than three are greater; -inf where fewer than three are visible.
// CHECK-LABEL: func.func @third(
// CHECK: %[[S:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<1x2x?x?xf32>) outs(%{{.*}} : tensor<1x2x?x?xf32>)
// CHECK: %[[VISIBLE:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x2x?x?xi1>)
// CHECK: %[[ABOVE:.*]] = linalg.generic {{.*}} ins(%[[S]], %[[S]], %[[VISIBLE]] : {{.*}}) outs(%{{.*}} : tensor<1x2x?x?xi64>)
// CHECK: arith.cmpf ogt
// CHECK: %[[COUNT:.*]] = linalg.generic {{.*}} ins(%[[S]], %[[VISIBLE]] : {{.*}}) outs(%{{.*}} : tensor<1x2x?xi64>)
// CHECK: arith.cmpf ord
// CHECK: %[[LEAST:.*]] = linalg.generic {{.*}} ins(%[[S]], %[[VISIBLE]], %[[ABOVE]] : {{.*}}) outs(%{{.*}} : tensor<1x2x?xf32>)
// CHECK: arith.cmpi slt, %{{.*}}, %c3_i64
// CHECK: arith.cmpf olt
// CHECK: %[[T:.*]] = linalg.generic {{.*}} ins(%[[LEAST]], %[[COUNT]] :
// CHECK: return %[[T]]
func.func @third(%q: tensor<1x2x?x8xf32>) -> tensor<1x2x?xf32> {
  %t = attn.score_reduce kth_largest<3> %q, %q scale 0.5 mask(#attn.causal) : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?xf32>
  return %t : tensor<1x2x?xf32>
}

// -----

// CHECK-LABEL: func.func @greatest(
// CHECK: linalg.fill ins(%{{.*}} : f64)
// CHECK: %[[T:.*]] = linalg.generic {{.*}}"reduction"]} {{.*}} outs(%{{.*}} : tensor<1x2x?xf64>)
// CHECK: arith.cmpf ogt
// CHECK: return %[[T]]
func.func @greatest(%q: tensor<1x2x?x8xf64>) -> tensor<1x2x?xf64> {
  %t = attn.score_reduce max %q, %q : (tensor<1x2x?x8xf64>, tensor<1x2x?x8xf64>) -> tensor<1x2x?xf64>
  return %t : tensor<1x2x?xf64>
}

// -----

// What is not visible is not added, whatever it is.
// CHECK-LABEL: func.func @sum(
// CHECK: %[[MORE:.*]] = arith.addf
// CHECK: %[[MORE:.*]] = arith.addf %[[SUM:.*]], %{{.*}} : f32
// CHECK-NEXT: arith.select %{{.*}}, %[[MORE]], %[[SUM]]
func.func @sum(%q: tensor<1x2x?x8xf32>) -> tensor<1x2x?xf32> {
  %t = attn.score_reduce sum %q, %q mask(#attn.causal) : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?xf32>
  return %t : tensor<1x2x?xf32>
}
