// RUN: attn-opt %s -pass-pipeline='builtin.module(func.func(attn-unroll-contractions,attn-prefetch-rows),canonicalize,cse)' | FileCheck %s
// Rows that are read where they lie: those of a head 4 KiB ahead, those of a list a step ahead.

// Products of 4 queries and 4 keys of 512 bytes, lane by lane: the same element of the keys 8 rows further on. Queries stay.
// CHECK-LABEL: func @keys
// CHECK-SAME: %[[Q:[^: ]*]]: memref<4x128xf32>, %[[KEYS:[^: ]*]]: memref<8x?x128xf32>
// CHECK: scf.for %[[J:.*]] = %c0 to %{{.*}} step %c4
// CHECK: scf.for %[[D:.*]] = %c0 to %c128 step %c16
// CHECK-NOT: memref.extract_aligned_pointer_as_index %[[Q]]
// CHECK: %[[ROW:.*]] = arith.addi %{{.*}}, %[[J]]
// CHECK: memref.extract_aligned_pointer_as_index %[[KEYS]]
// CHECK: arith.addi %{{.*}}, %c4096
// CHECK: "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 3 : i32, rw = 0 : i32}>
// CHECK: arith.addi %{{.*}}, %c4608
// CHECK-COUNT-3: "llvm.intr.prefetch"
// CHECK-NOT: "llvm.intr.prefetch"
// CHECK: vector.transfer_read %[[KEYS]][%c0, %[[ROW]], %[[D]]]
// CHECK: return
func.func @keys(%q: memref<4x128xf32>, %k: memref<8x?x128xf32>, %s: memref<4x4xf32>, %first: index, %end: index) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %c128 = arith.constant 128 : index
  %none = ub.poison : f32
  %zero = arith.constant dense<0.0> : vector<4x4x16xf32>
  %sums = arith.constant dense<0.0> : vector<4x4xf32>
  scf.for %j = %c0 to %end step %c4 {
    %partial = scf.for %d = %c0 to %c128 step %c16 iter_args(%acc = %zero) -> (vector<4x4x16xf32>) {
      %a = vector.transfer_read %q[%c0, %d], %none {in_bounds = [true, true]} : memref<4x128xf32>, vector<4x16xf32>
      %row = arith.addi %first, %j : index
      %b = vector.transfer_read %k[%c0, %row, %d], %none {in_bounds = [true, true]} : memref<8x?x128xf32>, vector<4x16xf32>
      %a1 = vector.broadcast %a : vector<4x16xf32> to vector<4x4x16xf32>
      %a2 = vector.transpose %a1, [1, 0, 2] : vector<4x4x16xf32> to vector<4x4x16xf32>
      %b1 = vector.broadcast %b : vector<4x16xf32> to vector<4x4x16xf32>
      %next = math.fma %a2, %b1, %acc : vector<4x4x16xf32>
      scf.yield %next : vector<4x4x16xf32>
    }
    %whole = vector.multi_reduction <add>, %partial, %sums [2] : vector<4x4x16xf32> to vector<4x4xf32>
    vector.transfer_write %whole, %s[%c0, %c0] {in_bounds = [true, true]} : vector<4x4xf32>, memref<4x4xf32>
  }
  return
}

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// Values that a list names are read as whole rows, which the hardware follows; what a step reads of their weights is a line at most.
// CHECK-LABEL: func @listed
// CHECK-NOT: "llvm.intr.prefetch"
// CHECK: return
func.func @listed(%v: memref<?x64xf32>, %list: memref<?xi32>, %weights: memref<?x2xf32>, %count: index) -> (vector<1x64xf32>, vector<1x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %none = ub.poison : f32
  %zero = arith.constant dense<0.0> : vector<1x64xf32>
  %sums:2 = scf.for %step = %c0 to %count step %c1 iter_args(%s0 = %zero, %s1 = %zero) -> (vector<1x64xf32>, vector<1x64xf32>) {
    %number = memref.load %list[%step] : memref<?xi32>
    %row = arith.index_cast %number : i32 to index
    %value = vector.transfer_read %v[%row, %c0], %none {in_bounds = [true, true]} : memref<?x64xf32>, vector<1x64xf32>
    %w0 = vector.transfer_read %weights[%row, %c0], %none {in_bounds = [true, true]} : memref<?x2xf32>, vector<1x1xf32>
    %n0 = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} %w0, %value, %s0 : vector<1x1xf32>, vector<1x64xf32> into vector<1x64xf32>
    %w1 = vector.transfer_read %weights[%step, %c1], %none {in_bounds = [true, true]} : memref<?x2xf32>, vector<1x1xf32>
    %n1 = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} %w1, %value, %s1 : vector<1x1xf32>, vector<1x64xf32> into vector<1x64xf32>
    scf.yield %n0, %n1 : vector<1x64xf32>, vector<1x64xf32>
  }
  return %sums#0, %sums#1 : vector<1x64xf32>, vector<1x64xf32>
}

