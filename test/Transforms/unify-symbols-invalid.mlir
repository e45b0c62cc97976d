// RUN: attn-opt %s -attn-unify-symbols -split-input-file -verify-diagnostics

// expected-error @+1 {{expects dimensions that have to be equal to have one name, but got 'a' and 'b'}}
func.func @f(%x: tensor<?xf32> {attn.dims = ["a"]}, %y: tensor<?xf32> {attn.dims = ["b"]}) -> tensor<?xf32> {
  %s = arith.addf %x, %y : tensor<?xf32>
  return %s : tensor<?xf32>
}

// -----

// expected-error @+1 {{expects dimensions that have to be equal to have one size, but got 4 and 5}}
func.func @f(%x: tensor<4xf32> {attn.dims = ["a"]}, %y: tensor<5xf32> {attn.dims = ["a"]}) {
  return
}

// -----

// expected-error @+1 {{expects the range of 'n' to hold the only size it can have, but got 4}}
func.func @f(%x: tensor<?xf32> {attn.dims = ["n"]}, %y: tensor<4xf32>) -> tensor<4xf32> attributes {attn.dim_ranges = {n = array<i64: 5, 9>}} {
  %z = tensor.cast %x : tensor<?xf32> to tensor<4xf32>
  %s = arith.addf %z, %y : tensor<4xf32>
  return %s : tensor<4xf32>
}
