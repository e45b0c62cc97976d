// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(attn-unroll-contractions,attn-prefetch-panels),canonicalize,cse)' | FileCheck %s
// The loop over a panel, unrolled by 8, fetches the panel behind it and the rows ahead; the tile's own operands are fetched before.

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// Of the next panel's 80 lines each of 5 unrolled steps fetches one. That is all of them for 16 strips; fewer fetch the rest before they start.
// CHECK-LABEL: func @strips
// CHECK-SAME: %[[W:[^: ]*]]: memref<2x4x40x32xf32>, {{.*}}, %[[R:[^: ]*]]: memref<?x128xf32>, %[[C:[^: ]*]]: memref<?x128xf32>, %[[P:[^: ]*]]: index, %[[END:[^: ]*]]: index
// CHECK: %[[TRIPS:.*]] = arith.ceildivui %[[END]], %c8
// CHECK: %[[STRIPS:.*]] = arith.maxui %[[TRIPS]], %c1
// CHECK: %[[REACHED:.*]] = arith.minui %[[STRIPS]], %c16
// CHECK: %[[MISSED:.*]] = arith.subi %c16, %[[REACHED]]
// CHECK: %[[LINES:.*]] = arith.muli %[[MISSED]], %c5
// CHECK: %[[REST:.*]] = arith.ceildivui %[[LINES]], %[[STRIPS]]
// CHECK: scf.for %[[I:.*]] = %c0 to %[[END]] step %c8
// The residual is read, the result written: 2 lines in each of 8 rows of 512 bytes.
// CHECK:   memref.extract_aligned_pointer_as_index %[[R]]
// CHECK-COUNT-16: "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 3 : i32, rw = 0 : i32}>
// CHECK:   memref.extract_aligned_pointer_as_index %[[C]]
// CHECK-COUNT-16: "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 3 : i32, rw = 1 : i32}>
// The next panel starts 40 * 32 * 4 bytes behind this one, the strip's share 5 lines behind that of the strip before it.
// CHECK:   %[[W0:.*]] = memref.extract_aligned_pointer_as_index %[[W]]
// CHECK:   %[[PANEL:.*]] = arith.muli %[[P]], %c5120
// CHECK:   %[[HERE:.*]] = arith.addi %[[W0]], %[[PANEL]]
// CHECK:   %[[NEXT:.*]] = arith.addi %[[HERE]], %c5120
// CHECK:   %[[STRIP:.*]] = arith.divui %[[I]], %c8
// CHECK:   scf.for %[[L:.*]] = %c0 to %[[REST]] step %c1 {
// CHECK:     arith.muli %[[L]], %c64
// CHECK:     "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}>
// CHECK:   %[[SHARER:.*]] = arith.minui %[[STRIP]], %c15
// CHECK:   %[[BEFORE:.*]] = arith.muli %[[SHARER]], %c320
// CHECK:   %[[SHARE:.*]] = arith.addi %[[NEXT]], %[[BEFORE]]
// CHECK:   scf.for %[[K:.*]] = %c0 to %c40 step %c8
// CHECK:     %[[LINE:.*]] = arith.muli %[[K]], %c8
// CHECK:     arith.addi %[[SHARE]], %[[LINE]]
// CHECK:     "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}>
// After each step the row that is two unrolled steps ahead: the first of them 16 rows of 128 bytes.
// CHECK:     %[[VIEW:.*]] = memref.subview %[[W]][0, %[[P]], %[[K]], 0] [1, 1, 8, 32]
// CHECK:     vector.contract
// CHECK:     arith.addi %{{.*}}, %c2048
// CHECK-COUNT-2: "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 3 : i32, rw = 0 : i32}>
// CHECK:     vector.transfer_read %[[VIEW]][%c1, %c0]
// CHECK:     vector.contract
// CHECK:     arith.addi %{{.*}}, %c2176
// CHECK-COUNT-6: vector.contract
// CHECK-NOT: vector.contract
// What is left over fetches the rest only when nothing came before it.
// CHECK: %[[ALONE:.*]] = arith.cmpi eq, %[[END]], %c0
// CHECK: %[[ITS:.*]] = arith.select %[[ALONE]], %{{.*}}, %c0
// CHECK: scf.for %{{.*}} = %[[END]] to
// CHECK:   scf.for {{.*}} = %c0 to %[[ITS]]
// CHECK:   scf.for {{.*}} to %c40 step %c8
// CHECK-COUNT-8: vector.contract
func.func @strips(%w: memref<2x4x40x32xf32>, %x: memref<?x80xf32>, %r: memref<?x128xf32>, %c: memref<?x128xf32>, %p: index, %end: index, %end4: index, %j: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c40 = arith.constant 40 : index
  %none = ub.poison : f32
  %zero = arith.constant dense<0.0> : vector<8x32xf32>
  %zero4 = arith.constant dense<0.0> : vector<4x32xf32>
  scf.for %i = %c0 to %end step %c8 {
    %sum = scf.for %k = %c0 to %c40 step %c1 iter_args(%acc = %zero) -> (vector<8x32xf32>) {
      %a = vector.transfer_read %x[%i, %k], %none {in_bounds = [true, true]} : memref<?x80xf32>, vector<8x1xf32>
      %b = vector.transfer_read %w[%c0, %p, %k, %c0], %none {in_bounds = [true, true]} : memref<2x4x40x32xf32>, vector<1x32xf32>
      %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<8x1xf32>, vector<1x32xf32> into vector<8x32xf32>
      scf.yield %s : vector<8x32xf32>
    }
    %res = vector.transfer_read %r[%i, %j], %none {in_bounds = [true, true]} : memref<?x128xf32>, vector<8x32xf32>
    %y = arith.addf %sum, %res : vector<8x32xf32>
    vector.transfer_write %y, %c[%i, %j] {in_bounds = [true, true]} : vector<8x32xf32>, memref<?x128xf32>
  }
  scf.for %i = %end to %end4 step %c4 {
    %sum = scf.for %k = %c0 to %c40 step %c1 iter_args(%acc = %zero4) -> (vector<4x32xf32>) {
      %a = vector.transfer_read %x[%i, %k], %none {in_bounds = [true, true]} : memref<?x80xf32>, vector<4x1xf32>
      %b = vector.transfer_read %w[%c0, %p, %k, %c0], %none {in_bounds = [true, true]} : memref<2x4x40x32xf32>, vector<1x32xf32>
      %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<4x1xf32>, vector<1x32xf32> into vector<4x32xf32>
      scf.yield %s : vector<4x32xf32>
    }
    vector.transfer_write %sum, %c[%i, %j] {in_bounds = [true, true]} : vector<4x32xf32>, memref<?x128xf32>
  }
  return
}

