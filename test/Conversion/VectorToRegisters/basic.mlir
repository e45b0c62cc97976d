// RUN: attn-opt %s --attn-register-tile=lanes=16 --cse --split-input-file | FileCheck %s
// RUN: attn-opt %s --attn-register-tile=lanes=8 --cse --split-input-file | FileCheck %s --check-prefix=AVX2

// A row is one register for every 16 (8) elements.

// CHECK-LABEL: func.func @rows
// CHECK: %[[X0:.*]] = vector.load %[[M:.*]][%[[I:.*]], %c0] : memref<?x32xf32>, vector<16xf32>
// CHECK: %[[X1:.*]] = vector.load %[[M]][%[[I]], %c16]
// CHECK: %[[J:.*]] = arith.addi %[[I]], %c1
// CHECK-NEXT: %[[X2:.*]] = vector.load %[[M]][%[[J]], %c0]
// CHECK-NEXT: %[[X3:.*]] = vector.load %[[M]][%[[J]], %c16]
// CHECK-NEXT: %[[Y0:.*]] = arith.addf %[[X0]], %[[X0]] : vector<16xf32>
// CHECK-COUNT-3: arith.addf
// CHECK: vector.store %[[Y0]], %[[M]][%[[I]], %c0]
// CHECK-COUNT-3: vector.store
// CHECK-NOT: vector.store
// AVX2-LABEL: func.func @rows
// AVX2-COUNT-8: vector.load {{.*}} vector<8xf32>
// AVX2-COUNT-8: arith.addf {{.*}} vector<8xf32>
// AVX2-COUNT-8: vector.store {{.*}} vector<8xf32>
// AVX2-NOT: vector.store
func.func @rows(%m: memref<?x32xf32>, %i: index) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %x = vector.transfer_read %m[%i, %c0], %pad {in_bounds = [true, true]} : memref<?x32xf32>, vector<2x32xf32>
  %y = arith.addf %x, %x : vector<2x32xf32>
  vector.transfer_write %y, %m[%i, %c0] {in_bounds = [true, true]} : vector<2x32xf32>, memref<?x32xf32>
  return
}

// -----

// The last register of a row is narrower where the row does not divide; a column is scalars.

// CHECK-LABEL: func.func @odd
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK: vector.load {{.*}} vector<7xf32>
// CHECK: memref.load
// CHECK: math.absf {{.*}} vector<16xf32>
// CHECK: math.absf {{.*}} vector<7xf32>
// CHECK: math.absf {{.*}} : f32
// AVX2-LABEL: func.func @odd
func.func @odd(%m: memref<2x23xf32>, %n: memref<2x1xf32>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %x = vector.transfer_read %m[%c0, %c0], %pad {in_bounds = [true, true]} : memref<2x23xf32>, vector<1x23xf32>
  %c = vector.transfer_read %n[%c0, %c0], %pad {in_bounds = [true, true]} : memref<2x1xf32>, vector<1x1xf32>
  %y = math.absf %x : vector<1x23xf32>
  %d = math.absf %c : vector<1x1xf32>
  vector.transfer_write %y, %m[%c0, %c0] {in_bounds = [true, true]} : vector<1x23xf32>, memref<2x23xf32>
  vector.transfer_write %d, %n[%c0, %c0] {in_bounds = [true, true]} : vector<1x1xf32>, memref<2x1xf32>
  return
}

// -----

// One step of a contraction: the column is broadcast, the row stays as it is, the accumulators are carried one by one.

#l = affine_map<(m, n, k) -> (m, k)>
#r = affine_map<(m, n, k) -> (k, n)>
#o = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @contract
// CHECK: %[[R:.*]]:4 = scf.for {{.*}} iter_args(%[[C0:.*]] = %{{.*}}, %[[C1:.*]] = %{{.*}}, %[[C2:.*]] = %{{.*}}, %[[C3:.*]] = %{{.*}})
// CHECK-DAG: %[[A0:.*]] = memref.load
// CHECK-DAG: %[[A1:.*]] = memref.load
// CHECK-DAG: %[[B0:.*]] = vector.load {{.*}} vector<16xf32>
// CHECK-DAG: %[[B1:.*]] = vector.load {{.*}} vector<16xf32>
// CHECK: %[[S0:.*]] = vector.broadcast %[[A0]] : f32 to vector<16xf32>
// CHECK: %[[D0:.*]] = math.fma %[[S0]], %[[B0]], %[[C0]]
// CHECK: %[[D1:.*]] = math.fma %[[S0]], %[[B1]], %[[C1]]
// CHECK: %[[S1:.*]] = vector.broadcast %[[A1]] : f32 to vector<16xf32>
// CHECK: %[[D2:.*]] = math.fma %[[S1]], %[[B0]], %[[C2]]
// CHECK: %[[D3:.*]] = math.fma %[[S1]], %[[B1]], %[[C3]]
// CHECK: scf.yield %[[D0]], %[[D1]], %[[D2]], %[[D3]]
// CHECK-COUNT-4: vector.store %[[R]]#
// AVX2-LABEL: func.func @contract
// AVX2: scf.for
// AVX2-COUNT-8: math.fma {{.*}} vector<8xf32>
// AVX2-NEXT: scf.yield
func.func @contract(%a: memref<2x?xf32>, %b: memref<?x32xf32>, %c: memref<2x32xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %pad = arith.constant 0.0 : f32
  %init = vector.transfer_read %c[%c0, %c0], %pad {in_bounds = [true, true]} : memref<2x32xf32>, vector<2x32xf32>
  %sum = scf.for %k = %c0 to %n step %c1 iter_args(%x = %init) -> vector<2x32xf32> {
    %l = vector.transfer_read %a[%c0, %k], %pad {in_bounds = [true, true]} : memref<2x?xf32>, vector<2x1xf32>
    %r = vector.transfer_read %b[%k, %c0], %pad {in_bounds = [true, true]} : memref<?x32xf32>, vector<1x32xf32>
    %y = vector.contract {indexing_maps = [#l, #r, #o], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>}
      %l, %r, %x : vector<2x1xf32>, vector<1x32xf32> into vector<2x32xf32>
    scf.yield %y : vector<2x32xf32>
  }
  vector.transfer_write %sum, %c[%c0, %c0] {in_bounds = [true, true]} : vector<2x32xf32>, memref<2x32xf32>
  return
}
