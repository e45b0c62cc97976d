// RUN: attn-opt %s --attn-register-tile=lanes=16 --canonicalize --cse --split-input-file | FileCheck %s

// Index arithmetic stays scalar; a comparison of a progression with a number needs one compare against a constant.

// CHECK-LABEL: func.func @mask
// CHECK-SAME: (%[[S:.*]]: memref<2x16xf32>, %[[I:.*]]: index, %[[J:.*]]: index)
// CHECK: %[[STEPS:.*]] = arith.constant dense<[0, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -14, -15]> : vector<16xi32>
// CHECK: arith.subi
// CHECK: %[[BOUND:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK: %[[B:.*]] = vector.broadcast %[[BOUND]] : i32 to vector<16xi32>
// CHECK: arith.cmpi sle, %[[B]], %[[STEPS]]
// CHECK-NOT: vector<16xi64>
// CHECK-NOT: vector<16xindex>
func.func @mask(%m: memref<2x16xf32>, %i: index, %j: index) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %low = arith.constant dense<-1.0e+30> : vector<2x16xf32>
  %x = vector.transfer_read %m[%c0, %c0], %pad {in_bounds = [true, true]} : memref<2x16xf32>, vector<2x16xf32>
  %r = vector.step : vector<2xindex>
  %r1 = vector.broadcast %r : vector<2xindex> to vector<16x2xindex>
  %r2 = vector.transpose %r1, [1, 0] : vector<16x2xindex> to vector<2x16xindex>
  %ib = vector.broadcast %i : index to vector<2x16xindex>
  %gi = arith.addi %r2, %ib : vector<2x16xindex>
  %l = vector.step : vector<16xindex>
  %l1 = vector.broadcast %l : vector<16xindex> to vector<2x16xindex>
  %jb = vector.broadcast %j : index to vector<2x16xindex>
  %gj = arith.addi %l1, %jb : vector<2x16xindex>
  %see = arith.cmpi sge, %gi, %gj : vector<2x16xindex>
  %y = arith.select %see, %x, %low : vector<2x16xi1>, vector<2x16xf32>
  vector.transfer_write %y, %m[%c0, %c0] {in_bounds = [true, true]} : vector<2x16xf32>, memref<2x16xf32>
  return
}

// -----

// Indices that count up by one are a load, one index is a broadcast, others are a gather of 32-bit lanes.

// CHECK-LABEL: func.func @gathers
// CHECK-SAME: (%[[T:.*]]: memref<?xf32>, %[[O:.*]]: memref<3x16xf32>, %[[J:.*]]: index)
// CHECK-DAG: %[[LOAD:.*]] = vector.load %[[T]][%[[J]]] : memref<?xf32>, vector<16xf32>
// CHECK-DAG: %[[ONE:.*]] = memref.load %[[T]][%[[J]]] : memref<?xf32>
// CHECK-DAG: %[[SPLAT:.*]] = vector.broadcast %[[ONE]]
// CHECK-DAG: %[[G:.*]] = vector.gather %[[T]][%[[J]]] [%{{.*}}], {{.*}} : memref<?xf32>, vector<16xi32>, vector<16xi1>, vector<16xf32> into vector<16xf32>
// CHECK-DAG: vector.store %[[LOAD]], %[[O]]
// CHECK-DAG: vector.store %[[SPLAT]], %[[O]]
// CHECK-DAG: vector.store %[[G]], %[[O]]
func.func @gathers(%t: memref<?xf32>, %o: memref<3x16xf32>, %j: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %all = arith.constant dense<true> : vector<16xi1>
  %pass = arith.constant dense<0.0> : vector<16xf32>
  %jb = vector.broadcast %j : index to vector<16xindex>
  %l = vector.step : vector<16xindex>
  %up = arith.addi %l, %jb : vector<16xindex>
  %three = arith.constant dense<3> : vector<16xindex>
  %l3 = arith.muli %l, %three : vector<16xindex>
  %far = arith.addi %l3, %jb : vector<16xindex>
  %a = vector.gather %t[%c0] [%up], %all, %pass : memref<?xf32>, vector<16xindex>, vector<16xi1>, vector<16xf32> into vector<16xf32>
  %b = vector.gather %t[%c0] [%jb], %all, %pass : memref<?xf32>, vector<16xindex>, vector<16xi1>, vector<16xf32> into vector<16xf32>
  %c = vector.gather %t[%c0] [%far], %all, %pass : memref<?xf32>, vector<16xindex>, vector<16xi1>, vector<16xf32> into vector<16xf32>
  vector.store %a, %o[%c0, %c0] : memref<3x16xf32>, vector<16xf32>
  vector.store %b, %o[%c1, %c0] : memref<3x16xf32>, vector<16xf32>
  vector.store %c, %o[%c2, %c0] : memref<3x16xf32>, vector<16xf32>
  return
}

