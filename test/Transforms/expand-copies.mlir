// RUN: attn-opt %s -attn-expand-copies -split-input-file -verify-diagnostics | FileCheck %s

// Dense rows go by vectors of 64 bytes, then element by element.
// CHECK-LABEL: func.func @dense(
// CHECK-SAME: %[[A:.*]]: memref<?x?xf32>, %[[B:.*]]: memref<?x?xf32>)
// CHECK: scf.for %[[I:.*]] =
// CHECK: %[[REST:.*]] = arith.remui %[[SIZE:.*]], %[[STEP:.*]] : index
// CHECK: %[[WHOLE:.*]] = arith.subi %[[SIZE]], %[[REST]]
// CHECK: scf.for %[[J:.*]] = %{{.*}} to %[[WHOLE]] step %[[STEP]]
// CHECK-NEXT: vector.load %[[A]][%[[I]], %[[J]]] : memref<?x?xf32>, vector<16xf32>
// CHECK-NEXT: vector.store %{{.*}}, %[[B]][%[[I]], %[[J]]] : memref<?x?xf32>, vector<16xf32>
// CHECK: scf.for %[[T:.*]] = %[[WHOLE]] to %[[SIZE]]
// CHECK-NEXT: memref.load %[[A]][%[[I]], %[[T]]]
// CHECK-NOT: memref.copy
func.func @dense(%a: memref<?x?xf32>, %b: memref<?x?xf32>) {
  memref.copy %a, %b : memref<?x?xf32> to memref<?x?xf32>
  return
}

// Rows that are short or not dense go element by element.
// CHECK-LABEL: func.func @short(
// CHECK-NOT: vector
// CHECK: return
func.func @short(%a: memref<?x4xf32>, %b: memref<?x4xf32>, %c: memref<8xf32, strided<[2]>>, %d: memref<8xf32>) {
  memref.copy %a, %b : memref<?x4xf32> to memref<?x4xf32>
  memref.copy %c, %d : memref<8xf32, strided<[2]>> to memref<8xf32>
  return
}

// CHECK-LABEL: func.func @scalar(
// CHECK: memref.load %{{.*}}[] : memref<i1>
// CHECK-NEXT: memref.store
func.func @scalar(%a: memref<i1>, %b: memref<i1>) {
  memref.copy %a, %b : memref<i1> to memref<i1>
  return
}

// -----

func.func @unranked(%a: memref<*xf32>, %b: memref<*xf32>) {
  // expected-error @+1 {{expects copies between ranked buffers, but got 'memref<*xf32>'}}
  memref.copy %a, %b : memref<*xf32> to memref<*xf32>
  return
}
