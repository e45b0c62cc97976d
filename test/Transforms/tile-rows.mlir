// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(attn-tile-linalg),canonicalize,cse)' | FileCheck %s
// Row-wise ops become passes over rows, with vectors of the width of the CPU.

#xy = affine_map<(i, j) -> (i, j)>
#x = affine_map<(i, j) -> (i)>
#y = affine_map<(i, j) -> (j)>
#i = affine_map<(i) -> (i)>

// LayerNorm: four ops, one pass. The two sums and the scalar op of a row are values, not tensors.
// CHECK-LABEL: func @norm
// CHECK-SAME: %[[X:[^: ]*]]: tensor<?x96xf32>, %[[G:[^: ]*]]: tensor<96xf32>
// CHECK-DAG: %[[START:.*]] = arith.constant 0.0{{.*}} : f32
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.0{{.*}}> : vector<16xf32>
// CHECK: %[[DEST:.*]] = tensor.empty(%{{.*}}) : tensor<?x96xf32>
// CHECK: attn.op_begin "norm1" kind "rows"
// CHECK: scf.forall (%[[T:.*]]) in (%{{.*}}) shared_outs(%[[OUT:.*]] = %[[DEST]])
// CHECK: %[[FIRST:.*]] = arith.muli %[[T]], %c170
// CHECK: %[[BLOCK:.*]] = tensor.extract_slice %[[OUT]][%[[FIRST]], 0] [%[[COUNT:.*]], 96] [1, 1]
// CHECK: scf.for %[[R:.*]] = %c0 to %[[COUNT]] step %c1 iter_args(%[[INTO:.*]] = %[[BLOCK]])
// CHECK:   %[[ROW:.*]] = arith.addi %[[FIRST]], %[[R]]
// CHECK-COUNT-6: vector.transfer_read %[[X]][%[[ROW]], %c{{[0-9]+}}], %{{.*}} {in_bounds = [true]} : tensor<?x96xf32>, vector<16xf32>
// CHECK:   %[[SUM:.*]] = vector.reduction <add>, %{{.*}} fastmath<reassoc> : vector<16xf32> into f32
// CHECK:   %[[TOTAL:.*]] = arith.addf %[[SUM]], %[[START]] : f32
// CHECK:   %[[MEAN:.*]] = arith.mulf %[[TOTAL]], %{{.*}} : f32
// CHECK:   vector.broadcast %[[MEAN]] : f32 to vector<16xf32>
// CHECK:   arith.subf {{.*}} : vector<16xf32>
// CHECK:   vector.reduction <add>
// CHECK:   math.sqrt %{{.*}} : f32
// CHECK:   vector.transfer_read %[[G]][%c0]
// CHECK:   %[[W:.*]] = vector.transfer_write %{{.*}}, %[[INTO]][%[[R]], %c0] {in_bounds = [true]} : vector<16xf32>, tensor<?x96xf32>
// CHECK:   vector.transfer_write %{{.*}}, %[[W]][%[[R]], %c16]
// CHECK: tensor.parallel_insert_slice %{{.*}} into %[[OUT]][%[[FIRST]], 0] [%[[COUNT]], 96] [1, 1]
// CHECK: attn.op_end "norm1" flops %{{.*}} bytes %{{.*}}
// CHECK-NOT: linalg
module attributes {attn.variant = "x86-64-v4"} {
  func.func @norm(%x: tensor<?x96xf32>, %gamma: tensor<96xf32>) -> tensor<?x96xf32> {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %part = arith.constant 0.01041666666 : f32
    %eps = arith.constant 1.0e-12 : f32
    %one = arith.constant 1.0 : f32
    %m = tensor.dim %x, %c0 : tensor<?x96xf32>
    %e = tensor.empty(%m) : tensor<?xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    %sum = linalg.generic {indexing_maps = [#xy, #x], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x96xf32>) outs(%f : tensor<?xf32>) {
    ^bb0(%a: f32, %acc: f32):
      %s = arith.addf %acc, %a : f32
      linalg.yield %s : f32
    } -> tensor<?xf32>
    %squares = linalg.generic {indexing_maps = [#xy, #x, #x], iterator_types = ["parallel", "reduction"]} ins(%x, %sum : tensor<?x96xf32>, tensor<?xf32>) outs(%f : tensor<?xf32>) {
    ^bb0(%a: f32, %t: f32, %acc: f32):
      %mean = arith.mulf %t, %part : f32
      %d = arith.subf %a, %mean : f32
      %q = arith.mulf %d, %d : f32
      %s = arith.addf %acc, %q : f32
      linalg.yield %s : f32
    } -> tensor<?xf32>
    %inverse = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]} ins(%squares : tensor<?xf32>) outs(%e : tensor<?xf32>) {
    ^bb0(%q: f32, %u: f32):
      %v = arith.mulf %q, %part : f32
      %w = arith.addf %v, %eps : f32
      %r = math.sqrt %w : f32
      %n = arith.divf %one, %r : f32
      linalg.yield %n : f32
    } -> tensor<?xf32>
    %e2 = tensor.empty(%m) : tensor<?x96xf32>
    %y = linalg.generic {indexing_maps = [#xy, #x, #x, #y, #xy], iterator_types = ["parallel", "parallel"]} ins(%x, %sum, %inverse, %gamma : tensor<?x96xf32>, tensor<?xf32>, tensor<?xf32>, tensor<96xf32>) outs(%e2 : tensor<?x96xf32>) {
    ^bb0(%a: f32, %t: f32, %n: f32, %g: f32, %u: f32):
      %mean = arith.mulf %t, %part : f32
      %d = arith.subf %a, %mean : f32
      %p = arith.mulf %d, %n : f32
      %r = arith.mulf %p, %g : f32
      linalg.yield %r : f32
    } -> tensor<?x96xf32> loc("norm1")
    return %y : tensor<?x96xf32>
  }
}

// -----

#bs = affine_map<(b, s, h) -> (b, s)>
#bsh = affine_map<(b, s, h) -> (b, s, h)>

// An embedding: the id is read once for each row, a row of the table by vectors. 21 columns are two vectors of 8, one of 4 and one of 1.
// CHECK-LABEL: func @embed
// CHECK-SAME: %[[IDS:[^: ]*]]: tensor<?x?xi64>, %[[TABLE:[^: ]*]]: tensor<100x21xf32>
// CHECK: scf.forall (%[[B:.*]], %[[T:.*]]) in
// CHECK: scf.for %[[R:.*]] =
// CHECK:   %[[S:.*]] = arith.addi
// CHECK:   %[[ID:.*]] = tensor.extract %[[IDS]][%[[B]], %[[S]]]
// CHECK:   %[[ROW:.*]] = arith.index_cast %[[ID]] : i64 to index
// CHECK:   vector.transfer_read %[[TABLE]][%[[ROW]], %c0], %{{.*}} : tensor<100x21xf32>, vector<8xf32>
// CHECK:   vector.transfer_read %[[TABLE]][%[[S]], %c0], %{{.*}} : tensor<100x21xf32>, vector<8xf32>
// CHECK:   vector.transfer_read %[[TABLE]][%[[ROW]], %c8], %{{.*}} : tensor<100x21xf32>, vector<8xf32>
// CHECK:   vector.transfer_read %[[TABLE]][%[[ROW]], %c16], %{{.*}} : tensor<100x21xf32>, vector<4xf32>
// CHECK:   vector.transfer_read %[[TABLE]][%[[ROW]], %c20], %{{.*}} : tensor<100x21xf32>, vector<1xf32>
module attributes {attn.variant = "x86-64-v3"} {
  func.func @embed(%ids: tensor<?x?xi64>, %table: tensor<100x21xf32>, %init: tensor<?x?x21xf32>) -> tensor<?x?x21xf32> {
    %y = linalg.generic {indexing_maps = [#bs, #bsh], iterator_types = ["parallel", "parallel", "parallel"]} ins(%ids : tensor<?x?xi64>) outs(%init : tensor<?x?x21xf32>) {
    ^bb0(%id: i64, %u: f32):
      %row = arith.index_cast %id : i64 to index
      %position = linalg.index 1 : index
      %column = linalg.index 2 : index
      %w = tensor.extract %table[%row, %column] : tensor<100x21xf32>
      %p = tensor.extract %table[%position, %column] : tensor<100x21xf32>
      %s = arith.addf %w, %p : f32
      linalg.yield %s : f32
    } -> tensor<?x?x21xf32>
    return %y : tensor<?x?x21xf32>
  }
}

// -----

#bs = affine_map<(b, s, h) -> (b, s)>
#bsh = affine_map<(b, s, h) -> (b, s, h)>
#bh = affine_map<(b, s, h) -> (b, h)>

// A masked mean over tokens: sums of columns in vectors; the condition of a token selects whole vectors.
// CHECK-LABEL: func @pool
// CHECK-SAME: %[[X:[^: ]*]]: tensor<?x?x32xf32>, %[[MASK:[^: ]*]]: tensor<?x?xi64>
// CHECK: scf.forall (%[[B:.*]]) in
// CHECK: %[[TO:.*]] = tensor.extract_slice %{{.*}}[%[[B]], 0] [1, 32] [1, 1] : tensor<?x32xf32> to tensor<1x32xf32>
// CHECK: scf.for %[[S:.*]] = %c0 to %{{.*}} step %c1 iter_args(%[[ACC:.*]] = %{{.*}}) -> (vector<16xf32>)
// CHECK:   %[[M:.*]] = tensor.extract %[[MASK]][%[[B]], %[[S]]]
// CHECK:   %[[SEEN:.*]] = arith.cmpi ne, %[[M]], %{{.*}} : i64
// CHECK:   %[[V:.*]] = vector.transfer_read %[[X]][%[[B]], %[[S]], %c0]
// CHECK:   %[[TERM:.*]] = arith.select %[[SEEN]], %[[V]], %{{.*}} : vector<16xf32>
// CHECK:   arith.addf %[[ACC]], %[[TERM]] : vector<16xf32>
// CHECK: vector.transfer_write %{{.*}}, %[[TO]][%c0, %c0]
module attributes {attn.variant = "x86-64-v4"} {
  func.func @pool(%x: tensor<?x?x32xf32>, %mask: tensor<?x?xi64>, %init: tensor<?x32xf32>) -> tensor<?x32xf32> {
    %zero = arith.constant 0.0 : f32
    %none = arith.constant 0 : i64
    %f = linalg.fill ins(%zero : f32) outs(%init : tensor<?x32xf32>) -> tensor<?x32xf32>
    %y = linalg.generic {indexing_maps = [#bsh, #bs, #bh], iterator_types = ["parallel", "reduction", "parallel"]} ins(%x, %mask : tensor<?x?x32xf32>, tensor<?x?xi64>) outs(%f : tensor<?x32xf32>) {
    ^bb0(%a: f32, %m: i64, %acc: f32):
      %seen = arith.cmpi ne, %m, %none : i64
      %term = arith.select %seen, %a, %zero : f32
      %s = arith.addf %acc, %term : f32
      linalg.yield %s : f32
    } -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}

// -----

// A transposition that keeps the columns together copies by vectors; the row of the source is the permuted one. Inside another op of
// the graph no op is announced.
// CHECK-LABEL: func @heads
// CHECK-SAME: %[[X:[^: ]*]]: tensor<?x?x12x32xf32>
// CHECK: attn.op_begin "attention"
// CHECK-NOT: attn.op_begin
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %{{.*}}) in (%{{.*}}, 12, %{{.*}})
// CHECK:   %[[S:.*]] = arith.addi
// CHECK:   vector.transfer_read %[[X]][%[[B]], %[[S]], %[[H]], %c0], {{.*}} vector<16xf32>
module attributes {attn.variant = "x86-64-v4"} {
  func.func @heads(%x: tensor<?x?x12x32xf32>, %init: tensor<?x12x?x32xf32>) -> tensor<?x12x?x32xf32> {
    attn.op_begin "attention" kind "attention"
    %y = linalg.transpose ins(%x : tensor<?x?x12x32xf32>) outs(%init : tensor<?x12x?x32xf32>) permutation = [0, 2, 1, 3]
    attn.op_end "attention"
    return %y : tensor<?x12x?x32xf32>
  }
}

// -----

#xy = affine_map<(i, j) -> (i, j)>

// A transpose whose rows are columns of what it reads is left alone, and what comes before it is not.
// CHECK-LABEL: func @turned
// CHECK: vector.transfer_write
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<1x16xf32>) outs(%{{.*}} : tensor<16x1xf32>)
module attributes {attn.variant = "x86-64-v4"} {
  func.func @turned(%x: tensor<1x16xf32>, %init: tensor<16x1xf32>) -> tensor<16x1xf32> {
    %e = tensor.empty() : tensor<1x16xf32>
    %r = linalg.generic {indexing_maps = [#xy, #xy], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<1x16xf32>) outs(%e : tensor<1x16xf32>) {
    ^bb0(%v: f32, %u: f32):
      %n = arith.negf %v : f32
      linalg.yield %n : f32
    } -> tensor<1x16xf32>
    %y = linalg.transpose ins(%r : tensor<1x16xf32>) outs(%init : tensor<16x1xf32>) permutation = [1, 0]
    return %y : tensor<16x1xf32>
  }
}

// -----

#bs = affine_map<(b, s) -> (b, s)>
#b = affine_map<(b, s) -> (b)>
#t = affine_map<(i, j) -> (j, i)>
#xy = affine_map<(i, j) -> (i, j)>

// Dynamic columns, and columns that are not consecutive in memory, are left alone.
// CHECK-LABEL: func @left
// CHECK: linalg.generic
// CHECK: linalg.generic
func.func @left(%mask: tensor<?x?xi64>, %init: tensor<?xi64>, %x: tensor<8x?xf32>, %to: tensor<?x8xf32>) -> (tensor<?xi64>, tensor<?x8xf32>) {
  %y = linalg.generic {indexing_maps = [#bs, #b], iterator_types = ["parallel", "reduction"]} ins(%mask : tensor<?x?xi64>) outs(%init : tensor<?xi64>) {
  ^bb0(%a: i64, %acc: i64):
    %s = arith.addi %acc, %a : i64
    linalg.yield %s : i64
  } -> tensor<?xi64>
  %z = linalg.generic {indexing_maps = [#t, #xy], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<8x?xf32>) outs(%to : tensor<?x8xf32>) {
  ^bb0(%a: f32, %u: f32):
    linalg.yield %a : f32
  } -> tensor<?x8xf32>
  return %y, %z : tensor<?xi64>, tensor<?x8xf32>
}
