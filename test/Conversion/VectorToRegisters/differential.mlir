// Each function through this pass, for three widths, and through upstream's own lowering: the results must be the same bits. Inputs are small
// whole numbers, so that sums are exact in any order.

// RUN: mlir-opt %s --lower-vector-multi-reduction --convert-vector-to-scf=full-unroll=true -o %t.0.mlir
// RUN: sed "s/@run_/@want_/" %t.0.mlir > %t.want.mlir && %attn_src/test/Inputs/to-asm %t.want.mlir x86-64-v3 %t.want.s bare
// RUN: attn-opt %s --attn-register-tile=lanes=16 -o %t.16.mlir && %attn_src/test/Inputs/to-asm %t.16.mlir x86-64-v4 %t.16.s bare
// RUN: attn-opt %s --attn-register-tile=lanes=8 -o %t.8.mlir && %attn_src/test/Inputs/to-asm %t.8.mlir x86-64-v3 %t.8.s bare
// RUN: attn-opt %s --attn-register-tile=lanes=4 -o %t.4.mlir && %attn_src/test/Inputs/to-asm %t.4.mlir x86-64-v3 %t.4.s bare
// RUN: %if x86-64-v4 %{ %cc -O1 %S/Inputs/differential.c %t.want.s %t.16.s -o %t.16.exe -lm && %t.16.exe | FileCheck %s %}
// RUN: %if x86-64-v3 %{ %cc -O1 %S/Inputs/differential.c %t.want.s %t.8.s -o %t.8.exe -lm && %t.8.exe | FileCheck %s %}
// RUN: %if x86-64-v3 %{ %cc -O1 %S/Inputs/differential.c %t.want.s %t.4.s -o %t.4.exe -lm && %t.4.exe | FileCheck %s %}

// CHECK: 18 functions, 73728 elements compared, 0 different

