// RUN: attn-opt %s -attn-lower-to-reference -canonicalize -split-input-file | FileCheck %s
// Every step is one op on whole tensors. The numbers are checked by test/integration/attention.

// CHECK-LABEL: func.func @causal(
// CHECK-SAME: %[[Q:.*]]: tensor<1x4x5x8xf32>, %[[K:.*]]: tensor<1x2x6x8xf32>, %[[V:.*]]: tensor<1x2x6x3xf32>)
// Products; two query heads read one key head.
// CHECK: %[[S0:.*]] = linalg.generic {{.*}}"reduction"]} ins(%[[Q]] : tensor<1x4x5x8xf32>) outs(%{{.*}} : tensor<1x4x5x6xf32>)
// CHECK: %[[G:.*]] = arith.divui %{{.*}}, %c2
// CHECK: tensor.extract %[[K]][%{{.*}}, %[[G]], %{{.*}}, %{{.*}}]
// Scores, visibility, maxima.
// CHECK: %[[S:.*]] = linalg.generic {{.*}} ins(%[[S0]] : tensor<1x4x5x6xf32>)
// CHECK: %[[VISIBLE:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x4x5x6xi1>)
// CHECK: arith.cmpi sge
// CHECK: %[[MAX:.*]] = linalg.generic {{.*}} ins(%[[S]], %[[VISIBLE]] : {{.*}}) outs(%{{.*}} : tensor<1x4x5xf32>)
// CHECK: arith.cmpf ogt
// Weights are 0 where nothing is visible, whatever the score is.
// CHECK: %[[W:.*]] = linalg.generic {{.*}} ins(%[[S]], %[[VISIBLE]], %[[MAX]] :
// CHECK: %[[E:.*]] = math.exp
// CHECK: arith.select %{{.*}}, %[[E]], %cst
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[W]] : {{.*}}) outs(%{{.*}} : tensor<1x4x5xf32>)
// CHECK: %[[T:.*]] = linalg.generic {{.*}} ins(%[[W]], %[[VISIBLE]] : {{.*}}) outs(%{{.*}} : tensor<1x4x5x3xf32>)
// CHECK: tensor.extract %[[V]]
// CHECK: %[[O:.*]] = linalg.generic {{.*}} ins(%[[T]], %[[SUM]] :
// CHECK: %[[L:.*]] = linalg.generic {{.*}} ins(%[[SUM]], %[[MAX]] :
// CHECK: math.log
// CHECK: return %[[O]], %[[L]]
func.func @causal(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x3xf32>) -> (tensor<1x4x5x3xf32>, tensor<1x4x5xf32>) {
  %o, %l = attn.attention %q, %k, %v scale 0.5 mask(#attn.causal)
    : (tensor<1x4x5x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x3xf32>) -> (tensor<1x4x5x3xf32>, tensor<1x4x5xf32>)
  return %o, %l : tensor<1x4x5x3xf32>, tensor<1x4x5xf32>
}

// -----

// The score region sees global positions; its captures are read there.
// CHECK-LABEL: func.func @score(
// CHECK-SAME: %[[BIAS:[a-z0-9]+]]: tensor<?xf32>, %[[I:[a-z0-9]+]]: index)
// CHECK: arith.mulf
// CHECK: linalg.index 2
// CHECK-NEXT: arith.addi %{{.*}}, %[[I]]
// CHECK: tensor.extract %[[BIAS]]
// CHECK: arith.addf
func.func @score(%q: tensor<1x1x?x8xf32>, %bias: tensor<?xf32>, %i: index) -> tensor<1x1x?x8xf32> {
  %c0 = arith.constant 0 : index
  %o = attn.attention %q, %q, %q at(%c0, %c0, %i, %c0) of(%i, %i) mask(#attn.causal<bottom_right>)
      score(%s: f32, %b: index, %h: index, %m: index, %j: index, %r: f32 = %bias[i - j + 7] : tensor<?xf32>) {
    %y = arith.addf %s, %r : f32
    attn.yield %y : f32
  } : (tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>) -> tensor<1x1x?x8xf32>
  return %o : tensor<1x1x?x8xf32>
}

// -----

// A gain multiplies weights behind their sum; a weight of 0 stays 0.
// CHECK-LABEL: func.func @gain(
// CHECK-SAME: %[[GAINS:[a-z0-9]+]]: tensor<?x?xf32>)
// CHECK: math.exp
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[W:.*]] : {{.*}}) outs(%{{.*}} : tensor<1x2x?xf32>)
// CHECK: %[[G:.*]] = linalg.generic {{.*}} ins(%[[W]] : {{.*}}) outs(%{{.*}} : tensor<1x2x?x?xf32>)
// CHECK: %[[FACTOR:.*]] = tensor.extract %[[GAINS]]
// CHECK: %[[NONE:.*]] = arith.cmpf oeq, %[[X:.*]], %{{.*}}
// CHECK: %[[Y:.*]] = arith.mulf %[[X]], %[[FACTOR]]
// CHECK: arith.select %[[NONE]], %{{.*}}, %[[Y]]
// CHECK: linalg.generic {{.*}} ins(%[[G]], %{{.*}} : {{.*}}) outs(%{{.*}} : tensor<1x2x?x8xf32>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[SUM]] :
func.func @gain(%q: tensor<1x2x?x8xf32>, %gains: tensor<?x?xf32>) -> tensor<1x2x?x8xf32> {
  %o = attn.attention %q, %q, %q gain(%b: index, %h: index, %i: index, %j: index, %g: f32 = %gains[h, j] : tensor<?x?xf32>) {
    attn.yield %g : f32
  } : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
  return %o : tensor<1x2x?x8xf32>
}

// -----

// No maximum where the normaliser does not use one.
// CHECK-LABEL: func.func @relu(
// CHECK-NOT: ogt
// CHECK-NOT: math
// CHECK: return
func.func @relu(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %o = attn.attention %q, %q, %q normalizer(#attn.relu) : (tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}
