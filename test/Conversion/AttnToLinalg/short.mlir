// RUN: attn-opt %s -convert-attn-to-linalg -canonicalize -cse | FileCheck %s
// RUN: attn-opt %s -convert-attn-to-linalg -canonicalize -cse | FileCheck %s --check-prefix=STATIC
// The whole shape of level 2 for few queries: tasks of a key head and a part of the keys, rows of all heads of the group,
// keys where they lie, parts merged in order.

// A task is one of 8 key heads and at most 1024 keys. Its state lies where the parts are merged from; nothing is packed.
// CHECK-LABEL: func.func @few(
// CHECK-SAME: %[[Q:.*]]: tensor<1x32x1x128xf32>, %[[K:.*]]: tensor<1x8x?x128xf32>, %[[V:.*]]: tensor<1x8x?x128xf32>
// CHECK: %[[N:.*]] = tensor.dim %[[K]], %c2
// CHECK: attn.op_begin "attention" kind "attention" {kernel = "short 4x64",
// CHECK: %[[MORE:.*]] = arith.addi %[[N]], %c1023
// CHECK: %[[PARTS:.*]] = arith.divui %[[MORE]], %c1024
// CHECK-NOT: linalg.transpose
// CHECK: %[[DONE:.*]]:4 = scf.forall (%[[HEAD:.*]], %[[PART:.*]]) in (8, %[[PARTS]]) shared_outs(%[[ACC:[a-z0-9]*]] = {{.*}} -> (tensor<1x8x?x4x128xf32>, tensor<1x8x?x4x16xf32>, tensor<1x8x?x4xf32>, tensor<1x8x?xindex>)
// CHECK: tensor.extract_slice %[[ACC]][0, %[[HEAD]], %[[PART]], 0, 0] [1, 1, 1, 4, 128]
// CHECK: %[[GROUP:.*]] = arith.muli %[[HEAD]], %c4
// CHECK: %[[FIRST:.*]] = arith.muli %[[PART]], %c1024
// CHECK: %[[NEXT:.*]] = arith.addi %[[FIRST]], %c1024
// CHECK: %[[LAST:.*]] = arith.minsi %[[NEXT]], %[[N]]
// Row r is the query of head 4 * key head + r.
// CHECK: %[[QUERYHEAD:.*]] = arith.addi %[[GROUP]], %{{.*}}
// CHECK: tensor.extract_slice %[[Q]][0, %[[QUERYHEAD]], 0, %{{.*}}] [1, 1, 1, 16]
// CHECK: arith.minsi %[[N]], %[[LAST]]
// CHECK: scf.for %[[BLOCK:.*]] = %{{.*}} to %{{.*}} step %c256

// Four rows times four keys at a time, with lanes along the head size; the lanes are added up at its end.
// CHECK: scf.for %[[KEY:.*]] = %c0 to %c256 step %c4
// CHECK: scf.for %[[ELEMENT:.*]] = %c0 to %c128 step %c16 {{.*}} -> (tensor<4x4x16xf32>)
// CHECK: %[[AT:.*]] = arith.addi %[[BLOCK]], %[[KEY]]
// CHECK: tensor.extract_slice %[[K]][0, %[[HEAD]], %[[AT]], %[[ELEMENT]]] [1, 1, 4, 16] [1, 1, 1, 1]
// CHECK: math.fma
// CHECK: linalg.generic {{.*}}"reduction"]} ins(%{{.*}} : tensor<4x4x16xf32>) outs(%{{.*}} : tensor<4x4xf32>)
// CHECK-NOT: arith.select
// CHECK: math.exp2
// CHECK: tensor.extract_slice %[[V]][0, %[[HEAD]], %{{.*}}, %{{.*}}] [1, 1, 1, 64]
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<4x1xf32>, tensor<1x64xf32>)

