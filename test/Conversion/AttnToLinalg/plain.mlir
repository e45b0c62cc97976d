// RUN: attn-opt %s -convert-attn-to-linalg -canonicalize -cse | FileCheck %s
// RUN: attn-opt %s -convert-attn-to-linalg -canonicalize -cse | FileCheck %s --check-prefix=STATIC
// RUN: attn-opt %s -convert-attn-to-linalg -convert-attn-to-linalg -canonicalize -cse | FileCheck %s
// The whole shape of level 2: panels of keys, tasks, the hull, a bare and a tested copy of each block, static tiles.

// Keys become panels of 32, transposed: whole ones tile by tile, the last one after zeros, key by key.
// CHECK-LABEL: func.func @causal(
// CHECK-SAME: %[[Q:.*]]: tensor<1x4x?x64xf32>, %[[K:.*]]: tensor<1x4x?x64xf32>, %[[V:.*]]: tensor<1x4x?x64xf32>
// CHECK-DAG: %[[M:.*]] = tensor.dim %[[Q]], %c2
// CHECK-DAG: %[[N:.*]] = tensor.dim %[[K]], %c2
// CHECK: attn.op_begin "attention" kind "attention" {kernel = "tiled 8x32", mask = "#attn.causal", normalizer = "#attn.softmax", schedule = #attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>}
// CHECK: %[[PANELS:.*]] = scf.forall {{.*}} -> (tensor<1x4x?x64x32xf32>)
// CHECK: %[[WHOLE:.*]] = arith.cmpi sle, %{{.*}}, %[[N]]
// CHECK: scf.if %[[WHOLE]]
// CHECK: linalg.transpose ins(%{{.*}} : tensor<16x16xf32>)
// CHECK: } else {
// CHECK: linalg.fill ins(%{{.*}}) outs(%{{.*}} : tensor<1x32xf32>)
// CHECK: linalg.transpose ins(%{{.*}} : tensor<1x16xf32>)

// A task owns 192 queries, scaled once by log2(e); its last query bounds the keys it walks over.
// CHECK: scf.forall (%{{.*}}, %[[BLOCK:.*]]) in (4, %{{.*}})
// CHECK: %[[FIRST:.*]] = arith.muli %[[BLOCK]], %c192
// CHECK: %[[REST:.*]] = arith.subi %[[M]], %[[FIRST]]
// CHECK: %[[ROWS:.*]] = arith.minsi %[[REST]], %c192
// CHECK: %[[LAST:.*]] = arith.addi %[[FIRST]], %[[ROWS]]
// CHECK: arith.mulf %{{.*}}, %cst
// CHECK: arith.minsi %[[LAST]], %[[N]]
// CHECK: scf.for %[[KEY:.*]] = %{{.*}} to %{{.*}} step %c256

// Full: the first query sees the last key of the block, and all of its keys exist.
// CHECK: %[[SEES:.*]] = arith.cmpi sge, %[[FIRST]], %{{.*}}
// CHECK: %[[EXIST:.*]] = arith.cmpi sle, %{{.*}}, %[[N]]
// CHECK: %[[FULL:.*]] = arith.andi %[[SEES]], %[[EXIST]]
// CHECK: scf.if %[[FULL]]
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<8x64xf32>, tensor<64x32xf32>)
// CHECK-NOT: arith.select
// CHECK: math.exp2
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<8x1xf32>, tensor<1x32xf32>)

// Not proved full: each score is tested, and only selected, never added to.
// CHECK: } else {
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<8x64xf32>, tensor<64x32xf32>)
// CHECK: %[[REAL:.*]] = arith.cmpi slt, %[[J:.*]], %[[N]]
// CHECK: %[[CAUSAL:.*]] = arith.cmpi sge, %{{.*}}, %[[J]]
// CHECK: %[[VISIBLE:.*]] = arith.andi %[[REAL]], %[[CAUSAL]]
// CHECK: arith.select %[[VISIBLE]], %{{.*}}, %{{.*}} : f32
// CHECK: attn.op_end "attention" done %{{.*}} skipped %{{.*}} flops %{{.*}} bytes %{{.*}}

// No linalg but on static tiles, and no attention is left.
// STATIC-NOT: attn.attention
// STATIC-NOT: linalg.{{.*}}tensor<{{[0-9x]*}}?{{.*}}xf32>
func.func @causal(%q: tensor<1x4x?x64xf32>, %k: tensor<1x4x?x64xf32>, %v: tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32> {
  %o = attn.attention %q, %k, %v mask(#attn.causal) schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
     : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
  return %o : tensor<1x4x?x64xf32>
}
