// RUN: attn-opt %s -split-input-file -verify-diagnostics -attn-extract-signature

// expected-error@+1 {{expects a module to have at least one public function, but got none}}
module {
}

// -----

// expected-error@+1 {{'func.func' op expects argument 1 to be a ranked tensor, but got 'i64'}}
func.func @f(%x: tensor<4xf32>, %n: i64) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects the element type of argument 0 to be one of the runtime's, but got 'f8E4M3FN'}}
func.func @f(%x: tensor<4xf8E4M3FN>) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects attn.dims of argument 0 to be 2 strings, but got ["a"]}}
func.func @f(%x: tensor<?x4xf32> {attn.dims = ["a"]}) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects attn.range of argument 0 to be array<i64: least, greatest>, but got 3 : i64}}
func.func @f(%x: tensor<4xi64> {attn.range = 3}) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects attn.dim_ranges to name dimensions of arguments, but got 'c'}}
func.func @f(%x: tensor<?xf32> {attn.dims = ["a"]}) attributes {attn.dim_ranges = {c = array<i64: 0, 1>}} {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects attn.dim_ranges of 'a' to be array<i64: least, greatest>, but got 7 : i64}}
func.func @f(%x: tensor<?xf32> {attn.dims = ["a"]}) attributes {attn.dim_ranges = {a = 7}} {
  return
}

// -----

// expected-error@+1 {{expects the sizes of 'a' to be in order and not negative, but got 5 and 1}}
func.func @f(%x: tensor<?xf32> {attn.dims = ["a"]}) attributes {attn.dim_ranges = {a = array<i64: 5, 1>}} {
  return
}

// -----

// expected-error@+1 {{expects the sizes of 'a' to be at most 2147483647, but got 2147483648}}
func.func @f(%x: tensor<?xf32> {attn.dims = ["a"]}) attributes {attn.dim_ranges = {a = array<i64: 1, 2147483648>}} {
  return
}

// -----

// expected-error@+1 {{expects the sizes of 'arg0' to be at most 2147483647, but got 2147483648}}
func.func @f(%x: tensor<2x2147483648xf32>) {
  return
}

// -----

// expected-error@+1 {{expects the rank of 'arg0' to be at most 8, but got 9}}
func.func @f(%x: tensor<1x1x1x1x1x1x1x1x1xf32>) {
  return
}

// -----

// expected-error@+1 {{expects the names of arguments to differ, but got 'a' twice}}
func.func @f(%x: tensor<1xf32> {attn.name = "a"}, %y: tensor<1xf32> {attn.name = "a"}) {
  return
}

// -----

// expected-error@+1 {{expects the names of arguments to be 1 to 1024 bytes of UTF-8 without control characters, but got 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'}}
func.func @f(%x: tensor<1xf32> {attn.name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}) {
  return
}

// -----

// expected-error@+1 {{expects the names of results to be 1 to 1024 bytes of UTF-8 without control characters, but got ''}}
func.func @f(%x: tensor<1xf32>) -> (tensor<1xf32> {attn.name = ""}) {
  return %x : tensor<1xf32>
}

// -----

// expected-error@+1 {{expects a value with attn.range to be an argument of integers, but got 'arg0' of f32}}
func.func @f(%x: tensor<1xf32> {attn.range = array<i64: 0, 1>}) {
  return
}

// -----

// expected-error@+1 {{expects attn.range of 'arg0' to be in order, but got 3 and 1}}
func.func @f(%x: tensor<1xi64> {attn.range = array<i64: 3, 1>}) {
  return
}

// -----

// expected-error@+1 {{expects the names of arguments to be 1 to 1024 bytes of UTF-8 without control characters, but got 'a	'}}
func.func @f(%x: tensor<1xf32> {attn.name = "a\09"}) {
  return
}

// -----

// expected-error-re@+1 {{expects the names of symbols to be 1 to 1024 bytes of UTF-8 without control characters, but got 'n{{.}}'}}
func.func @f(%x: tensor<?xf32> {attn.dims = ["n\FF"]}) {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects attn.updates of result 0 to name an argument, but got "y"}}
func.func @f(%x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "y"}) {
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects result 0 to have the type of the argument it updates, but got 'tensor<3xf32>' and 'tensor<4xf32>'}}
func.func @f(%x: tensor<4xf32> {attn.name = "x"}, %y: tensor<3xf32>) -> (tensor<3xf32> {attn.updates = "x"}) {
  return %y : tensor<3xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects one result to update argument 0, but got two}}
func.func @f(%x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"}, tensor<4xf32> {attn.updates = "x"}) {
  return %x, %x : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects attn.session to be a dictionary beside results with attn.updates, but got <<NULL ATTRIBUTE>>}}