// [3x5] x [5x19] -> [3x19], and with the second operand transposed.
func.func @run_contract(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c20 = arith.constant 20 : index
  %z = arith.constant 0.0 : f32
  %l = vector.transfer_read %a[%c0, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<3x5xf32>
  %r = vector.transfer_read %a[%c20, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<5x19xf32>
  %t = vector.transfer_read %a[%c0, %c20], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<19x5xf32>
  %acc = arith.constant dense<1.0> : vector<3x19xf32>
  %x = vector.contract {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %l, %r, %acc : vector<3x5xf32>, vector<5x19xf32> into vector<3x19xf32>
  %y = vector.contract {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %l, %t, %x : vector<3x5xf32>, vector<19x5xf32> into vector<3x19xf32>
  vector.transfer_write %y, %o[%c0, %c0] {in_bounds = [true, true]} : vector<3x19xf32>, memref<64x64xf32>
  return
}

func.func @run_outer(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c9 = arith.constant 9 : index
  %l = vector.load %a[%c0, %c0] : memref<64x64xf32>, vector<6xf32>
  %r = vector.load %a[%c9, %c9] : memref<64x64xf32>, vector<21xf32>
  %x = vector.outerproduct %l, %r {kind = #vector.kind<add>} : vector<6xf32>, vector<21xf32>
  vector.transfer_write %x, %o[%c0, %c0] {in_bounds = [true, true]} : vector<6x21xf32>, memref<64x64xf32>
  return
}

// Sums and maxima over the first, the middle, the last and all dimensions.
func.func @run_reduce(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c10 = arith.constant 10 : index
  %z = arith.constant 0.0 : f32
  %x = vector.transfer_read %a[%c0, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<8x42xf32>
  %s = vector.shape_cast %x : vector<8x42xf32> to vector<8x3x14xf32>
  %i0 = arith.constant dense<0.5> : vector<3x14xf32>
  %i1 = arith.constant dense<0.5> : vector<8x14xf32>
  %i2 = arith.constant dense<0.5> : vector<8x3xf32>
  %i3 = arith.constant dense<0.5> : vector<3xf32>
  %r0 = vector.multi_reduction <add>, %s, %i0 [0] : vector<8x3x14xf32> to vector<3x14xf32>
  %r1 = vector.multi_reduction <maxnumf>, %s, %i1 [1] : vector<8x3x14xf32> to vector<8x14xf32>
  %r2 = vector.multi_reduction <maximumf>, %s, %i2 [2] : vector<8x3x14xf32> to vector<8x3xf32>
  %r3 = vector.multi_reduction <add>, %s, %i3 [0, 2] : vector<8x3x14xf32> to vector<3xf32>
  %r4 = vector.multi_reduction <minimumf>, %s, %z [0, 1, 2] : vector<8x3x14xf32> to f32
  vector.transfer_write %r0, %o[%c0, %c0] {in_bounds = [true, true]} : vector<3x14xf32>, memref<64x64xf32>
  vector.transfer_write %r1, %o[%c10, %c0] {in_bounds = [true, true]} : vector<8x14xf32>, memref<64x64xf32>
  %c20 = arith.constant 20 : index
  vector.transfer_write %r2, %o[%c20, %c0] {in_bounds = [true, true]} : vector<8x3xf32>, memref<64x64xf32>
  %c30 = arith.constant 30 : index
  vector.store %r3, %o[%c30, %c0] : memref<64x64xf32>, vector<3xf32>
  %c40 = arith.constant 40 : index
  memref.store %r4, %o[%c40, %c0] : memref<64x64xf32>
  return
}

// A NaN is passed over by maxnumf and kept by maximumf, wherever it stands.
func.func @run_nan(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c10 = arith.constant 10 : index
  %c20 = arith.constant 20 : index
  %c30 = arith.constant 30 : index
  %z = arith.constant 0.0 : f32
  %x = vector.transfer_read %a[%c0, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<4x33xf32>
  %y = vector.transfer_read %a[%c10, %c10], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<4x33xf32>
  // 0/0 where an element is zero.
  %q = arith.divf %x, %x : vector<4x33xf32>
  %s = arith.mulf %q, %x : vector<4x33xf32>
  %a0 = arith.maximumf %s, %y : vector<4x33xf32>
  %a1 = arith.maxnumf %s, %y : vector<4x33xf32>
  %a2 = arith.maximumf %y, %s : vector<4x33xf32>
  %a3 = arith.minnumf %y, %s : vector<4x33xf32>
  // NaN to a number, so that bits can be compared whatever the sign of a NaN.
  %b0 = arith.cmpf uno, %a0, %a0 : vector<4x33xf32>
  %b2 = arith.cmpf uno, %a2, %a2 : vector<4x33xf32>
  %mark = arith.constant dense<777.0> : vector<4x33xf32>
  %d0 = arith.select %b0, %mark, %a0 : vector<4x33xi1>, vector<4x33xf32>
  %d2 = arith.select %b2, %mark, %a2 : vector<4x33xi1>, vector<4x33xf32>
  vector.transfer_write %d0, %o[%c0, %c0] {in_bounds = [true, true]} : vector<4x33xf32>, memref<64x64xf32>
  vector.transfer_write %a1, %o[%c10, %c0] {in_bounds = [true, true]} : vector<4x33xf32>, memref<64x64xf32>
  vector.transfer_write %d2, %o[%c20, %c0] {in_bounds = [true, true]} : vector<4x33xf32>, memref<64x64xf32>
  vector.transfer_write %a3, %o[%c30, %c0] {in_bounds = [true, true]} : vector<4x33xf32>, memref<64x64xf32>
  return
}

func.func @run_transpose(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %z = arith.constant 0.0 : f32
  %x = vector.transfer_read %a[%c0, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<32x16xf32>
  %t = vector.transpose %x, [1, 0] : vector<32x16xf32> to vector<16x32xf32>
  vector.transfer_write %t, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x32xf32>, memref<64x64xf32>
  %y = vector.transfer_read %a[%c32, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<7x5xf32>
  %u = vector.transpose %y, [1, 0] : vector<7x5xf32> to vector<5x7xf32>
  vector.transfer_write %u, %o[%c32, %c0] {in_bounds = [true, true]} : vector<5x7xf32>, memref<64x64xf32>
  return
}

func.func @run_transpose3(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0.0 : f32
  %x = vector.transfer_read %a[%c0, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<16x48xf32>
  %s = vector.shape_cast %x : vector<16x48xf32> to vector<16x3x16xf32>
  %t = vector.transpose %s, [1, 2, 0] : vector<16x3x16xf32> to vector<3x16x16xf32>
  %u = vector.shape_cast %t : vector<3x16x16xf32> to vector<48x16xf32>
  vector.transfer_write %u, %o[%c0, %c0] {in_bounds = [true, true]} : vector<48x16xf32>, memref<64x64xf32>
  %c16 = arith.constant 16 : index
  %v = vector.transpose %s, [1, 0, 2] : vector<16x3x16xf32> to vector<3x16x16xf32>
  %w = vector.shape_cast %v : vector<3x16x16xf32> to vector<48x16xf32>
  vector.transfer_write %w, %o[%c0, %c16] {in_bounds = [true, true]} : vector<48x16xf32>, memref<64x64xf32>
  return
}

func.func @run_shape(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c10 = arith.constant 10 : index
  %z = arith.constant 0.0 : f32
  %x = vector.transfer_read %a[%c0, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<6x20xf32>
  %s = vector.shape_cast %x : vector<6x20xf32> to vector<5x24xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<5x24xf32>, memref<64x64xf32>
  %y = vector.shape_cast %x : vector<6x20xf32> to vector<3x40xf32>
  vector.transfer_write %y, %o[%c10, %c0] {in_bounds = [true, true]} : vector<3x40xf32>, memref<64x64xf32>
  return
}

func.func @run_parts(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c20 = arith.constant 20 : index
  %c40 = arith.constant 40 : index
  %z = arith.constant 0.0 : f32
  %x = vector.transfer_read %a[%c0, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<8x40xf32>
  %p = vector.extract_strided_slice %x {offsets = [1, 3], sizes = [4, 18], strides = [1, 1]} : vector<8x40xf32> to vector<4x18xf32>
  %row = vector.extract %x[5] : vector<40xf32> from vector<8x40xf32>
  %one = vector.extract %x[2, 17] : f32 from vector<8x40xf32>
  %i = vector.insert_strided_slice %p, %x {offsets = [2, 11], strides = [1, 1]} : vector<4x18xf32> into vector<8x40xf32>
  %j = vector.insert %row, %i[7] : vector<40xf32> into vector<8x40xf32>
  %k = vector.insert %one, %j[0, 33] : f32 into vector<8x40xf32>
  vector.transfer_write %k, %o[%c0, %c0] {in_bounds = [true, true]} : vector<8x40xf32>, memref<64x64xf32>
  %f = vector.shuffle %row, %row [3, 45, 7, 7, 0, 79, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24] : vector<40xf32>, vector<40xf32>
  vector.store %f, %o[%c20, %c0] : memref<64x64xf32>, vector<19xf32>
  %g = vector.interleave %f, %f : vector<19xf32> -> vector<38xf32>
  vector.store %g, %o[%c40, %c0] : memref<64x64xf32>, vector<38xf32>
  return
}

func.func @run_broadcast(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c10 = arith.constant 10 : index
  %c20 = arith.constant 20 : index
  %z = arith.constant 0.0 : f32
  %v = vector.load %a[%c10, %c0] : memref<64x64xf32>, vector<20xf32>
  %b = vector.broadcast %v : vector<20xf32> to vector<3x20xf32>
  vector.transfer_write %b, %o[%c0, %c0] {in_bounds = [true, true]} : vector<3x20xf32>, memref<64x64xf32>
  %c = vector.transfer_read %a[%c0, %c10], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<5x1xf32>
  %d = vector.broadcast %c : vector<5x1xf32> to vector<5x37xf32>
  vector.transfer_write %d, %o[%c10, %c0] {in_bounds = [true, true]} : vector<5x37xf32>, memref<64x64xf32>
  %r = vector.load %a[%c20, %c0] : memref<64x64xf32>, vector<8xf32>
  %e = vector.broadcast %r : vector<8xf32> to vector<32x8xf32>
  %t = vector.transpose %e, [1, 0] : vector<32x8xf32> to vector<8x32xf32>
  vector.transfer_write %t, %o[%c20, %c0] {in_bounds = [true, true]} : vector<8x32xf32>, memref<64x64xf32>
  return
}

// Columns and rows read across: a transposed read and a broadcast one.
func.func @run_maps(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c20 = arith.constant 20 : index
  %z = arith.constant 0.0 : f32
  %x = vector.transfer_read %a[%c0, %c20], %z {in_bounds = [true, true], permutation_map = affine_map<(i, j) -> (j, i)>} : memref<64x64xf32>, vector<6x19xf32>
  vector.transfer_write %x, %o[%c0, %c0] {in_bounds = [true, true]} : vector<6x19xf32>, memref<64x64xf32>
  %y = vector.transfer_read %a[%c20, %c0], %z {in_bounds = [true, true], permutation_map = affine_map<(i, j) -> (i, 0)>} : memref<64x64xf32>, vector<6x19xf32>
  vector.transfer_write %y, %o[%c20, %c0] {in_bounds = [true, true], permutation_map = affine_map<(i, j) -> (j, i)>} : vector<6x19xf32>, memref<64x64xf32>
  return
}

// Positions: i - 2 j + 3, its remainder, its comparison with a bound that is not known, and its conversion.
func.func @run_positions(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c20 = arith.constant 20 : index
  %s = vector.step : vector<21xindex>
  %r = vector.step : vector<4xindex>
  %i0 = vector.broadcast %r : vector<4xindex> to vector<21x4xindex>
  %i = vector.transpose %i0, [1, 0] : vector<21x4xindex> to vector<4x21xindex>
  %j = vector.broadcast %s : vector<21xindex> to vector<4x21xindex>
  %two = arith.constant dense<2> : vector<4x21xindex>
  %three = arith.constant dense<3> : vector<4x21xindex>
  %seven = arith.constant dense<7> : vector<4x21xindex>
  %j2 = arith.muli %j, %two : vector<4x21xindex>
  %d = arith.subi %i, %j2 : vector<4x21xindex>
  %e = arith.addi %d, %three : vector<4x21xindex>
  %ei = arith.index_cast %e : vector<4x21xindex> to vector<4x21xi32>
  %ef = arith.sitofp %ei : vector<4x21xi32> to vector<4x21xf32>
  vector.transfer_write %ef, %o[%c0, %c0] {in_bounds = [true, true]} : vector<4x21xf32>, memref<64x64xf32>
  %n0 = memref.load %a[%c0, %c0] : memref<64x64xf32>
  %n1 = arith.fptosi %n0 : f32 to i64
  %n = arith.index_cast %n1 : i64 to index
  %nv = vector.broadcast %n : index to vector<4x21xindex>
  %q = arith.remsi %j, %seven : vector<4x21xindex>
  %p0 = arith.cmpi sle, %e, %nv : vector<4x21xindex>
  %p1 = arith.cmpi ne, %q, %i : vector<4x21xindex>
  %p = arith.andi %p0, %p1 : vector<4x21xi1>
  %one = arith.constant dense<1.0> : vector<4x21xf32>
  %zero = arith.constant dense<0.0> : vector<4x21xf32>
  %m = arith.select %p, %one, %zero : vector<4x21xi1>, vector<4x21xf32>
  vector.transfer_write %m, %o[%c20, %c0] {in_bounds = [true, true]} : vector<4x21xf32>, memref<64x64xf32>
  return
}

func.func @run_masks(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c11 = arith.constant 11 : index
  %c20 = arith.constant 20 : index
  %z = arith.constant 5.0 : f32
  %n0 = memref.load %a[%c0, %c0] : memref<64x64xf32>
  %n1 = math.absf %n0 : f32
  %n2 = arith.fptosi %n1 : f32 to i32
  %n = arith.index_cast %n2 : i32 to index
  %m = vector.create_mask %c2, %n : vector<4x21xi1>
  %k = vector.constant_mask [3, 17] : vector<4x21xi1>
  %b = arith.xori %m, %k : vector<4x21xi1>
  %one = arith.constant dense<1.0> : vector<4x21xf32>
  %zero = arith.constant dense<0.0> : vector<4x21xf32>
  %s = arith.select %b, %one, %zero : vector<4x21xi1>, vector<4x21xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<4x21xf32>, memref<64x64xf32>
  %w = vector.create_mask %n : vector<13xi1>
  %pass = arith.constant dense<9.0> : vector<13xf32>
  %x = vector.maskedload %a[%c11, %c0], %w, %pass : memref<64x64xf32>, vector<13xi1>, vector<13xf32> into vector<13xf32>
  vector.store %x, %o[%c20, %c0] : memref<64x64xf32>, vector<13xf32>
  vector.maskedstore %o[%c20, %c20], %w, %x : memref<64x64xf32>, vector<13xi1>, vector<13xf32>
  return
}

func.func @run_gather(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %all = arith.constant dense<true> : vector<21xi1>
  %pass = arith.constant dense<0.0> : vector<21xf32>
  %s = vector.step : vector<21xindex>
  %n0 = memref.load %a[%c0, %c1] : memref<64x64xf32>
  %n1 = math.absf %n0 : f32
  %n2 = arith.fptosi %n1 : f32 to i32
  %n = arith.index_cast %n2 : i32 to index
  %nv = vector.broadcast %n : index to vector<21xindex>
  %up = arith.addi %s, %nv : vector<21xindex>
  %col = arith.constant dense<64> : vector<21xindex>
  %down = arith.muli %up, %col : vector<21xindex>
  %five = arith.constant dense<5> : vector<21xindex>
  %wild = arith.remsi %down, %five : vector<21xindex>
  %sq = arith.muli %wild, %up : vector<21xindex>
  %g0 = vector.gather %a[%c3, %c2] [%up], %all, %pass : memref<64x64xf32>, vector<21xindex>, vector<21xi1>, vector<21xf32> into vector<21xf32>
  %g1 = vector.gather %a[%c3, %c2] [%nv], %all, %pass : memref<64x64xf32>, vector<21xindex>, vector<21xi1>, vector<21xf32> into vector<21xf32>
  %g2 = vector.gather %a[%c3, %c2] [%down], %all, %pass : memref<64x64xf32>, vector<21xindex>, vector<21xi1>, vector<21xf32> into vector<21xf32>
  %g3 = vector.gather %a[%c3, %c2] [%sq], %all, %pass : memref<64x64xf32>, vector<21xindex>, vector<21xi1>, vector<21xf32> into vector<21xf32>
  vector.store %g0, %o[%c0, %c0] : memref<64x64xf32>, vector<21xf32>
  vector.store %g1, %o[%c1, %c0] : memref<64x64xf32>, vector<21xf32>
  vector.store %g2, %o[%c2, %c0] : memref<64x64xf32>, vector<21xf32>
  vector.store %g3, %o[%c3, %c0] : memref<64x64xf32>, vector<21xf32>
  return
}

// Tiles of two kinds through a loop, and out of a branch.
func.func @run_control(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c9 = arith.constant 9 : index
  %z = arith.constant 0.0 : f32
  %i = arith.constant dense<0.0> : vector<3x18xf32>
  %j = arith.constant dense<1> : vector<3x18xindex>
  %r:3 = scf.for %k = %c0 to %c9 step %c3 iter_args(%x = %i, %n = %j, %s = %z) -> (vector<3x18xf32>, vector<3x18xindex>, f32) {
    %y = vector.transfer_read %a[%k, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<3x18xf32>
    %w = arith.addf %x, %y : vector<3x18xf32>
    %m = arith.addi %n, %j : vector<3x18xindex>
    %e = vector.extract %w[1, 2] : f32 from vector<3x18xf32>
    %t = arith.addf %s, %e : f32
    scf.yield %w, %m, %t : vector<3x18xf32>, vector<3x18xindex>, f32
  }
  %p = arith.cmpf ogt, %r#2, %z : f32
  %q:2 = scf.if %p -> (vector<3x18xf32>, f32) {
    %v = arith.negf %r#0 : vector<3x18xf32>
    scf.yield %v, %r#2 : vector<3x18xf32>, f32
  } else {
    scf.yield %r#0, %z : vector<3x18xf32>, f32
  }
  %ni = arith.index_cast %r#1 : vector<3x18xindex> to vector<3x18xi32>
  %nf = arith.sitofp %ni : vector<3x18xi32> to vector<3x18xf32>
  %u = arith.addf %q#0, %nf : vector<3x18xf32>
  vector.transfer_write %u, %o[%c0, %c0] {in_bounds = [true, true]} : vector<3x18xf32>, memref<64x64xf32>
  memref.store %q#1, %o[%c9, %c0] : memref<64x64xf32>
  return
}

// Bytes as booleans, as dense masks are stored.
func.func @run_bytes(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0.0 : f32
  %x = vector.transfer_read %a[%c0, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<4x21xf32>
  %i = arith.fptosi %x : vector<4x21xf32> to vector<4x21xi32>
  %b = arith.trunci %i : vector<4x21xi32> to vector<4x21xi8>
  %zero = arith.constant dense<0> : vector<4x21xi8>
  %m = arith.cmpi ne, %b, %zero : vector<4x21xi8>
  %e = arith.extui %m : vector<4x21xi1> to vector<4x21xi32>
  %f = arith.uitofp %e : vector<4x21xi32> to vector<4x21xf32>
  vector.transfer_write %f, %o[%c0, %c0] {in_bounds = [true, true]} : vector<4x21xf32>, memref<64x64xf32>
  return
}

// Constants that differ from lane to lane.
func.func @run_constants(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f = arith.constant dense<[1.0, 2.0, 4.0, 8.0, 16.0]> : vector<5xf32>
  %i = arith.constant dense<[9, 7, 5, 3, 1]> : vector<5xi64>
  %j = arith.constant dense<[9, 7, 5, 3, 2]> : vector<5xindex>
  %x = arith.sitofp %i : vector<5xi64> to vector<5xf32>
  %k = arith.index_cast %j : vector<5xindex> to vector<5xi64>
  %y = arith.sitofp %k : vector<5xi64> to vector<5xf32>
  %s = arith.addf %f, %x : vector<5xf32>
  vector.store %s, %o[%c0, %c0] : memref<64x64xf32>, vector<5xf32>
  vector.store %y, %o[%c1, %c0] : memref<64x64xf32>, vector<5xf32>
  return
}

// A dot product, whose result is one number.
func.func @run_dot(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 3.0 : f32
  %x = vector.load %a[%c0, %c0] : memref<64x64xf32>, vector<21xf32>
  %y = vector.load %a[%c1, %c0] : memref<64x64xf32>, vector<21xf32>
  %s = vector.contract {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>],
    iterator_types = ["reduction"], kind = #vector.kind<add>} %x, %y, %z : vector<21xf32>, vector<21xf32> into f32
  %r = vector.reduction <add>, %x, %s : vector<21xf32> into f32
  %m = vector.reduction <maxnumf>, %y : vector<21xf32> into f32
  memref.store %r, %o[%c0, %c0] : memref<64x64xf32>
  memref.store %m, %o[%c0, %c1] : memref<64x64xf32>
  return
}

// Rows that are folded into each other: 8 of two registers, 2 of one.
func.func @run_rows(%a: memref<64x64xf32>, %o: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %z = arith.constant 0.0 : f32
  %x = vector.transfer_read %a[%c0, %c0], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<8x32xf32>
  %y = vector.transfer_read %a[%c2, %c1], %z {in_bounds = [true, true]} : memref<64x64xf32>, vector<2x16xf32>
  %i = vector.load %a[%c1, %c0] : memref<64x64xf32>, vector<8xf32>
  %j = vector.load %a[%c1, %c1] : memref<64x64xf32>, vector<2xf32>
  %s = vector.multi_reduction <add>, %x, %i [1] : vector<8x32xf32> to vector<8xf32>
  %m = vector.multi_reduction <maxnumf>, %x, %i [1] : vector<8x32xf32> to vector<8xf32>
  %t = vector.multi_reduction <minimumf>, %y, %j [1] : vector<2x16xf32> to vector<2xf32>
  vector.store %s, %o[%c0, %c0] : memref<64x64xf32>, vector<8xf32>
  vector.store %m, %o[%c1, %c0] : memref<64x64xf32>, vector<8xf32>
  vector.store %t, %o[%c2, %c0] : memref<64x64xf32>, vector<2xf32>
  return
}
