// RUN: attn-opt %s -canonicalize | FileCheck %s
// A bound that holds anyway goes; one that may not hold stays, even where nothing reads the result.

// CHECK-LABEL: func.func @bounded(
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>, %[[N:.*]]: index)
// CHECK-DAG: %[[FOUR:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[SIZE:.*]] = tensor.dim %[[X]]
// CHECK: %[[ONCE:.*]] = attn.bounded %[[N]], "expects n to be in 0 to" by %[[SIZE]]
// CHECK: attn.bounded %{{.*}}, "expects five to be in 0 to" by %[[FOUR]]
// CHECK-NOT: attn.bounded
// CHECK: return %[[FOUR]], %[[SIZE]], %[[ONCE]] :
func.func @bounded(%x: tensor<?xf32>, %n: index) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %size = tensor.dim %x, %c0 : tensor<?xf32>
  %four = attn.bounded %c4, "expects four to be in 0 to" by %c5
  %whole = attn.bounded %size, "expects the size to be in 0 to" by %size
  %once = attn.bounded %n, "expects n to be in 0 to" by %size
  %twice = attn.bounded %once, "expects n to be in 0 to" by %size
  %five = attn.bounded %c5, "expects five to be in 0 to" by %c4
  return %four, %whole, %twice : index, index, index
}