func.func @f(%x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"}) {
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects attn.session to be a dictionary beside results with attn.updates, but got "no such result"}}
func.func @f(%x: tensor<4xf32>) attributes {attn.session = {length = "x"}} {
  return
}

// -----

// expected-error@+1 {{'func.func' op expects capacity of attn.session to name a dimension of an argument, but got "rows"}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"})
    attributes {attn.session = {capacity = "rows", length = "n", step = 1}} {
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects length of attn.session to name an argument of type tensor<i64>, but got "x"}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"})
    attributes {attn.session = {length = "x", step = 1}} {
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{expects step of attn.session to be a size of at least 1 or a dimension of an argument, but got 0}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"})
    attributes {attn.session = {length = "n", step = 0}} {
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{expects the dimensions of state 'x' to be sizes, or the capacity or batch of attn.session, but got 'rows'}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %x: tensor<?xf32> {attn.name = "x", attn.dims = ["rows"]}) -> (tensor<?xf32> {attn.updates = "x"})
    attributes {attn.session = {length = "n", step = 1}} {
  return %x : tensor<?xf32>
}

// -----

// expected-error@+1 {{expects the capacity to be at most one dimension of state 'x', but got 2}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %x: tensor<?x?xf32> {attn.name = "x", attn.dims = ["c", "c"]}) -> (tensor<?x?xf32> {attn.updates = "x"})
    attributes {attn.session = {capacity = "c", length = "n", step = 1}} {
  return %x : tensor<?x?xf32>
}

// -----

// expected-error@+1 {{expects step, capacity and batch of attn.session to be different dimensions, but got 'c' twice}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %x: tensor<?xf32> {attn.name = "x", attn.dims = ["c"]}) -> (tensor<?xf32> {attn.updates = "x"})
    attributes {attn.session = {batch = "c", capacity = "c", length = "n", step = 1}} {
  return %x : tensor<?xf32>
}

// -----

// expected-error@+1 {{expects capacity of attn.session to be a dimension of a state, but got 'c'}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %y: tensor<?xf32> {attn.dims = ["c"]}, %x: tensor<4xf32> {attn.name = "x"}) -> (tensor<4xf32> {attn.updates = "x"})
    attributes {attn.session = {capacity = "c", length = "n", step = 1}} {
  return %x : tensor<4xf32>
}

// -----

// expected-error@+1 {{expects state 'x' to have no range and not to be the length, but got one}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %x: tensor<4xi64> {attn.name = "x", attn.range = array<i64: 0, 1>}) -> (tensor<4xi64> {attn.updates = "x"})
    attributes {attn.session = {length = "n", step = 1}} {
  return %x : tensor<4xi64>
}

// -----

// expected-error@+1 {{'func.func' op expects state 'x' to be updated by tensor.insert_slice, but got arith.negf}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %x: tensor<?xf32> {attn.name = "x", attn.dims = ["c"]}) -> (tensor<?xf32> {attn.updates = "x"})
    attributes {attn.session = {capacity = "c", length = "n", step = 1}} {
  %y = arith.negf %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// expected-error@+1 {{'func.func' op expects state 'x' to be updated by tensor.insert_slice, but got another argument}}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %y: tensor<?xf32> {attn.dims = ["c"]}, %x: tensor<?xf32> {attn.name = "x", attn.dims = ["c"]}) -> (tensor<?xf32> {attn.updates = "x"})
    attributes {attn.session = {capacity = "c", length = "n", step = 1}} {
  return %y : tensor<?xf32>
}

// -----

func.func @f(%n: tensor<i64> {attn.name = "n"}, %y: tensor<1xf32>, %x: tensor<?xf32> {attn.name = "x", attn.dims = ["c"]}) -> (tensor<?xf32> {attn.updates = "x"})
    attributes {attn.session = {capacity = "c", length = "n", step = 1}} {
  // expected-error@+1 {{'tensor.insert_slice' op expects state 'x' to be written at the length 'n', but got another offset in dimension 0}}
  %z = tensor.insert_slice %y into %x[0] [1] [1] : tensor<1xf32> into tensor<?xf32>
  return %z : tensor<?xf32>
}

// -----

func.func private @g(%x: tensor<?xf32> {attn.dims = ["c"]}) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
func.func @f(%n: tensor<i64> {attn.name = "n"}, %x: tensor<?xf32> {attn.name = "x", attn.dims = ["c"]}) -> (tensor<?xf32> {attn.updates = "x"})
    attributes {attn.session = {capacity = "c", length = "n", step = 1}} {
  // expected-error@+1 {{'func.call' op expects result 0, which becomes state 'x', to have attn.updates, but got none}}
  %z = func.call @g(%x) : (tensor<?xf32>) -> tensor<?xf32>
  return %z : tensor<?xf32>
}
