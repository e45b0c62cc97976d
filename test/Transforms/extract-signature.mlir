// RUN: attn-opt %s -split-input-file -attn-extract-signature | FileCheck %s
// Names, symbols, ranges and element types reach the attribute; what has no name gets one from its position.

// CHECK: module attributes {attn.functions = [{args = [{dims = ["rows", 4], dtype = "f32", name = "x"}], name = "f", results = [{dims = ["rows", 4], dtype = "f32", name = "result0"}], symbols = [{name = "rows", range = array<i64: 0, 2147483647>}]}]}
func.func @f(%x: tensor<?x4xf32> {attn.name = "x", attn.dims = ["rows", ""]}) -> (tensor<?x4xf32> {attn.dims = ["rows", ""]}) {
  return %x : tensor<?x4xf32>
}

// -----

// CHECK: attn.functions = [{args = [{dims = ["batch", "seq"], dtype = "i64", name = "ids", range = array<i64: 0, 30521>}, {dims = ["batch"], dtype = "bool", name = "keep"}], name = "g", results = [{dims = ["seq", unit], dtype = "i64", name = "o"}], symbols = [{name = "batch", range = array<i64: 0, 2147483647>}, {name = "seq", range = array<i64: 1, 512>}]},
// CHECK-SAME: {args = [{dims = ["arg0.0"], dtype = "u8", name = "arg0"}], name = "h", results = [{dims = [unit], dtype = "u8", name = "result0"}], symbols = [{name = "arg0.0", range = array<i64: 0, 2147483647>}]}]
// CHECK-NOT: hidden
// CHECK-LABEL: func.func @g
func.func @g(%ids: tensor<?x?xi64> {attn.name = "ids", attn.dims = ["batch", "seq"], attn.range = array<i64: 0, 30521>}, %keep: tensor<?xi1> {attn.name = "keep", attn.dims = ["batch"]})
    -> (tensor<?x?xi64> {attn.name = "o", attn.dims = ["seq", "other"]}) attributes {attn.dim_ranges = {seq = array<i64: 1, 512>}} {
  return %ids : tensor<?x?xi64>
}
func.func @h(%x: tensor<?xui8>) -> tensor<?xui8> {
  return %x : tensor<?xui8>
}
func.func private @hidden(%x: tensor<?xui8>) -> tensor<?xui8> {
  return %x : tensor<?xui8>
}

// -----

// What updates an argument is no result of the signature: the argument is state.
// CHECK-LABEL: module attributes {attn.functions = [{
// CHECK-SAME: args = [{dims = ["seq", 8], dtype = "f32", name = "x"}, {dims = [], dtype = "i64", length, name = "past"}, {dims = ["capacity", 8], dtype = "f32", name = "rows", state}]
// CHECK-SAME: results = [], session = {capacity = "capacity", step = "seq"}
func.func @append(%x: tensor<?x8xf32> {attn.name = "x", attn.dims = ["seq", ""]}, %past: tensor<i64> {attn.name = "past"},
                  %rows: tensor<?x8xf32> {attn.name = "rows", attn.dims = ["capacity", ""]})
    -> (tensor<?x8xf32> {attn.updates = "rows"}) attributes {attn.session = {capacity = "capacity", length = "past", step = "seq"}} {
  %c0 = arith.constant 0 : index
  %element = tensor.extract %past[] : tensor<i64>
  %length = arith.index_cast %element : i64 to index
  %seq = tensor.dim %x, %c0 : tensor<?x8xf32>
  %new = tensor.insert_slice %x into %rows[%length, 0] [%seq, 8] [1, 1] : tensor<?x8xf32> into tensor<?x8xf32>
  return %new : tensor<?x8xf32>
}
