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