// -----

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// Half panels: the lines of a half lie 128 bytes apart. Sums that start with the partial sums of an earlier block fetch those of the next strip,
// 6 rows ahead, and do not fetch for writing what they have read.
// CHECK-LABEL: func @halves
// CHECK: arith.minui %{{.*}}, %c8
// CHECK: scf.for
// CHECK-COUNT-6: "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 3 : i32, rw = 0 : i32}>
// CHECK-NOT: rw = 1
// CHECK:   scf.for %[[L:.*]] = %c0
// CHECK:     arith.muli %[[L]], %c128
// CHECK:   scf.for {{.*}} to %c16 step %c8
// CHECK-NOT: rw = 1
func.func @halves(%w: memref<1x4x16x32xf32>, %x: memref<?x80xf32>, %c: memref<?x128xf32>, %p: index, %end: index, %half: index, %j: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %c16 = arith.constant 16 : index
  %none = ub.poison : f32
  scf.for %i = %c0 to %end step %c6 {
    %start = vector.transfer_read %c[%i, %j], %none {in_bounds = [true, true]} : memref<?x128xf32>, vector<6x16xf32>
    %sum = scf.for %k = %c0 to %c16 step %c1 iter_args(%acc = %start) -> (vector<6x16xf32>) {
      %a = vector.transfer_read %x[%i, %k], %none {in_bounds = [true, true]} : memref<?x80xf32>, vector<6x1xf32>
      %b = vector.transfer_read %w[%c0, %p, %k, %half], %none {in_bounds = [true, true]} : memref<1x4x16x32xf32>, vector<1x16xf32>
      %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<6x1xf32>, vector<1x16xf32> into vector<6x16xf32>
      scf.yield %s : vector<6x16xf32>
    }
    vector.transfer_write %sum, %c[%i, %j] {in_bounds = [true, true]} : vector<6x16xf32>, memref<?x128xf32>
  }
  return
}

