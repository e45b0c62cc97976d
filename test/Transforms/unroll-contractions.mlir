// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(attn-unroll-contractions),canonicalize,cse)' | FileCheck %s

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// 8 steps share two views; what is left over of a number of steps that only a run knows takes one at a time.

// CHECK-LABEL: func @shared
// CHECK-SAME: %[[X:[^: ]*]]: memref<8x256xf32>, %[[W:[^: ]*]]: memref<?x?x64xf32>, %[[P:[^: ]*]]: index, %[[FIRST:[^: ]*]]: index
// CHECK: scf.for %[[K:.*]] = %c0 to %{{.*}} step %c8 iter_args
// CHECK:   %[[AT:.*]] = arith.addi %[[K]], %[[FIRST]]
// CHECK:   %[[WEIGHTS:.*]] = memref.subview %[[X]][0, %[[K]]] [8, 8] [1, 1] : memref<8x256xf32> to memref<8x8xf32, strided<[256, 1], offset: ?>>
// CHECK:   vector.transfer_read %[[WEIGHTS]][%c0, %c0]
// CHECK:   %[[VALUES:.*]] = memref.subview %[[W]][%[[P]], %[[AT]], 32] [1, 8, 32] [1, 1, 1] : memref<?x?x64xf32> to memref<8x32xf32, strided<[64, 1], offset: ?>>
// CHECK:   vector.transfer_read %[[VALUES]][%c0, %c0]
// CHECK:   vector.contract
// CHECK:   vector.transfer_read %[[WEIGHTS]][%c0, %c1]
// CHECK:   vector.transfer_read %[[VALUES]][%c1, %c0]
// CHECK-COUNT-7: vector.contract
// CHECK-NOT: vector.contract
// CHECK: scf.for {{.*}} step %c1 iter_args
// CHECK:   vector.transfer_read %[[X]]
// CHECK:   vector.contract
// CHECK-NOT: vector.contract
// CHECK: return
func.func @shared(%x: memref<8x256xf32>, %w: memref<?x?x64xf32>, %p: index, %first: index, %n: index, %start: vector<8x32xf32>) -> vector<8x32xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %none = ub.poison : f32
  %sum = scf.for %k = %c0 to %n step %c1 iter_args(%acc = %start) -> (vector<8x32xf32>) {
    %at = arith.addi %k, %first : index
    %a = vector.transfer_read %x[%c0, %k], %none {in_bounds = [true, true]} : memref<8x256xf32>, vector<8x1xf32>
    %b = vector.transfer_read %w[%p, %at, %c32], %none {in_bounds = [true, true]} : memref<?x?x64xf32>, vector<1x32xf32>
    %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<8x1xf32>, vector<1x32xf32> into vector<8x32xf32>
    scf.yield %s : vector<8x32xf32>
  }
  return %sum : vector<8x32xf32>
}

// -----

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// 14 x 32 products are 448: four steps stay below 2048. An affine index may follow the steps too; a row that depends on them in another way is read
// where it lies.

// CHECK-LABEL: func @high
// CHECK: scf.for {{.*}} step %c4 iter_args
// CHECK:   memref.subview %{{.*}} [14, 4] [1, 1]
// CHECK-NOT: memref.subview
// CHECK-COUNT-4: vector.contract
// CHECK-NOT: vector.contract
// CHECK: return
func.func @high(%x: memref<14x128xf32>, %w: memref<?x32xf32>, %start: vector<14x32xf32>) -> vector<14x32xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %none = ub.poison : f32
  %sum = scf.for %k = %c0 to %c64 step %c1 iter_args(%acc = %start) -> (vector<14x32xf32>) {
    %row = affine.apply affine_map<()[s0] -> (s0 * 3)>()[%k]
    %column = affine.apply affine_map<()[s0] -> (s0 + 64)>()[%k]
    %a = vector.transfer_read %x[%c0, %column], %none {in_bounds = [true, true]} : memref<14x128xf32>, vector<14x1xf32>
    %b = vector.transfer_read %w[%row, %c0], %none {in_bounds = [true, true]} : memref<?x32xf32>, vector<1x32xf32>
    %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<14x1xf32>, vector<1x32xf32> into vector<14x32xf32>
    scf.yield %s : vector<14x32xf32>
  }
  return %sum : vector<14x32xf32>
}

// -----

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// Rows of one head among those of others.

// CHECK-LABEL: func @heads
// CHECK-SAME: %[[W:[^: ]*]]: memref<?x12x32xf32, strided<[1152, 32, 1]>>, %[[H:[^: ]*]]: index
// CHECK: scf.for %[[K:.*]] = %c0 to %c64 step %c8 iter_args
// CHECK:   %[[ROWS:.*]] = memref.subview %[[W]][%[[K]], %[[H]], 0] [8, 1, 32] [1, 1, 1] : {{.*}} to memref<8x32xf32, strided<[1152, 1], offset: ?>>
// CHECK:   vector.transfer_read %[[ROWS]][%c7, %c0]
// CHECK: return
func.func @heads(%x: memref<8x64xf32>, %w: memref<?x12x32xf32, strided<[1152, 32, 1]>>, %h: index, %start: vector<8x32xf32>) -> vector<8x32xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %none = ub.poison : f32
  %sum = scf.for %k = %c0 to %c64 step %c1 iter_args(%acc = %start) -> (vector<8x32xf32>) {
    %a = vector.transfer_read %x[%c0, %k], %none {in_bounds = [true, true]} : memref<8x64xf32>, vector<8x1xf32>
    %b = vector.transfer_read %w[%k, %h, %c0], %none {in_bounds = [true, true]} : memref<?x12x32xf32, strided<[1152, 32, 1]>>, vector<1x32xf32>
    %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<8x1xf32>, vector<1x32xf32> into vector<8x32xf32>
    scf.yield %s : vector<8x32xf32>
  }
  return %sum : vector<8x32xf32>
}

// -----

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// Two rows of a step overlap with those of the next: no view, and each step reads where it did.

// CHECK-LABEL: func @overlapping
// CHECK: scf.for {{.*}} step %c8 iter_args
// CHECK-NOT: memref.subview
// CHECK-COUNT-8: vector.contract
// CHECK: return
func.func @overlapping(%x: memref<?x64xf32>, %w: memref<?x32xf32>, %start: vector<8x32xf32>) -> vector<8x32xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %none = ub.poison : f32
  %sum = scf.for %k = %c0 to %c64 step %c1 iter_args(%acc = %start) -> (vector<8x32xf32>) {
    %a = vector.transfer_read %x[%c0, %k], %none {in_bounds = [true, true]} : memref<?x64xf32>, vector<8x2xf32>
    %b = vector.transfer_read %w[%k, %c0], %none {in_bounds = [true, true]} : memref<?x32xf32>, vector<2x32xf32>
    %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<8x2xf32>, vector<2x32xf32> into vector<8x32xf32>
    scf.yield %s : vector<8x32xf32>
  }
  return %sum : vector<8x32xf32>
}

// -----

// A loop without a contraction stays.

// CHECK-LABEL: func @other
// CHECK: scf.for {{.*}} step %c1
// CHECK-COUNT-1: vector.transfer_write
// CHECK-NOT: vector.transfer_write
func.func @other(%x: memref<64x16xf32>, %row: vector<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %k = %c0 to %c64 step %c1 {
    vector.transfer_write %row, %x[%k, %c0] {in_bounds = [true]} : vector<16xf32>, memref<64x16xf32>
  }
  return
}
