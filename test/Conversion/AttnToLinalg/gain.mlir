// RUN: attn-opt %s -convert-attn-to-linalg -canonicalize -cse -split-input-file | FileCheck %s
// A gain multiplies the weights of a strip, panel by panel, between their sums and the values.

// CHECK-LABEL: func.func @gain(
// CHECK-SAME: %[[GAINS:[a-z0-9]+]]: tensor<?x?xf32>)

// In a block that is proved full no key has to be moved back to the last one; each weight is asked whether it is 0.
// CHECK: linalg.matmul
// CHECK: math.exp2
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} ins(%{{.*}} : tensor<1x4x16xf32>)
// CHECK: scf.for %{{.*}} = %c0 to %c256 step %c32
// CHECK: %[[AT:.*]] = linalg.index 1
// CHECK-NEXT: %[[KEY:.*]] = arith.addi %[[AT]]
// CHECK-NEXT: %[[GAIN:.*]] = tensor.extract %[[GAINS]][%{{.*}}, %[[KEY]]]
// CHECK-NEXT: %[[NONE:.*]] = arith.cmpf oeq, %[[WEIGHT:.*]], %cst
// CHECK-NEXT: %[[PRODUCT:.*]] = arith.mulf %[[WEIGHT]], %[[GAIN]]
// CHECK-NEXT: arith.select %[[NONE]], %cst{{.*}}, %[[PRODUCT]]
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<8x1xf32>, tensor<1x32xf32>)

// The other copy, where keys may not exist.
// CHECK: math.exp2
// CHECK: %[[KEY:.*]] = arith.minsi
// CHECK-NEXT: tensor.extract %[[GAINS]][%{{.*}}, %[[KEY]]]
// CHECK: arith.cmpf oeq
func.func @gain(%q: tensor<1x2x?x64xf32>, %gains: tensor<?x?xf32>) -> tensor<1x2x?x64xf32> {
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
      gain(%b: index, %h: index, %i: index, %j: index, %g: f32 = %gains[h, j] : tensor<?x?xf32>) {
    attn.yield %g : f32
  } : (tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>) -> tensor<1x2x?x64xf32>
  return %o : tensor<1x2x?x64xf32>
}
