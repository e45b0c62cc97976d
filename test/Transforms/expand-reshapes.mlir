// RUN: attn-opt %s -attn-expand-reshapes | FileCheck %s
// Sizes are the stated ones; strides follow from them within each group.

// CHECK-LABEL: func @two_dynamic_sizes
// CHECK-SAME: (%[[X:.*]]: memref<?x384xf32>, %[[B:.*]]: index, %[[S:.*]]: index)
// CHECK: %[[BASE:.*]], %{{.*}}, %{{.*}}:2, %{{.*}}:2 = memref.extract_strided_metadata %[[X]]
// CHECK: %[[OUTER:.*]] = arith.muli %{{.*}}, %[[S]] : index
// CHECK: memref.reinterpret_cast %[[BASE]] to offset: [0], sizes: [%[[B]], %[[S]], 384], strides: [%[[OUTER]], 384, 1]
func.func @two_dynamic_sizes(%x: memref<?x384xf32>, %b: index, %s: index) -> memref<?x?x384xf32> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%b, %s, 384] : memref<?x384xf32> into memref<?x?x384xf32>
  return %y : memref<?x?x384xf32>
}

// CHECK-LABEL: func @strided_heads
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [384], sizes: [%{{.*}}, 12, 32], strides: [1152, 32, 1]
func.func @strided_heads(%x: memref<?x384xf32, strided<[1152, 1], offset: 384>>, %n: index) -> memref<?x12x32xf32, strided<[1152, 32, 1], offset: 384>> {
  %y = memref.expand_shape %x [[0], [1, 2]] output_shape [%n, 12, 32] : memref<?x384xf32, strided<[1152, 1], offset: 384>> into memref<?x12x32xf32, strided<[1152, 32, 1], offset: 384>>
  return %y : memref<?x12x32xf32, strided<[1152, 32, 1], offset: 384>>
}
