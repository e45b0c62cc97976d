// RUN: attn-opt %s -attn-guard-slices -split-input-file | FileCheck %s
// What types and equal sizes prove is not asked again; the rest is bounded, offsets before sizes.

// CHECK-LABEL: func.func @length(
// CHECK-SAME: %[[CACHE:.*]]: tensor<?x64xf32>, %[[N:.*]]: index)
// CHECK: %[[CAPACITY:.*]] = tensor.dim %[[CACHE]]
// CHECK: %[[M:.*]] = attn.bounded %[[N]], "expects the size of dimension 0 of tensor.extract_slice to be in 0 to" by %[[CAPACITY]]
// CHECK: tensor.extract_slice %[[CACHE]][0, 0] [%[[M]], 64] [1, 1]
func.func @length(%cache: tensor<?x64xf32>, %n: index) -> tensor<?x64xf32> {
  %part = tensor.extract_slice %cache[0, 0] [%n, 64] [1, 1] : tensor<?x64xf32> to tensor<?x64xf32>
  return %part : tensor<?x64xf32>
}

// -----

// CHECK-LABEL: func.func @append(
// CHECK-SAME: %[[NEW:.*]]: tensor<?x64xf32>, %[[CACHE:.*]]: tensor<?x64xf32>, %[[AT:.*]]: index)
// CHECK: %[[STEP:.*]] = tensor.dim %[[NEW]]
// CHECK: %[[CAPACITY:.*]] = tensor.dim %[[CACHE]]
// CHECK: %[[OFFSET:.*]] = attn.bounded %[[AT]], "expects the offset of dimension 0 of tensor.insert_slice to be in 0 to" by %[[CAPACITY]]
// CHECK: %[[REST:.*]] = arith.subi %[[CAPACITY]], %[[OFFSET]]
// CHECK: %[[SIZE:.*]] = attn.bounded %[[STEP]], "expects the size of dimension 0 of tensor.insert_slice to be in 0 to" by %[[REST]]
// CHECK-NOT: attn.require
// CHECK: tensor.insert_slice %[[NEW]] into %[[CACHE]][%[[OFFSET]], 0] [%[[SIZE]], 64] [1, 1]
func.func @append(%new: tensor<?x64xf32>, %cache: tensor<?x64xf32>, %at: index) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %step = tensor.dim %new, %c0 : tensor<?x64xf32>
  %all = tensor.insert_slice %new into %cache[%at, 0] [%step, 64] [1, 1] : tensor<?x64xf32> into tensor<?x64xf32>
  return %all : tensor<?x64xf32>
}

// -----

// A size of another tensor is compared with what is inserted; a constant size leaves a last offset.
// CHECK-LABEL: func.func @others(
// CHECK-SAME: %[[NEW:.*]]: tensor<?xf32>, %[[X:.*]]: tensor<?xf32>, %[[N:.*]]: index)
// CHECK: %[[EXTENT:.*]] = tensor.dim %[[X]]
// CHECK: %[[SIZE:.*]] = attn.bounded %[[N]]
// CHECK: %[[HAS:.*]] = tensor.dim %[[NEW]]
// CHECK: attn.require %{{.*}}, "expects dimension 0 of what tensor.insert_slice inserts to be" actual %[[HAS]] bound %[[SIZE]]
// CHECK: tensor.insert_slice
// CHECK: %[[FOUR:.*]] = arith.constant 4 : index
// CHECK: %[[LAST:.*]] = arith.subi %{{.*}}, %[[FOUR]]
// CHECK: attn.bounded %[[N]], "expects the offset of dimension 0 of tensor.extract_slice to be in 0 to" by %[[LAST]]
func.func @others(%new: tensor<?xf32>, %x: tensor<?xf32>, %n: index) -> tensor<4xf32> {
  %y = tensor.insert_slice %new into %x[0] [%n] [1] : tensor<?xf32> into tensor<?xf32>
  %z = tensor.extract_slice %y[%n] [4] [1] : tensor<?xf32> to tensor<4xf32>
  return %z : tensor<4xf32>
}

// -----

// With a stride, as many elements as reach the end; with constants, the dimension has to be long enough.
// CHECK-LABEL: func.func @strided(
// CHECK: %[[EXTENT:.*]] = tensor.dim
// CHECK: %[[TWO:.*]] = arith.constant 2 : index
// CHECK: %[[THREE:.*]] = arith.constant 3 : index
// CHECK: %[[UP:.*]] = arith.addi %[[EXTENT]], %[[TWO]]
// CHECK: %[[COUNT:.*]] = arith.divsi %[[UP]], %[[THREE]]
// CHECK: attn.bounded %{{.*}} by %[[COUNT]]
// CHECK: %[[END:.*]] = arith.constant 11 : index
// CHECK: attn.require %{{.*}}, "expects the extent of dimension 0 of tensor.extract_slice to be at least" actual %{{.*}} bound %[[END]]
func.func @strided(%x: tensor<?xf32>, %n: index) -> (tensor<?xf32>, tensor<4xf32>) {
  %y = tensor.extract_slice %x[0] [%n] [3] : tensor<?xf32> to tensor<?xf32>
  %z = tensor.extract_slice %x[1] [4] [3] : tensor<?xf32> to tensor<4xf32>
  return %y, %z : tensor<?xf32>, tensor<4xf32>
}

// -----

// Equal names, equal sizes; and sizes that the types know.
// CHECK-LABEL: func.func @proved(
// CHECK-NOT: attn.{{bounded|require}}
// CHECK: return
func.func @proved(%x: tensor<?x8xf32> {attn.dims = ["n", ""]}, %y: tensor<?xf32> {attn.dims = ["n"]}) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %y, %c0 : tensor<?xf32>
  %z = tensor.extract_slice %x[0, 4] [%n, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
  return %z : tensor<?x4xf32>
}
