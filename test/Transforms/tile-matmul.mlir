// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(attn-tile-linalg),canonicalize,cse)' -verify-diagnostics=only-expected | FileCheck %s
// Matmuls by panels become loops around register tiles, in place in the destination of the last op that was fused.

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(i, j) -> (i, j)>
#col = affine_map<(i, j) -> (j)>

// AVX-512: 8x32 tiles in blocks of 128 rows; two blocks of 768 summands, of which the first starts at zero and the second ends in the epilogue.
// Strips of 8 rows, then 4, 2 and 1: nothing beyond the last row is touched.
// CHECK-LABEL: func @ffn2
// CHECK-SAME: %[[X:[^: ]*]]: tensor<?x1536xf32>, %[[W:[^: ]*]]: tensor<2x12x768x32xf32>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f32
// CHECK-DAG: %[[C128:.*]] = arith.constant 128 : index
// CHECK: %[[M:.*]] = tensor.dim %[[X]]
// CHECK: %[[DEST:.*]] = tensor.empty(%[[M]]) : tensor<?x384xf32>
// CHECK: attn.op_begin "layer.ffn2" kind "matmul"
// CHECK: %[[BLOCKS:.*]] = arith.ceildivui %[[M]], %[[C128]]
// CHECK: %[[ALL:.*]] = scf.forall (%[[RB:.*]], %[[PG:.*]]) in (%[[BLOCKS]], %{{.*}}) shared_outs(%[[OUT:.*]] = %[[DEST]])
// CHECK: %[[ROW0:.*]] = arith.muli %[[RB]], %[[C128]]
// CHECK: %[[BLOCK:.*]] = tensor.extract_slice %[[OUT]][%[[ROW0]], %[[COL0:.*]]] [%[[ROWS:.*]], %[[COLS:.*]]] [1, 1] : tensor<?x384xf32> to tensor<?x?xf32>
// CHECK: %[[FIRST:.*]] = scf.for %[[P:.*]] = %[[P0:.*]] to %[[P1:.*]] step %{{.*}} iter_args(%{{.*}} = %[[BLOCK]])
// CHECK:   %[[LOCAL:.*]] = arith.subi %[[P]], %[[P0]]
// CHECK:   scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %c8 iter_args(%[[D:.*]] =
// CHECK:     %[[R:.*]] = arith.addi %[[ROW0]], %[[I]]
// CHECK:     %[[A:.*]] = tensor.extract_slice %[[X]][%[[R]], 0] [8, 768] [1, 1]
// CHECK:     %[[PANEL:.*]] = tensor.extract_slice %[[W]][0, %[[P]], 0, 0] [1, 1, 768, 32] [1, 1, 1, 1] : tensor<2x12x768x32xf32> to tensor<768x32xf32>
// CHECK:     %[[T:.*]] = tensor.extract_slice %[[D]][%[[I]], %[[J:.*]]] [8, 32] [1, 1]
// CHECK:     %[[F:.*]] = linalg.fill ins(%[[ZERO]] : f32) outs(%[[T]] : tensor<8x32xf32>)
// CHECK:     %[[S:.*]] = linalg.matmul ins(%[[A]], %[[PANEL]] : tensor<8x768xf32>, tensor<768x32xf32>) outs(%[[F]] : tensor<8x32xf32>)
// CHECK:     tensor.insert_slice %[[S]] into %[[D]][%[[I]], %[[J]]] [8, 32] [1, 1]
// CHECK:   step %c4
// CHECK:     linalg.matmul {{.*}} outs(%{{.*}} : tensor<4x32xf32>)
// CHECK:   step %c2
// CHECK:     linalg.matmul {{.*}} outs(%{{.*}} : tensor<2x32xf32>)
// CHECK:   step %c1
// CHECK:     linalg.matmul {{.*}} outs(%{{.*}} : tensor<1x32xf32>)
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[FIRST]])
// CHECK-NOT: linalg.fill
// CHECK:     tensor.extract_slice %[[X]][%{{.*}}, 768] [8, 768] [1, 1]
// CHECK:     tensor.extract_slice %[[W]][1, %{{.*}}, 0, 0] [1, 1, 768, 32]
// CHECK:     %[[S:.*]] = linalg.matmul {{.*}} outs(%{{.*}} : tensor<8x32xf32>)
// CHECK:     %[[E:.*]] = linalg.generic {{.*}} ins(%[[S]], %{{.*}}, %{{.*}} : tensor<8x32xf32>, tensor<32xf32>, tensor<8x32xf32>) outs(%[[S]] : tensor<8x32xf32>)
// CHECK:     tensor.insert_slice %[[E]] into
// CHECK: scf.forall.in_parallel
// CHECK: tensor.parallel_insert_slice %{{.*}} into %[[OUT]][%[[ROW0]], %[[COL0]]] [%[[ROWS]], %[[COLS]]] [1, 1]
// CHECK: attn.op_end "layer.ffn2" flops %{{.*}} bytes %{{.*}}
// CHECK-NOT: linalg.unpack
// CHECK: return %[[ALL]]
module attributes {attn.variant = "x86-64-v4"} {
  func.func @ffn2(%x: tensor<?x1536xf32>, %w: tensor<2x12x768x32xf32>, %bias: tensor<384xf32>, %r: tensor<?x384xf32>) -> tensor<?x384xf32> {
    %c0 = arith.constant 0 : index
    %z = arith.constant 0.0 : f32
    %m = tensor.dim %x, %c0 : tensor<?x1536xf32>
    %e = tensor.empty(%m) : tensor<?x384xf32>
    %f = linalg.fill ins(%z : f32) outs(%e : tensor<?x384xf32>) -> tensor<?x384xf32>
    %we = tensor.empty() : tensor<384x1536xf32>
    %wu = linalg.unpack %w outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [768, 32] into %we : tensor<2x12x768x32xf32> -> tensor<384x1536xf32>
    %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %wu : tensor<?x1536xf32>, tensor<384x1536xf32>) outs(%f : tensor<?x384xf32>) -> tensor<?x384xf32> loc("layer.ffn2")
    %o = linalg.generic {indexing_maps = [#id, #col, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%y, %bias, %r : tensor<?x384xf32>, tensor<384xf32>, tensor<?x384xf32>) outs(%e : tensor<?x384xf32>) {
    ^bb0(%v: f32, %bv: f32, %rv: f32, %u: f32):
      %s = arith.addf %v, %bv : f32
      %g = arith.addf %s, %rv : f32
      linalg.yield %g : f32
    } -> tensor<?x384xf32>
    return %o : tensor<?x384xf32>
  }
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// AVX2: 6x16 tiles in both halves of a panel. 100 columns are three panels and 4 columns of a fourth. Without a fill, sums start with what is in
// the destination.
// CHECK-LABEL: func @odd
// CHECK: scf.forall
// CHECK: scf.for
// CHECK:   scf.for %[[HALF:.*]] = %c0 to %c32 step %c16
// CHECK:     scf.for {{.*}} step %c6
// CHECK-NOT: linalg.fill
// CHECK:       tensor.extract_slice %{{.*}}[%{{.*}}, 0] [6, 70] [1, 1]
// CHECK:       tensor.extract_slice %{{.*}}[0, %{{.*}}, 0, %[[HALF]]] [1, 1, 70, 16] [1, 1, 1, 1] : tensor<1x4x70x32xf32> to tensor<70x16xf32>
// CHECK:       linalg.matmul {{.*}} outs(%{{.*}} : tensor<6x16xf32>)
// CHECK:     step %c4
// CHECK: arith.maxui %{{.*}}, %c3
// CHECK: scf.for
// CHECK:   scf.for {{.*}} step %c6
// CHECK:       tensor.extract_slice %{{.*}}[0, %{{.*}}, 0, 0] [1, 1, 70, 4] [1, 1, 1, 1]
// CHECK:       linalg.matmul {{.*}} outs(%{{.*}} : tensor<6x4xf32>)
module attributes {attn.variant = "x86-64-v3"} {
  func.func @odd(%x: tensor<?x70xf32>, %w: tensor<1x4x70x32xf32>, %init: tensor<?x100xf32>) -> tensor<?x100xf32> {
    %we = tensor.empty() : tensor<100x70xf32>
    %wu = linalg.unpack %w outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [70, 32] into %we : tensor<1x4x70x32xf32> -> tensor<100x70xf32>
    %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %wu : tensor<?x70xf32>, tensor<100x70xf32>) outs(%init : tensor<?x100xf32>) -> tensor<?x100xf32>
    return %y : tensor<?x100xf32>
  }
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// A schedule on the op is obeyed, here for a CPU that nothing is known of. The middle blocks of summands are a loop; the last is shorter.
// CHECK-LABEL: func @scheduled
// CHECK: scf.forall
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<2x16xf32>, tensor<16x8xf32>)
// CHECK: scf.for %[[KB:.*]] = %c1 to %c3 step %c1
// CHECK: %[[K:.*]] = arith.muli %[[KB]], %c16
// CHECK: tensor.extract_slice %{{.*}}[%{{.*}}, %[[K]]] [2, 16]
// CHECK: tensor.extract_slice %{{.*}}[%{{.*}}, 48] [2, 7]
// CHECK: tensor.extract_slice %{{.*}}[3, %{{.*}}, 0, 0] [1, 1, 7, 8]
func.func @scheduled(%x: tensor<?x55xf32>, %w: tensor<4x1x16x8xf32>, %init: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %we = tensor.empty() : tensor<8x55xf32>
  %wu = linalg.unpack %w outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [16, 8] into %we : tensor<4x1x16x8xf32> -> tensor<8x55xf32>
  %y = linalg.matmul indexing_maps = [#a, #bt, #c] {attn.schedule = #attn.matmul_schedule<rows = 4, kblock = 16, panel = 8, strip = 2, columns = 8, tasks = 1>}
    ins(%x, %wu : tensor<?x55xf32>, tensor<8x55xf32>) outs(%init : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @mismatch(%x: tensor<?x16xf32>, %w: tensor<1x1x16x8xf32>, %init: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %we = tensor.empty() : tensor<8x16xf32>
  %wu = linalg.unpack %w outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [16, 8] into %we : tensor<1x1x16x8xf32> -> tensor<8x16xf32>
  // expected-error @below {{'linalg.matmul' op expects the schedule to have the weight's kblock and panel, 16 and 8, but got 16 and 32}}
  %y = linalg.matmul indexing_maps = [#a, #bt, #c] {attn.schedule = #attn.matmul_schedule<rows = 4, kblock = 16, panel = 32, strip = 2, columns = 8, tasks = 1>}
    ins(%x, %wu : tensor<?x16xf32>, tensor<8x16xf32>) outs(%init : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @kind(%x: tensor<?x16xf32>, %w: tensor<1x1x16x8xf32>, %init: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %we = tensor.empty() : tensor<8x16xf32>
  %wu = linalg.unpack %w outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [16, 8] into %we : tensor<1x1x16x8xf32> -> tensor<8x16xf32>
  // expected-error @below {{'linalg.matmul' op expects attn.schedule to be #attn.matmul_schedule, but got 1 : i64}}
  %y = linalg.matmul indexing_maps = [#a, #bt, #c] {attn.schedule = 1} ins(%x, %wu : tensor<?x16xf32>, tensor<8x16xf32>) outs(%init : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// What a trace is told: two operations for each product; the operands, the weight and the result, 4 bytes an element.
// CHECK-LABEL: func @work
// CHECK-DAG: %[[FLOPS:.*]] = arith.constant 32768 : index
// CHECK-DAG: %[[BYTES:.*]] = arith.constant 18432 : index
// CHECK: attn.op_end "matmul" flops %[[FLOPS]] bytes %[[BYTES]]
func.func @work(%x: tensor<4x64xf32>, %w: tensor<1x2x64x32xf32>) -> tensor<4x64xf32> attributes {attn.variant = "x86-64-v4"} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x64xf32>) -> tensor<4x64xf32>
  %u = tensor.empty() : tensor<64x64xf32>
  %unpacked = linalg.unpack %w outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [64, 32] into %u : tensor<1x2x64x32xf32> -> tensor<64x64xf32>
  %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %unpacked : tensor<4x64xf32>, tensor<64x64xf32>) outs(%f : tensor<4x64xf32>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}
