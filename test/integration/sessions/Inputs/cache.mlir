// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A cache of keys and values that two functions fill: any number of positions at once, and one.
func.func @prefill(%q: tensor<?x4x?x32xf32> {attn.name = "q", attn.dims = ["batch", "", "seq", ""]},
                   %k: tensor<?x2x?x32xf32> {attn.name = "k", attn.dims = ["batch", "", "seq", ""]},
                   %v: tensor<?x2x?x32xf32> {attn.name = "v", attn.dims = ["batch", "", "seq", ""]},
                   %past: tensor<i64> {attn.name = "past"},
                   %keys: tensor<?x2x?x32xf32> {attn.name = "keys", attn.dims = ["batch", "", "capacity", ""]},
                   %values: tensor<?x2x?x32xf32> {attn.name = "values", attn.dims = ["batch", "", "capacity", ""]})
    -> (tensor<?x4x?x32xf32> {attn.name = "out", attn.dims = ["batch", "", "seq", ""]},
        tensor<?x2x?x32xf32> {attn.updates = "keys"}, tensor<?x2x?x32xf32> {attn.updates = "values"})
    attributes {attn.session = {batch = "batch", capacity = "capacity", length = "past", step = "seq"}, attn.dim_ranges = {capacity = array<i64: 1, 4096>}} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %element = tensor.extract %past[] : tensor<i64>
  %length = arith.index_cast %element : i64 to index
  %batch = tensor.dim %q, %c0 : tensor<?x4x?x32xf32>
  %seq = tensor.dim %q, %c2 : tensor<?x4x?x32xf32>
  %n = arith.addi %length, %seq : index
  %newKeys = tensor.insert_slice %k into %keys[0, 0, %length, 0] [%batch, 2, %seq, 32] [1, 1, 1, 1] : tensor<?x2x?x32xf32> into tensor<?x2x?x32xf32>
  %newValues = tensor.insert_slice %v into %values[0, 0, %length, 0] [%batch, 2, %seq, 32] [1, 1, 1, 1] : tensor<?x2x?x32xf32> into tensor<?x2x?x32xf32>
  %ks = tensor.extract_slice %newKeys[0, 0, 0, 0] [%batch, 2, %n, 32] [1, 1, 1, 1] : tensor<?x2x?x32xf32> to tensor<?x2x?x32xf32>
  %vs = tensor.extract_slice %newValues[0, 0, 0, 0] [%batch, 2, %n, 32] [1, 1, 1, 1] : tensor<?x2x?x32xf32> to tensor<?x2x?x32xf32>
  %o = attn.attention %q, %ks, %vs scale 0.17677669 mask(#attn.causal<bottom_right>)
     : (tensor<?x4x?x32xf32>, tensor<?x2x?x32xf32>, tensor<?x2x?x32xf32>) -> tensor<?x4x?x32xf32>
  return %o, %newKeys, %newValues : tensor<?x4x?x32xf32>, tensor<?x2x?x32xf32>, tensor<?x2x?x32xf32>
}

func.func @decode(%q: tensor<?x4x1x32xf32> {attn.name = "q", attn.dims = ["batch", "", "", ""]},
                   %k: tensor<?x2x1x32xf32> {attn.name = "k", attn.dims = ["batch", "", "", ""]},
                   %v: tensor<?x2x1x32xf32> {attn.name = "v", attn.dims = ["batch", "", "", ""]},
                   %past: tensor<i64> {attn.name = "past"},
                   %keys: tensor<?x2x?x32xf32> {attn.name = "keys", attn.dims = ["batch", "", "capacity", ""]},
                   %values: tensor<?x2x?x32xf32> {attn.name = "values", attn.dims = ["batch", "", "capacity", ""]})
    -> (tensor<?x4x1x32xf32> {attn.name = "out", attn.dims = ["batch", "", "", ""]},
        tensor<?x2x?x32xf32> {attn.updates = "keys"}, tensor<?x2x?x32xf32> {attn.updates = "values"})
    attributes {attn.session = {batch = "batch", capacity = "capacity", length = "past", step = 1 : i64}, attn.dim_ranges = {capacity = array<i64: 1, 4096>}} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %element = tensor.extract %past[] : tensor<i64>
  %length = arith.index_cast %element : i64 to index
  %batch = tensor.dim %q, %c0 : tensor<?x4x1x32xf32>
  %seq = tensor.dim %q, %c2 : tensor<?x4x1x32xf32>
  %n = arith.addi %length, %seq : index
  %newKeys = tensor.insert_slice %k into %keys[0, 0, %length, 0] [%batch, 2, 1, 32] [1, 1, 1, 1] : tensor<?x2x1x32xf32> into tensor<?x2x?x32xf32>
  %newValues = tensor.insert_slice %v into %values[0, 0, %length, 0] [%batch, 2, 1, 32] [1, 1, 1, 1] : tensor<?x2x1x32xf32> into tensor<?x2x?x32xf32>
  %ks = tensor.extract_slice %newKeys[0, 0, 0, 0] [%batch, 2, %n, 32] [1, 1, 1, 1] : tensor<?x2x?x32xf32> to tensor<?x2x?x32xf32>
  %vs = tensor.extract_slice %newValues[0, 0, 0, 0] [%batch, 2, %n, 32] [1, 1, 1, 1] : tensor<?x2x?x32xf32> to tensor<?x2x?x32xf32>
  %o = attn.attention %q, %ks, %vs scale 0.17677669 mask(#attn.causal<bottom_right>)
     : (tensor<?x4x1x32xf32>, tensor<?x2x?x32xf32>, tensor<?x2x?x32xf32>) -> tensor<?x4x1x32xf32>
  return %o, %newKeys, %newValues : tensor<?x4x1x32xf32>, tensor<?x2x?x32xf32>, tensor<?x2x?x32xf32>
}
