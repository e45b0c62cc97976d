// RUN: attn-opt %s -attn-guard-elements -split-input-file | FileCheck %s
// Indices that are data are bounded where they are read, or before the op that reads them; what is proved is not asked.

// CHECK-LABEL: func.func @element(
// CHECK-SAME: %[[TABLE:.*]]: tensor<100xf32>, %[[ID:.*]]: index)
// CHECK: %[[LAST:.*]] = arith.subi %c100, %c1
// CHECK: %[[INDEX:.*]] = attn.bounded %[[ID]], "expects the index of dimension 0 of tensor.extract to be in 0 to" by %[[LAST]]
// CHECK: tensor.extract %[[TABLE]][%[[INDEX]]] : tensor<100xf32>
func.func @element(%table: tensor<100xf32>, %id: index) -> f32 {
  %element = tensor.extract %table[%id] : tensor<100xf32>
  return %element : f32
}

// -----

// Of a gather without a range: the least and the greatest id, over all points; then both are asked, if there is a point.
// CHECK-LABEL: func.func @gather(
// CHECK: %[[RANGE:.*]]:2 = linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]
// CHECK: arith.minsi
// CHECK: arith.maxsi
// CHECK: attn.require %{{.*}}, "expects the index of dimension 0 of tensor.extract to be in 0 to" actual
// CHECK: attn.require %{{.*}}, "expects the index of dimension 0 of tensor.extract to be in 0 to" actual
// CHECK-NOT: attn.
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
func.func @gather(%table: tensor<100x8xf32>, %ids: tensor<?xi64>, %out: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<?xi64>) outs(%out : tensor<?x8xf32>) {
  ^bb0(%id: i64, %o: f32):
    %x = arith.index_cast %id : i64 to index
    %j = linalg.index 1 : index
    %v = tensor.extract %table[%x, %j] : tensor<100x8xf32>
    linalg.yield %v : f32
  } -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// -----

// The runtime has refused other ids; a loop as long as the dimension needs no question, another one does.
// CHECK-LABEL: func.func @declared(
// CHECK-NOT: attn.require
// CHECK: attn.bounded %{{.*}}, "expects the extent of loop 0, which indexes dimension 0 of tensor.extract, to be in 0 to" by %c512
// CHECK-NOT: attn.{{bounded|require}}
// CHECK: return
func.func @declared(%table: tensor<100x8xf32>, %places: tensor<512x8xf32>, %ids: tensor<?xi64> {attn.range = array<i64: 0, 99>}, %out: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<?xi64>) outs(%out : tensor<?x8xf32>) {
  ^bb0(%id: i64, %o: f32):
    %x = arith.index_cast %id : i64 to index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %v = tensor.extract %table[%x, %j] : tensor<100x8xf32>
    %p = tensor.extract %places[%i, %j] : tensor<512x8xf32>
    %s = arith.addf %v, %p : f32
    linalg.yield %s : f32
  } -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func.func @cast(
// CHECK: %[[SIZE:.*]] = tensor.dim %arg0, %c0
// CHECK: attn.require %{{.*}}, "expects dimension 0 of what tensor.cast casts to be" actual %[[SIZE]] bound %c4
func.func @cast(%x: tensor<?x2xf32>) -> tensor<4x2xf32> {
  %y = tensor.cast %x : tensor<?x2xf32> to tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}
