// RUN: attn-opt %s -attn-guard-slices -split-input-file -verify-diagnostics

func.func @dynamic(%x: tensor<8xf32>, %s: index) -> tensor<2xf32> {
  // expected-error@+1 {{'tensor.extract_slice' op expects strides to be constant and positive, but got an index that is computed}}
  %y = tensor.extract_slice %x[0] [2] [%s] : tensor<8xf32> to tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

func.func @far(%x: tensor<?xf32>) -> tensor<1xf32> {
  // expected-error@+1 {{'tensor.extract_slice' op expects offsets, sizes and strides to be at most 1099511627776, but got 9223372036854775807}}
  %y = tensor.extract_slice %x[9223372036854775807] [1] [1] : tensor<?xf32> to tensor<1xf32>
  return %y : tensor<1xf32>
}