// -----

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// Values of an attention are no panel: only the rows ahead, here 8 of 256 bytes. Rows at a distance that only a run knows are not fetched.
// CHECK-LABEL: func @values
// CHECK: scf.for {{.*}} step %c4
// CHECK:   arith.addi %{{.*}}, %c2048
// CHECK:   "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 3 : i32, rw = 0 : i32}>
// CHECK-COUNT-7: "llvm.intr.prefetch"
// CHECK-NOT: "llvm.intr.prefetch"
// CHECK: return
func.func @values(%x: memref<14x256xf32>, %v: memref<?x64xf32>, %far: memref<?x64xf32, strided<[?, 1]>>, %start: vector<14x32xf32>) -> (vector<14x32xf32>, vector<14x32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %none = ub.poison : f32
  %sum = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %start) -> (vector<14x32xf32>) {
    %a = vector.transfer_read %x[%c0, %k], %none {in_bounds = [true, true]} : memref<14x256xf32>, vector<14x1xf32>
    %b = vector.transfer_read %v[%k, %c0], %none {in_bounds = [true, true]} : memref<?x64xf32>, vector<1x32xf32>
    %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<14x1xf32>, vector<1x32xf32> into vector<14x32xf32>
    scf.yield %s : vector<14x32xf32>
  }
  %other = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %start) -> (vector<14x32xf32>) {
    %a = vector.transfer_read %x[%c0, %k], %none {in_bounds = [true, true]} : memref<14x256xf32>, vector<14x1xf32>
    %b = vector.transfer_read %far[%k, %c0], %none {in_bounds = [true, true]} : memref<?x64xf32, strided<[?, 1]>>, vector<1x32xf32>
    %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<14x1xf32>, vector<1x32xf32> into vector<14x32xf32>
    scf.yield %s : vector<14x32xf32>
  }
  return %sum, %other : vector<14x32xf32>, vector<14x32xf32>
}

// -----

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// A single element that is read beside the loop is no tile.
// CHECK-LABEL: func @element
// CHECK: "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}>
func.func @element(%w: memref<2x4x40x32xf32>, %x: memref<?x80xf32>, %e: memref<f32>, %c: memref<?x128xf32>, %end: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c40 = arith.constant 40 : index
  %none = ub.poison : f32
  %zero = arith.constant dense<0.0> : vector<8x32xf32>
  scf.for %i = %c0 to %end step %c8 {
    %one = vector.transfer_read %e[], %none : memref<f32>, vector<f32>
    %sum = scf.for %k = %c0 to %c40 step %c1 iter_args(%acc = %zero) -> (vector<8x32xf32>) {
      %a = vector.transfer_read %x[%i, %k], %none {in_bounds = [true, true]} : memref<?x80xf32>, vector<8x1xf32>
      %b = vector.transfer_read %w[%c0, %c0, %k, %c0], %none {in_bounds = [true, true]} : memref<2x4x40x32xf32>, vector<1x32xf32>
      %s = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %acc : vector<8x1xf32>, vector<1x32xf32> into vector<8x32xf32>
      scf.yield %s : vector<8x32xf32>
    }
    %first = vector.broadcast %one : vector<f32> to vector<8x32xf32>
    %y = arith.addf %sum, %first : vector<8x32xf32>
    vector.transfer_write %y, %c[%i, %c0] {in_bounds = [true, true]} : vector<8x32xf32>, memref<?x128xf32>
  }
  return
}
