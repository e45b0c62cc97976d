// RUN: attn-opt %s -attn-results-to-destinations -split-input-file -verify-diagnostics

// expected-error @+1 {{expects functions to have a body, but got the declaration '@f'}}
func.func private @f(%x: tensor<4xf32>)

// -----

// expected-error @+1 {{expects arguments of public functions to be ranked tensors, but got 'f32'}}
func.func @f(%x: f32) {
  return
}

// -----

// expected-error @+1 {{expects results to be ranked tensors, but got 'index'}}
func.func @f(%x: tensor<4xf32>) -> index {
  %c = arith.constant 0 : index
  return %c : index
}

// -----

// expected-error @+1 {{expects the body of '@f' to be one block, but got 2}}
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^next
^next:
  return %x : tensor<4xf32>
}

// -----

func.func @f(%x: tensor<1xindex>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.extract %x[%c0] : tensor<1xindex>
  %e = tensor.empty(%n) : tensor<?xf32>
  // expected-error @+1 {{expects the sizes of result 0 to follow from the sizes of the arguments, but got dimension 0 of 'tensor<?xf32>'}}
  return %e : tensor<?xf32>
}

// -----

func.func private @g(%x: tensor<?xf32> {attn.dims = ["n"]}) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
func.func private @f(%x: tensor<?xf32> {attn.dims = ["n"]}) {
  // expected-error @+1 {{expects the sizes of result 0 of '@g' to be named by its arguments, but got dimension 0 of 'tensor<?xf32>'}}
  %y = func.call @g(%x) : (tensor<?xf32>) -> tensor<?xf32>
  return
}

// -----

// expected-error @+1 {{expects attn.updates of result 0 to name an argument of its type, but got "y"}}
func.func @f(%x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "y"}) {
  return %x : tensor<4xf32>
}

// -----

func.func private @g(%x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"}) {
  return %x : tensor<4xf32>
}
func.func @f(%x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"}, tensor<4xf32>) {
  // expected-error @+1 {{expects result 0 of '@g', which updates a state, to be returned as the new content of the argument that is passed, and the argument to be used nowhere else, but got other uses}}
  %y = func.call @g(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y, %x : tensor<4xf32>, tensor<4xf32>
}

// -----

func.func private @g(%x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"}) {
  return %x : tensor<4xf32>
}
func.func @f(%x: tensor<4xf32> {attn.name = "x"}) -> tensor<4xf32> {
  // expected-error @+1 {{expects result 0 of '@g', which updates a state, to be returned as the new content of the argument that is passed, and the argument to be used nowhere else, but got another result}}
  %y = func.call @g(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func private @g(%x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"}) {
  return %x : tensor<4xf32>
}
func.func @f(%x: tensor<4xf32> {attn.name = "x"}) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error @+1 {{expects result 0 of '@g', which updates a state, to be returned as the new content of the argument that is passed, and the argument to be used nowhere else, but got another value}}
  %y = func.call @g(%e) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
