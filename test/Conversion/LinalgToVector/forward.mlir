// RUN: attn-opt %s --attn-vectorize-tiles --split-input-file | FileCheck %s

// A tile goes from op to op as a value: nothing is read but the arguments.

#id = affine_map<(i, j) -> (i, j)>
#in = affine_map<(i, j, l) -> (i, j, l)>
#out = affine_map<(i, j, l) -> (i, l)>

// CHECK-LABEL: func.func @reshape
// CHECK-SAME: (%[[T:.*]]: tensor<8x32xf32>, %[[M:.*]]: tensor<8x16xf32>)
// CHECK: %[[X:.*]] = vector.transfer_read %[[T]]
// CHECK: %[[Y:.*]] = arith.mulf %[[X]], %[[X]] : vector<8x32xf32>
// CHECK: %[[H:.*]] = vector.shape_cast %[[Y]] : vector<8x32xf32> to vector<8x2x16xf32>
// CHECK-NEXT: %[[ACC:.*]] = vector.transfer_read %[[M]]
// CHECK-NEXT: vector.multi_reduction <maxnumf>, %[[H]], %[[ACC]] [1]
// CHECK-NOT: transfer_read
func.func @reshape(%t: tensor<8x32xf32>, %m: tensor<8x16xf32>) -> (tensor<8x32xf32>, tensor<8x16xf32>) {
  %s = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%t : tensor<8x32xf32>) {
  ^bb0(%x: f32):
    %y = arith.mulf %x, %x : f32
    linalg.yield %y : f32
  } -> tensor<8x32xf32>
  %h = tensor.expand_shape %s [[0], [1, 2]] output_shape [8, 2, 16] : tensor<8x32xf32> into tensor<8x2x16xf32>
  %n = linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "reduction", "parallel"]} ins(%h : tensor<8x2x16xf32>) outs(%m : tensor<8x16xf32>) {
  ^bb0(%x: f32, %a: f32):
    %y = arith.maxnumf %x, %a : f32
    linalg.yield %y : f32
  } -> tensor<8x16xf32>
  return %s, %n : tensor<8x32xf32>, tensor<8x16xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// CHECK-LABEL: func.func @constant_slice
// CHECK: %[[S:.*]] = arith.addf
// CHECK: vector.extract_strided_slice %[[S]] {offsets = [0, 16], sizes = [8, 16], strides = [1, 1]}
// CHECK-NOT: transfer_read
func.func @constant_slice(%t: tensor<8x32xf32>, %o: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %s = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%t : tensor<8x32xf32>) {
  ^bb0(%x: f32):
    %y = arith.addf %x, %x : f32
    linalg.yield %y : f32
  } -> tensor<8x32xf32>
  %h = tensor.extract_slice %s[0, 16] [8, 16] [1, 1] : tensor<8x32xf32> to tensor<8x16xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%h : tensor<8x16xf32>) outs(%o : tensor<8x16xf32>) {
  ^bb0(%x: f32, %u: f32):
    %y = arith.negf %x : f32
    linalg.yield %y : f32
  } -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// CHECK-LABEL: func.func @branch
// CHECK: %[[V:.*]] = scf.if %{{.*}} -> (vector<8x16xf32>)
// CHECK: arith.negf %[[V]] : vector<8x16xf32>
func.func @branch(%c: i1, %t: tensor<8x16xf32>, %o: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %s = scf.if %c -> tensor<8x16xf32> {
    %e = tensor.empty() : tensor<8x16xf32>
    %x = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%t : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
    ^bb0(%x: f32, %u: f32):
      %y = arith.addf %x, %x : f32
      linalg.yield %y : f32
    } -> tensor<8x16xf32>
    scf.yield %x : tensor<8x16xf32>
  } else {
    %e = tensor.empty() : tensor<8x16xf32>
    %x = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%t : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) {
    ^bb0(%x: f32, %u: f32):
      %y = arith.mulf %x, %x : f32
      linalg.yield %y : f32
    } -> tensor<8x16xf32>
    scf.yield %x : tensor<8x16xf32>
  }
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%s : tensor<8x16xf32>) outs(%o : tensor<8x16xf32>) {
  ^bb0(%x: f32, %u: f32):
    %y = arith.negf %x : f32
    linalg.yield %y : f32
  } -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Rows that become a tile, whether they are inserted or written, are joined in registers.
// CHECK-LABEL: func.func @rows
// CHECK-SAME: (%[[A:.*]]: tensor<1x16xf32>, %[[R:.*]]: vector<1x16xf32>, %{{.*}}: tensor<2x16xf32>)
// CHECK: %[[X:.*]] = vector.transfer_read %[[A]]
// CHECK: %[[Y:.*]] = arith.negf %[[X]]
// CHECK: %[[FIRST:.*]] = vector.insert_strided_slice %[[Y]], %{{.*}} {offsets = [0, 0], strides = [1, 1]}
// CHECK: %[[BOTH:.*]] = vector.insert_strided_slice %[[R]], %[[FIRST]] {offsets = [1, 0], strides = [1, 1]}
// CHECK-NOT: transfer_read
// CHECK: arith.negf %[[BOTH]] : vector<2x16xf32>
func.func @rows(%a: tensor<1x16xf32>, %r: vector<1x16xf32>, %o: tensor<2x16xf32>) -> tensor<2x16xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = linalg.fill ins(%zero : f32) outs(%o : tensor<2x16xf32>) -> tensor<2x16xf32>
  %x = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%a : tensor<1x16xf32>) {
  ^bb0(%u: f32):
    %y = arith.negf %u : f32
    linalg.yield %y : f32
  } -> tensor<1x16xf32>
  %first = tensor.insert_slice %x into %t[0, 0] [1, 16] [1, 1] : tensor<1x16xf32> into tensor<2x16xf32>
  %both = vector.transfer_write %r, %first[%c1, %c0] {in_bounds = [true, true]} : vector<1x16xf32>, tensor<2x16xf32>
  %n = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%both : tensor<2x16xf32>) {
  ^bb0(%u: f32):
    %y = arith.negf %u : f32
    linalg.yield %y : f32
  } -> tensor<2x16xf32>
  return %n : tensor<2x16xf32>
}
