// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds a weight to the twice of every row.
func.func @biased(%x: tensor<?x2xf32> {attn.name = "x", attn.dims = ["n", ""]}) -> (tensor<?x2xf32> {attn.name = "y", attn.dims = ["n", ""]}) {
  %w = ml_program.global_load_const @bias : tensor<2xf32>
  %zero = arith.constant 0 : index
  %n = tensor.dim %x, %zero : tensor<?x2xf32>
  %empty = tensor.empty(%n) : tensor<?x2xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %w : tensor<?x2xf32>, tensor<2xf32>) outs(%empty : tensor<?x2xf32>) {
    ^bb0(%a: f32, %b: f32, %unused: f32):
      %twice = arith.addf %a, %a : f32
      %sum = arith.addf %twice, %b : f32
      linalg.yield %sum : f32
  } -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
ml_program.global private @bias(#ml_program.extern<tensor<2xf32>>) : tensor<2xf32> {attn.source = "biased.safetensors:bias"}