// Products of 16 queries, as lanes, with two listed keys of 32 elements: each panel fetches the two lines of both keys of the next.
// CHECK-LABEL: func @panels
// CHECK-SAME: %[[K:[^: ]*]]: memref<?x32xf32>, %[[LIST:[^: ]*]]: memref<?xi32>, %[[Q:[^: ]*]]: memref<32x16xf32>
// CHECK: scf.for %[[PANEL:.*]] = %c0 to %[[END:.*]] step %c2
// CHECK: %[[NEXT:.*]] = arith.addi %[[PANEL]], %c2
// CHECK: %[[EXISTS:.*]] = arith.cmpi slt, %[[NEXT]], %[[END]]
// CHECK: scf.if %[[EXISTS]]
// CHECK: memref.load %[[LIST]][%[[NEXT]]]
// CHECK-COUNT-4: "llvm.intr.prefetch"({{.*}}) <{cache = 1 : i32, hint = 3 : i32, rw = 0 : i32}>
// CHECK-NOT: "llvm.intr.prefetch"
// CHECK: scf.for %{{.*}} = %c0 to %c32 step %c8
// CHECK-NOT: "llvm.intr.prefetch"
// CHECK: return
func.func @panels(%k: memref<?x32xf32>, %list: memref<?xi32>, %q: memref<32x16xf32>, %s: memref<?x16xf32>, %count: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c32 = arith.constant 32 : index
  %none = ub.poison : f32
  %zero = arith.constant dense<0.0> : vector<1x16xf32>
  scf.for %panel = %c0 to %count step %c2 {
    %number0 = memref.load %list[%panel] : memref<?xi32>
    %row0 = arith.index_cast %number0 : i32 to index
    %second = arith.addi %panel, %c1 : index
    %number1 = memref.load %list[%second] : memref<?xi32>
    %row1 = arith.index_cast %number1 : i32 to index
    %sums:2 = scf.for %d = %c0 to %c32 step %c1 iter_args(%s0 = %zero, %s1 = %zero) -> (vector<1x16xf32>, vector<1x16xf32>) {
      %lanes = vector.transfer_read %q[%d, %c0], %none {in_bounds = [true, true]} : memref<32x16xf32>, vector<1x16xf32>
      %k0 = vector.transfer_read %k[%row0, %d], %none {in_bounds = [true, true]} : memref<?x32xf32>, vector<1x1xf32>
      %n0 = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} %k0, %lanes, %s0 : vector<1x1xf32>, vector<1x16xf32> into vector<1x16xf32>
      %k1 = vector.transfer_read %k[%row1, %d], %none {in_bounds = [true, true]} : memref<?x32xf32>, vector<1x1xf32>
      %n1 = vector.contract {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} %k1, %lanes, %s1 : vector<1x1xf32>, vector<1x16xf32> into vector<1x16xf32>
      scf.yield %n0, %n1 : vector<1x16xf32>, vector<1x16xf32>
    }
    vector.transfer_write %sums#0, %s[%panel, %c0] {in_bounds = [true, true]} : vector<1x16xf32>, memref<?x16xf32>
    vector.transfer_write %sums#1, %s[%second, %c0] {in_bounds = [true, true]} : vector<1x16xf32>, memref<?x16xf32>
  }
  return
}
