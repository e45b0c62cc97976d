#id = affine_map<(i, j) -> (i, j)>
// RUN: attn-opt %s --attn-vectorize-tiles -o %t.3.mlir
// RUN: mlir-opt %t.3.mlir "--one-shot-bufferize=bufferize-function-boundaries=1 function-boundary-type-conversion=identity-layout-map" --canonicalize --cse --canonicalize -o %t.4.mlir
// RUN: attn-opt %t.4.mlir --attn-register-tile=lanes=16 --cse | FileCheck %s --implicit-check-not=vector.gather --implicit-check-not=xindex

// A score region with all that it may read: a bias of rows and columns, a relative bias, a slope, segments, a dense mask. Each is a load or a
// broadcast, none a gather; positions have lanes of 32 bits.

// CHECK-LABEL: func.func @score
// CHECK-DAG: memref.load {{.*}} memref<?xf32>
// CHECK-DAG: vector.load {{.*}} memref<?x?xf32>, vector<16xf32>
// CHECK-DAG: vector.load {{.*}} memref<255xf32>, vector<16xf32>
// CHECK-DAG: vector.load {{.*}} memref<?xi64>, vector<16xi64>
// CHECK-DAG: memref.load {{.*}} memref<?xi64>
// CHECK-DAG: vector.load {{.*}} memref<?x?x?x?xi8>, vector<16xi8>
// CHECK-COUNT-16: arith.select {{.*}} vector<16xi1>, vector<16xf32>
// CHECK-COUNT-16: vector.store
func.func @score(%s: tensor<8x32xf32> {bufferization.writable = true}, %bias: tensor<?x?xf32>, %rel: tensor<255xf32>, %seg: tensor<?xi64>, %slopes: tensor<?xf32>, %mask: tensor<?x?x?x?xi8>, %bb: index, %h: index, %i0: index, %j0: index, %n: index, %len: i64) -> tensor<8x32xf32> {
  %low = arith.constant -3.4e+38 : f32
  %c127 = arith.constant 127 : index
  %r = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%s : tensor<8x32xf32>) {
  ^bb0(%x: f32):
    %li = linalg.index 0 : index
    %lj = linalg.index 1 : index
    %i = arith.addi %li, %i0 : index
    %j = arith.addi %lj, %j0 : index
    %b = tensor.extract %bias[%i, %j] : tensor<?x?xf32>
    %m = tensor.extract %slopes[%h] : tensor<?xf32>
    %d = arith.subi %j, %i : index
    %rj = arith.addi %d, %c127 : index
    %t = tensor.extract %rel[%rj] : tensor<255xf32>
    %di = arith.index_cast %d : index to i32
    %df = arith.sitofp %di : i32 to f32
    %y0 = math.fma %m, %df, %x : f32
    %y1 = arith.addf %y0, %b : f32
    %y2 = arith.addf %y1, %t : f32
    %sj = tensor.extract %seg[%j] : tensor<?xi64>
    %si = tensor.extract %seg[%i] : tensor<?xi64>
    %same = arith.cmpi eq, %si, %sj : i64
    %causal = arith.cmpi sge, %i, %j : index
    %in = arith.cmpi slt, %j, %n : index
    %j64 = arith.index_cast %j : index to i64
    %inl = arith.cmpi slt, %j64, %len : i64
    %dm = tensor.extract %mask[%bb, %h, %i, %j] : tensor<?x?x?x?xi8>
    %c0 = arith.constant 0 : i8
    %dmb = arith.cmpi ne, %dm, %c0 : i8
    %a0 = arith.andi %same, %causal : i1
    %a1 = arith.andi %a0, %in : i1
    %a2 = arith.andi %a1, %inl : i1
    %a3 = arith.andi %a2, %dmb : i1
    %z = arith.select %a3, %y2, %low : f32
    linalg.yield %z : f32
  } -> tensor<8x32xf32>
  return %r : tensor<8x32xf32>
}
