// RUN: attn-opt %s -attn-expand-half-floats | FileCheck %s
// RUN: attn-opt %s -attn-expand-half-floats=f16c=true | FileCheck %s --check-prefix=F16C
// That the conversions are right for every number is what test/integration/halves checks.

// CHECK-LABEL: func.func @add(
// CHECK-SAME: %[[X:.*]]: i16) -> i16
// CHECK: %[[W:.*]] = arith.extui %[[X]] : i16 to i32
// CHECK: %[[S:.*]] = arith.shli %[[W]], %{{.*}} : i32
// CHECK: %[[F:.*]] = arith.bitcast %[[S]] : i32 to f32
// CHECK: %[[SUM:.*]] = arith.addf %[[F]], %{{.*}} : f32
// CHECK: arith.bitcast %[[SUM]] : f32 to i32
// CHECK: %[[R:.*]] = arith.trunci %{{.*}} : i32 to i16
// CHECK: return %[[R]] : i16
func.func @add(%x: bf16) -> bf16 {
  %y = arith.addf %x, %x : bf16
  return %y : bf16
}

// What only moves values moves integers.
// CHECK-LABEL: func.func @move(
// CHECK-SAME: %{{.*}}: memref<?x8xi16>, %{{.*}}: index
// CHECK: arith.constant dense<16256> : vector<8xi16>
// CHECK: vector.load %{{.*}} : memref<?x8xi16>, vector<8xi16>
// CHECK: arith.select %{{.*}} : vector<8xi1>, vector<8xi16>
// CHECK: vector.store %{{.*}} : memref<?x8xi16>, vector<8xi16>
func.func @move(%m: memref<?x8xbf16>, %i: index, %c: vector<8xi1>) {
  %zero = arith.constant 0 : index
  %one = arith.constant dense<1.0> : vector<8xbf16>
  %x = vector.load %m[%i, %zero] : memref<?x8xbf16>, vector<8xbf16>
  %y = arith.select %c, %x, %one : vector<8xi1>, vector<8xbf16>
  vector.store %y, %m[%i, %zero] : memref<?x8xbf16>, vector<8xbf16>
  return
}

// CHECK-LABEL: func.func @f16(
// CHECK-NOT: f16>
// F16C-LABEL: func.func @f16(
// F16C-SAME: %[[X:.*]]: vector<8xi16>) -> vector<8xi16>
// F16C: %[[H:.*]] = arith.bitcast %[[X]] : vector<8xi16> to vector<8xf16>
// F16C: %[[F:.*]] = arith.extf %[[H]] : vector<8xf16> to vector<8xf32>
// F16C: %[[Y:.*]] = math.sqrt %[[F]] : vector<8xf32>
// F16C: %[[T:.*]] = arith.truncf %[[Y]] : vector<8xf32> to vector<8xf16>
// F16C: %[[R:.*]] = arith.bitcast %[[T]] : vector<8xf16> to vector<8xi16>
// F16C: return %[[R]] : vector<8xi16>
func.func @f16(%x: vector<8xf16>) -> vector<8xf16> {
  %y = math.sqrt %x : vector<8xf16>
  return %y : vector<8xf16>
}

// An i32 is not always an f32: it is rounded from f64, once.
// CHECK-LABEL: func.func @count(
// CHECK: arith.sitofp %{{.*}} : i32 to f64
// CHECK: arith.cmpf one
func.func @count(%i: i32) -> bf16 {
  %x = arith.sitofp %i : i32 to bf16
  return %x : bf16
}

// Comparisons read numbers and make none.
// CHECK-LABEL: func.func @less(
// CHECK: arith.cmpf olt, %{{.*}}, %{{.*}} : f32
// CHECK-NOT: arith.trunci
// CHECK: return %{{.*}} : i1
func.func @less(%x: f16, %y: f16) -> i1 {
  %c = arith.cmpf olt, %x, %y : f16
  return %c : i1
}
