// RUN: attn-opt %s -attn-unify-symbols -canonicalize -cse -split-input-file | FileCheck %s
// Dimensions that ops force to be equal get one name.

// CHECK-LABEL: func.func @f(
// CHECK-SAME: %{{.*}}: tensor<1x8x?x64xf32> {attn.dims = ["", "", "d0", ""], attn.name = "arg0"},
// CHECK-SAME: %{{.*}}: tensor<1x8x?x64xf32> {attn.dims = ["", "", "d1", ""], attn.name = "keys"},
// CHECK-SAME: %{{.*}}: tensor<1x8x?x64xf32> {attn.dims = ["", "", "d1", ""], attn.name = "arg2"})
// CHECK-SAME: -> (tensor<1x8x?x64xf32> {attn.dims = ["", "", "d0", ""], attn.name = "result0"})
// CHECK-NOT: attn.require
func.func @f(%q: tensor<1x8x?x64xf32>, %k: tensor<1x8x?x64xf32> {attn.name = "keys"}, %v: tensor<1x8x?x64xf32>) -> tensor<1x8x?x64xf32> {
  %o = attn.attention %q, %k, %v : (tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>) -> tensor<1x8x?x64xf32>
  return %o : tensor<1x8x?x64xf32>
}

// -----

// The names of the user stay, and pass through casts, elementwise ops, linalg, calls and sizes.
// CHECK-LABEL: func.func private @layer(%{{.*}}: tensor<?x?xf32> {attn.dims = ["d0", "d1"]}) -> (tensor<?x?xf32> {attn.dims = ["d0", "d1"]})
func.func private @layer(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = arith.addf %x, %x : tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
// CHECK-LABEL: func.func @names(
// CHECK-SAME: %{{.*}}: tensor<?x?xf32> {attn.dims = ["batch", "d0"], attn.name = "arg0"},
// CHECK-SAME: %{{.*}}: tensor<?xf32> {attn.dims = ["d0"], attn.name = "arg1"})
// CHECK-SAME: -> (tensor<?x?xf32> {attn.dims = ["batch", "d0"], attn.name = "result0"}, tensor<?xf32> {attn.dims = [""], attn.name = "result1"})
func.func @names(%x: tensor<?x?xf32> {attn.dims = ["batch", ""]}, %w: tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%b, %n) : tensor<?x?xf32>
  %r = linalg.broadcast ins(%w : tensor<?xf32>) outs(%e : tensor<?x?xf32>) dimensions = [0]
  %l = func.call @layer(%r) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %flat = tensor.collapse_shape %l [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  return %l, %flat : tensor<?x?xf32>, tensor<?xf32>
}

// -----

// A dynamic dimension that must equal a static one.
// CHECK-LABEL: func.func @range(
// CHECK-SAME: %{{.*}}: tensor<?xf32> {attn.dims = ["n"], attn.name = "arg0"}, %{{.*}}: tensor<4xf32> {attn.dims = [""], attn.name = "arg1"})
// CHECK-SAME: attributes {attn.dim_ranges = {n = array<i64: 4, 4>}}
func.func @range(%x: tensor<?xf32> {attn.dims = ["n"]}, %y: tensor<4xf32>) -> tensor<4xf32> {
  %z = tensor.cast %x : tensor<?xf32> to tensor<4xf32>
  %s = arith.addf %z, %y : tensor<4xf32>
  return %s : tensor<4xf32>
}

// -----

// What attention needs beyond equality is tested when it runs.
// CHECK-LABEL: func.func @groups(


// CHECK: attn.require %{{.*}}, "expects the number of query heads to be a multiple of" actual %{{.*}} bound %{{.*}}
// CHECK: attn.require %{{.*}}, "expects the batch of key to be 1 or" actual %{{.*}} bound %{{.*}}
func.func @groups(%q: tensor<?x?x4x8xf32>, %k: tensor<?x?x4x8xf32>, %v: tensor<?x?x4x8xf32>) -> tensor<?x?x4x8xf32> {
  %o = attn.attention %q, %k, %v : (tensor<?x?x4x8xf32>, tensor<?x?x4x8xf32>, tensor<?x?x4x8xf32>) -> tensor<?x?x4x8xf32>
  return %o : tensor<?x?x4x8xf32>
}

// -----

// Two sizes that are computed apart and then added: a condition, because the function may be called with others.
// CHECK-LABEL: func.func @apart(
// CHECK: attn.require %{{.*}}, "expects dimension 0 of tensor.collapse_shape to be" actual %{{.*}} bound %{{.*}}
// CHECK: arith.addf
func.func @apart(%x: tensor<?x?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %flat = tensor.collapse_shape %x [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  %s = arith.addf %flat, %y : tensor<?xf32>
  return %s : tensor<?xf32>
}

// -----

// One of the two known is not enough, from either side; both known is what the verifier has seen.
// CHECK-LABEL: func.func @half_known(
// CHECK-COUNT-2: "expects the number of query heads to be a multiple of"
// CHECK-NOT: attn.require
func.func @half_known(%q: tensor<1x12x4x8xf32>, %k: tensor<1x?x4x8xf32>, %r: tensor<1x?x4x8xf32>, %l: tensor<1x3x4x8xf32>)
    -> (tensor<1x12x4x8xf32>, tensor<1x?x4x8xf32>, tensor<1x12x4x8xf32>) {
  %o = attn.attention %q, %k, %k : (tensor<1x12x4x8xf32>, tensor<1x?x4x8xf32>, tensor<1x?x4x8xf32>) -> tensor<1x12x4x8xf32>
  %p = attn.attention %r, %l, %l : (tensor<1x?x4x8xf32>, tensor<1x3x4x8xf32>, tensor<1x3x4x8xf32>) -> tensor<1x?x4x8xf32>
  %s = attn.attention %q, %l, %l : (tensor<1x12x4x8xf32>, tensor<1x3x4x8xf32>, tensor<1x3x4x8xf32>) -> tensor<1x12x4x8xf32>
  return %o, %p, %s : tensor<1x12x4x8xf32>, tensor<1x?x4x8xf32>, tensor<1x12x4x8xf32>
}
