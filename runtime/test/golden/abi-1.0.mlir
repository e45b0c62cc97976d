// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The source of abi-1.0.so, which README.md says how it was made: an attention with a length and a weight, so that the module has a range, a limited
// dimension, weights, a workspace and a parallel body.
func.func @attention(%q: tensor<1x1x?x4xf32> {attn.name = "q", attn.dims = ["", "", "seq", ""]},
                     %k: tensor<1x1x?x4xf32> {attn.name = "k", attn.dims = ["", "", "seq", ""]},
                     %v: tensor<1x1x?x4xf32> {attn.name = "v", attn.dims = ["", "", "seq", ""]},
                     %n: tensor<i64> {attn.name = "length", attn.range = array<i64: 1, 64>})
    -> (tensor<1x1x?x4xf32> {attn.name = "o", attn.dims = ["", "", "seq", ""]})
    attributes {attn.dim_ranges = {seq = array<i64: 1, 64>}} {
  %o = attn.attention %q, %k, %v scale 0.5 mask(#attn.and<#attn.causal, #attn.length>, %n[] : tensor<i64>)
     : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> tensor<1x1x?x4xf32>
  %w = ml_program.global_load_const @bias : tensor<4xf32>
  %seq = arith.constant 2 : index
  %size = tensor.dim %o, %seq : tensor<1x1x?x4xf32>
  %empty = tensor.empty(%size) : tensor<1x1x?x4xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(b, h, i, e) -> (b, h, i, e)>, affine_map<(b, h, i, e) -> (e)>, affine_map<(b, h, i, e) -> (b, h, i, e)>],
                         iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%o, %w : tensor<1x1x?x4xf32>, tensor<4xf32>) outs(%empty : tensor<1x1x?x4xf32>) {
    ^bb0(%x: f32, %b: f32, %unused: f32):
      %y = arith.addf %x, %b : f32
      linalg.yield %y : f32
  } -> tensor<1x1x?x4xf32>
  return %sum : tensor<1x1x?x4xf32>
}
ml_program.global private @bias(#ml_program.extern<tensor<4xf32>>) : tensor<4xf32> {attn.source = "abi-1.0.safetensors:bias"}
