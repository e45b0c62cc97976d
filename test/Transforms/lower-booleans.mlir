// RUN: attn-opt %s -attn-lower-booleans -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[KEEP:.*]]: tensor<?xi8> {attn.name = "keep"}) -> (tensor<?xi8> {attn.name = "r"})
// CHECK: %[[BITS:.*]] = linalg.generic {{.*}} ins(%[[KEEP]] : tensor<?xi8>) outs(%{{.*}} : tensor<?xi1>)
// CHECK: arith.cmpi ne, %{{.*}}, %{{.*}} : i8
// CHECK: %[[NOT:.*]] = arith.xori %[[BITS]], %[[BITS]]
// CHECK: %[[BYTES:.*]] = linalg.generic {{.*}} ins(%[[NOT]] : tensor<?xi1>) outs(%{{.*}} : tensor<?xi8>)
// CHECK: arith.extui %{{.*}} : i1 to i8
// CHECK: return %[[BYTES]]
func.func @f(%keep: tensor<?xi1> {attn.name = "keep"}) -> (tensor<?xi1> {attn.name = "r"}) {
  %n = arith.xori %keep, %keep : tensor<?xi1>
  return %n : tensor<?xi1>
}

// A mask reads the byte.
// CHECK-LABEL: func.func @mask(
// CHECK-SAME: %[[KEEP:[a-z0-9]+]]: tensor<4x4xi8>
// CHECK-NOT: linalg
// CHECK: attn.attention {{.*}} mask(#attn.dense, %[[KEEP]][i, j] : tensor<4x4xi8>)
func.func @mask(%q: tensor<1x1x4x8xf32>, %keep: tensor<4x4xi1>) -> tensor<1x1x4x8xf32> {
  %o = attn.attention %q, %q, %q mask(#attn.dense, %keep[i, j] : tensor<4x4xi1>)
    : (tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// -----

// expected-error @+1 {{expects a public function with booleans not to be called, but got a call of '@f'}}
func.func @f(%keep: tensor<?xi1>) -> tensor<?xi1> {
  return %keep : tensor<?xi1>
}
func.func @g(%keep: tensor<?xf32>, %b: tensor<4xi8>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : i1
  %e = tensor.from_elements %c0 : tensor<1xi1>
  %d = tensor.cast %e : tensor<1xi1> to tensor<?xi1>
  %r = func.call @f(%d) : (tensor<?xi1>) -> tensor<?xi1>
  return %keep : tensor<?xf32>
}