// The last block: keys that make no tile of four are taken one by one, and those that do not exist are not visible.
// CHECK: } else {
// CHECK: -> (tensor<4x4x16xf32>)
// CHECK: -> (tensor<4x1x16xf32>)
// CHECK: %[[REAL:.*]] = arith.cmpi slt, %{{.*}}, %[[N]]
// CHECK: arith.select %[[REAL]], %{{.*}}, %{{.*}} : f32

// One task for each query head merges the parts, from the first to the last.
// CHECK: scf.forall (%[[MERGED:.*]]) in (32)
// CHECK: %[[KEYHEAD:.*]] = arith.divui %[[MERGED]], %c4
// CHECK: %[[BEFORE:.*]] = arith.muli %[[KEYHEAD]], %c4
// CHECK: %[[ROW:.*]] = arith.subi %[[MERGED]], %[[BEFORE]]
// CHECK: scf.for %[[P:.*]] = %c0 to %[[PARTS]] step %c1
// CHECK: tensor.extract_slice %[[DONE]]#2[0, %[[KEYHEAD]], %[[P]], %[[ROW]]]
// CHECK: arith.maxnumf
// CHECK: tensor.extract_slice %[[DONE]]#0[0, %[[KEYHEAD]], %[[P]], %[[ROW]], %{{.*}}] [1, 1, 1, 1, 64]
// CHECK: arith.divf
// All parts of a head walk over its blocks once.
// CHECK: %[[PANELS:.*]] = arith.divui %{{.*}}, %c64
// CHECK: arith.muli %[[PANELS]], %c8
// CHECK: attn.op_end "attention" done %{{.*}} skipped %{{.*}} flops %{{.*}} bytes %{{.*}}

// STATIC-NOT: attn.attention
// STATIC-NOT: linalg.{{.*}}tensor<{{[0-9x]*}}?{{.*}}xf32>
func.func @few(%q: tensor<1x32x1x128xf32>, %k: tensor<1x8x?x128xf32>, %v: tensor<1x8x?x128xf32>) -> tensor<1x32x1x128xf32> {
  %o = attn.attention %q, %k, %v schedule(#attn.schedule<rows = 4, keys = 256, strip = 4, panel = 64, lanes = 16, split = 1024>)
     : (tensor<1x32x1x128xf32>, tensor<1x8x?x128xf32>, tensor<1x8x?x128xf32>) -> tensor<1x32x1x128xf32>
  return %o : tensor<1x32x1x128xf32>
}

// Where heads see different keys, a task walks over what some head of its group sees, and a block is bare when each of
// them sees all of it. The mask sees the row's own head and query.
// CHECK-LABEL: func.func @heads(
// CHECK-SAME: %[[LENGTHS:.*]]: tensor<8xi64>
// CHECK: scf.forall (%[[H:.*]], %{{.*}}) in (2, %{{.*}})
// CHECK: %[[H0:.*]] = arith.muli %[[H]], %c4
// CHECK: tensor.extract %[[LENGTHS]][%[[H0]]]
// CHECK: %[[H1:.*]] = arith.addi %[[H0]], %c1
// CHECK: tensor.extract %[[LENGTHS]][%[[H1]]]
// CHECK: %[[R:.*]] = linalg.index 0
// CHECK: %[[RH:.*]] = arith.divui %[[R]], %c2
// CHECK: %[[OWN:.*]] = arith.addi %[[RH]], %[[H0]]
// CHECK: tensor.extract %[[LENGTHS]][%[[OWN]]]
func.func @heads(%lengths: tensor<8xi64>, %q: tensor<1x8x2x16xf32>, %k: tensor<1x2x?x16xf32>) -> tensor<1x8x2x16xf32> {
  %o = attn.attention %q, %k, %k mask(#attn.length, %lengths[h] : tensor<8xi64>)
     schedule(#attn.schedule<rows = 8, keys = 256, strip = 8, panel = 32, lanes = 16, split = 1024>)
     : (tensor<1x8x2x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x8x2x16xf32>
  return %o : tensor<1x8x2x16xf32>
}
