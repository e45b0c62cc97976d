// RUN: attn-opt %s -convert-attn-to-linalg -canonicalize -cse -split-input-file | FileCheck %s
// Reductions of scores: tasks of an attention without values; strip by strip, panel by panel.

// CHECK-LABEL: func.func @third(
// CHECK: attn.op_begin "score_reduce" kind "score_reduce" {kernel = "tiled 8x32", mask = "#attn.causal", reduction = "kth_largest", schedule =
// Keys are packed once; values are nobody's.
// CHECK: scf.forall {{.*}} -> (tensor<1x4x?x64x32xf32>)
// CHECK: scf.forall (%{{.*}}, %[[BLOCK:.*]]) in (4, %{{.*}}) shared_outs(%{{.*}}, %{{.*}}) -> (tensor<1x4x?xf32>, tensor<1x4x?xindex>)
// A strip begins with -inf in three places, and infinities behind them.
// CHECK: scf.for %[[ROW:.*]] = %c0 to %{{.*}} step %c8
// CHECK: %[[NUMBER:.*]] = linalg.index 1
// CHECK: arith.cmpi slt, %{{.*}}, %c3
// CHECK: arith.select
// Panels of its hull, bare where they are proved full; without a scale of log2(e).
// CHECK: scf.for %[[KEY:.*]] = %{{.*}} to %{{.*}} step %c32
// CHECK: scf.if
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<8x64xf32>, tensor<64x32xf32>)
// CHECK-NOT: arith.select
// The greatest score of a row has to beat the least that is kept of it, then each score has to.
// CHECK: linalg.generic {{.*}}"reduction"]} ins(%{{.*}} : tensor<8x32xf32>) outs(%{{.*}} : tensor<8xf32>)
// CHECK: %[[BEST:.*]] = tensor.extract
// CHECK: %[[LEAST:.*]] = tensor.extract %{{.*}}[%{{.*}}, %c0]
// CHECK: %[[BEATS:.*]] = arith.cmpf ogt, %[[BEST]], %[[LEAST]] : f32
// CHECK: scf.if %[[BEATS]]
// CHECK: scf.for %{{.*}} = %c0 to %c32 step %c1
// CHECK: %[[SCORE:.*]] = tensor.extract
// CHECK: arith.cmpf ogt, %[[SCORE]], %{{.*}} : f32
// CHECK: arith.cmpf olt, %{{.*}}, %[[SCORE]] : f32
// The other copy hides scores by -inf.
// CHECK: } else {
// CHECK: %[[MINUS:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: attn.op_end "score_reduce" done %{{.*}} skipped %{{.*}} flops %{{.*}} bytes %{{.*}}
func.func @third(%q: tensor<1x4x?x64xf32>, %k: tensor<1x4x?x64xf32>) -> tensor<1x4x?xf32> {
  %t = attn.score_reduce kth_largest<3> %q, %k mask(#attn.causal) schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
     : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?xf32>
  return %t : tensor<1x4x?xf32>
}

// -----

// Few queries: a task is a key head; keys are read where they lie, and its rows are those of all its heads.
// CHECK-LABEL: func.func @few(
// CHECK: attn.op_begin "score_reduce" kind "score_reduce" {kernel = "short 4x64",
// CHECK-NOT: linalg.transpose
// CHECK: %[[T:.*]]:2 = scf.forall (%{{.*}}) in (8) {{.*}} -> (tensor<1x8x4xf32>, tensor<1x8x1xindex>)
// CHECK: math.fma
// CHECK: arith.maxnumf
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[T]]#0 {{\[}}[0], [1, 2]] : tensor<1x8x4xf32> into tensor<1x32xf32>
// CHECK: tensor.expand_shape %[[FLAT]] {{\[}}[0], [1, 2]] output_shape [1, 32, 1] : tensor<1x32xf32> into tensor<1x32x1xf32>
func.func @few(%q: tensor<1x32x1x128xf32>, %k: tensor<1x8x?x128xf32>) -> tensor<1x32x1xf32> {
  %t = attn.score_reduce max %q, %k schedule(#attn.schedule<rows = 4, keys = 256, strip = 4, panel = 64, lanes = 16, split = 1024>)
     : (tensor<1x32x1x128xf32>, tensor<1x8x?x128xf32>) -> tensor<1x32x1xf32>
  return %t : tensor<1x32x1xf32>
}