// -----

// A tail mask makes the load a masked one.

// CHECK-LABEL: func.func @tail
// CHECK: arith.cmpi {{.*}} : vector<16xi32>
// CHECK: vector.maskedload
func.func @tail(%t: memref<?xf32>, %o: memref<16xf32>, %j: index, %n: index) {
  %c0 = arith.constant 0 : index
  %some = vector.create_mask %n : vector<16xi1>
  %pass = arith.constant dense<0.0> : vector<16xf32>
  %jb = vector.broadcast %j : index to vector<16xindex>
  %l = vector.step : vector<16xindex>
  %up = arith.addi %l, %jb : vector<16xindex>
  %a = vector.gather %t[%c0] [%up], %some, %pass : memref<?xf32>, vector<16xindex>, vector<16xi1>, vector<16xf32> into vector<16xf32>
  vector.store %a, %o[%c0] : memref<16xf32>, vector<16xf32>
  return
}

// -----

// Values read from memory are clamped when they become lanes of positions.

// CHECK-LABEL: func.func @segments
// CHECK: vector.load {{.*}} vector<16xi64>
// CHECK: arith.minsi {{.*}} vector<16xi64>
// CHECK: arith.maxsi {{.*}} vector<16xi64>
// CHECK: arith.trunci {{.*}} vector<16xi64> to vector<16xi32>
// CHECK: arith.cmpi {{.*}} vector<16xi32>
func.func @segments(%t: memref<16xi64>, %o: memref<16xf32>, %j: index) {
  %c0 = arith.constant 0 : index
  %one = arith.constant dense<1.0> : vector<16xf32>
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %v = vector.load %t[%c0] : memref<16xi64>, vector<16xi64>
  %p = arith.index_cast %v : vector<16xi64> to vector<16xindex>
  %jb = vector.broadcast %j : index to vector<16xindex>
  %m = arith.cmpi sle, %p, %jb : vector<16xindex>
  %y = arith.select %m, %one, %zero : vector<16xi1>, vector<16xf32>
  vector.store %y, %o[%c0] : memref<16xf32>, vector<16xf32>
  return
}

// -----

// A progression is compared with a number from memory, which may be any, by a difference that cannot wrap.

// CHECK-LABEL: func.func @length
// CHECK-SAME: (%[[T:.*]]: memref<1xi64>
// CHECK-DAG: %[[LEAST:.*]] = arith.constant -2305843009213693952 : index
// CHECK-DAG: %[[MOST:.*]] = arith.constant 2305843009213693952 : index
// CHECK: scf.for %[[J:.*]] =
// CHECK: %[[LOAD:.*]] = memref.load %[[T]]
// CHECK: %[[LENGTH:.*]] = arith.index_cast %[[LOAD]]
// CHECK: %[[BELOW:.*]] = arith.minsi %[[LENGTH]], %[[MOST]]
// CHECK: %[[BETWEEN:.*]] = arith.maxsi %[[BELOW]], %[[LEAST]]
// CHECK: arith.subi %[[BETWEEN]], %[[J]]
// CHECK: arith.cmpi sgt, %{{.*}} : vector<16xi32>
func.func @length(%t: memref<1xi64>, %o: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %one = arith.constant dense<1.0> : vector<16xf32>
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.for %j = %c0 to %c64 step %c16 {
    %v = memref.load %t[%c0] : memref<1xi64>
    %p = arith.index_cast %v : i64 to index
    %pb = vector.broadcast %p : index to vector<16xindex>
    %l = vector.step : vector<16xindex>
    %jb = vector.broadcast %j : index to vector<16xindex>
    %key = arith.addi %l, %jb : vector<16xindex>
    %m = arith.cmpi slt, %key, %pb : vector<16xindex>
    %y = arith.select %m, %one, %zero : vector<16xi1>, vector<16xf32>
    vector.store %y, %o[%j] : memref<64xf32>, vector<16xf32>
  }
  return
}
