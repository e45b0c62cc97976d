// RUN: attn-opt %s -attn-guard-masks -split-input-file | FileCheck %s
// What masks require of their symbols is asked once, before the op, where a symbol can differ.

// Ends of segments, over the batch and all queries but the first.
// CHECK-LABEL: func.func @segments(
// CHECK-SAME: %[[Q:.*]]: tensor<?x4x?x16xf32>, %[[FIRST:.*]]: tensor<?x?xi64>, %[[END:.*]]: tensor<?xi64>)
// CHECK: scf.for %[[B:.*]] = %c0{{.*}} to %{{.*}} step %c1
// CHECK: scf.for %[[I:.*]] = %c1{{.*}} to %{{.*}} step %c1
// CHECK: %[[HERE:.*]] = tensor.extract %[[FIRST]][%[[B]], %[[I]]]
// CHECK: %[[ACTUAL:.*]] = arith.index_cast %[[HERE]]
// CHECK: %[[BEFORE:.*]] = arith.subi %[[I]], %c1
// CHECK: %[[THERE:.*]] = tensor.extract %[[FIRST]][%[[B]], %[[BEFORE]]]
// CHECK: %[[BOUND:.*]] = arith.index_cast %[[THERE]]
// CHECK: %[[HOLDS:.*]] = arith.cmpi sge, %[[ACTUAL]], %[[BOUND]]
// CHECK: attn.require %[[HOLDS]], "expects mask symbol 0 to be at least its value for the query before," actual %[[ACTUAL]] bound %[[BOUND]]
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: attn.require %{{.*}}, "expects mask symbol 1 to be at least its value for the query before,"
// CHECK: attn.attention
func.func @segments(%q: tensor<?x4x?x16xf32>, %first: tensor<?x?xi64>, %end: tensor<?xi64>) -> tensor<?x4x?x16xf32> {
  %o = attn.attention %q, %q, %q mask(#attn.segments, %first[b, i] : tensor<?x?xi64>, %end[i] : tensor<?xi64>)
     : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}

// -----

// Symbols of a connective keep their numbers. The extent is asked before it is divided by.
// CHECK-LABEL: func.func @grid(
// CHECK: attn.require %{{.*}}, "expects mask symbol 1 to be at least" actual %{{.*}} bound %c6
// CHECK: attn.require %{{.*}}, "expects the number of tokens on the grid of the mask to be that of queries," actual %[[TOKENS:.*]] bound %{{.*}}
// CHECK: attn.require %{{.*}}, "expects the number of tokens on the grid of the mask to be that of keys," actual %[[TOKENS]] bound %{{.*}}
// CHECK: attn.attention
func.func @grid(%q: tensor<1x4x?x16xf32>, %len: tensor<1xi64>, %rows: tensor<i32>) -> tensor<1x4x?x16xf32> {
  %o = attn.attention %q, %q, %q
       mask(#attn.and<#attn.length, #attn.neighborhood<grid = [?, 16], window = [3, 3], dilation = [2, 1]>>, %len[b] : tensor<1xi64>, %rows[] : tensor<i32>)
     : (tensor<1x4x?x16xf32>, tensor<1x4x?x16xf32>, tensor<1x4x?x16xf32>) -> tensor<1x4x?x16xf32>
  return %o : tensor<1x4x?x16xf32>
}

// -----

// A slice: positions are those of the whole, and so are sizes. What is known to hold is not asked.
// CHECK-LABEL: func.func @slice(
// CHECK-SAME: %[[I0:[a-z0-9]*]]: index, %[[SIZE:[a-z0-9]*]]: index)
// CHECK: attn.require %{{.*}}, "expects index 0 of mask symbol 1 to be below" actual %{{.*}} bound %c64
// CHECK-NOT: attn.require
// CHECK: %[[FROM:.*]] = arith.addi %[[I0]], %c1
// CHECK: %[[TO:.*]] = arith.addi %[[I0]], %c8
// CHECK: scf.for %{{.*}} = %[[FROM]] to %[[TO]]
// CHECK: attn.require {{.*}}"expects mask symbol 0
// CHECK: attn.require {{.*}}"expects mask symbol 1
// CHECK: attn.require {{.*}}that of queries," actual %c64{{.*}} bound %[[SIZE]]
// CHECK-NOT: attn.require
func.func @slice(%q: tensor<1x4x8x16xf32>, %k: tensor<1x4x64x16xf32>, %s: tensor<64xi64>, %i0: index, %size: index) -> tensor<1x4x8x16xf32> {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %o = attn.attention %q, %k, %k at(%c0, %c0, %i0, %c0) of(%size, %c64)
       mask(#attn.and<#attn.segments, #attn.neighborhood<grid = [8, 8], window = [3, 3]>>, %s[i] : tensor<64xi64>, %s[i] : tensor<64xi64>)
     : (tensor<1x4x8x16xf32>, tensor<1x4x64x16xf32>, tensor<1x4x64x16xf32>) -> tensor<1x4x8x16xf32>
  return %o : tensor<1x4x8x16xf32>
}

// -----

// Nothing to ask: no requirement, sizes that agree, ends that are the same for all queries, sizes that are not known.
// CHECK-LABEL: func.func @nothing(
// CHECK-NOT: attn.require
// CHECK: return
func.func @nothing(%q: tensor<1x4x64x16xf32>, %s: tensor<1xi64>, %i: index) -> tensor<1x4x64x16xf32> {
  %n = attn.attention %q, %q, %q mask(#attn.and<#attn.neighborhood<grid = [8, 8], window = [3, 3]>, #attn.length>, %s[b] : tensor<1xi64>)
     : (tensor<1x4x64x16xf32>, tensor<1x4x64x16xf32>, tensor<1x4x64x16xf32>) -> tensor<1x4x64x16xf32>
  %o = attn.attention %n, %q, %q mask(#attn.segments, %s[b] : tensor<1xi64>, %s[b] : tensor<1xi64>)
     : (tensor<1x4x64x16xf32>, tensor<1x4x64x16xf32>, tensor<1x4x64x16xf32>) -> tensor<1x4x64x16xf32>
  %r = attn.attention %o, %q, %q at(%i, %i, %i, %i) mask(#attn.neighborhood<grid = [64, 8], window = [3, 3]>)
     : (tensor<1x4x64x16xf32>, tensor<1x4x64x16xf32>, tensor<1x4x64x16xf32>) -> tensor<1x4x64x16xf32>
  return %r : tensor<1x4x64x16xf32>
}

// -----

// What index maps name is inside of its tensor, on both sides. Sizes that are known are not asked, and no size is where there is no pair.
// CHECK-LABEL: func.func @reads(
// CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x4x?x16xf32>, %[[K:[a-z0-9]*]]: tensor<?x4x?x16xf32>
// CHECK: %[[NOTHING:.*]] = arith.ori
// CHECK: %[[INSIDE:.*]] = arith.cmpi slt, %[[LAST:.*]], %[[SIZE:.*]] : index
// CHECK: %[[HOLDS:.*]] = arith.ori %[[INSIDE]], %{{.*}} : i1
// CHECK: attn.require %[[HOLDS]], "expects index 0 of mask symbol 0 to be below" actual %[[LAST]] bound %[[SIZE]]
// CHECK-NOT: index 0 of normalizer input
// CHECK: attn.require %{{.*}}, "expects index 0 of score input 0 to be at least" actual %{{.*}} bound %c0
// CHECK: attn.require %{{.*}}, "expects index 0 of score input 0 to be below"
// CHECK-NOT: attn.require
// CHECK: attn.attention
func.func @reads(%q: tensor<?x4x?x16xf32>, %k: tensor<?x4x?x16xf32>, %len: tensor<?xi64>, %sink: tensor<4xf32>, %bias: tensor<?xf32>) -> tensor<?x4x?x16xf32> {
  %o = attn.attention %q, %k, %k mask(#attn.length, %len[b] : tensor<?xi64>) normalizer(#attn.softmax<sink>, %sink[h] : tensor<4xf32>)
      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %bias[j - i + 64] : tensor<?xf32>) {
    %y = arith.addf %s, %r : f32
    attn.yield %y : f32
  } : (tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}
