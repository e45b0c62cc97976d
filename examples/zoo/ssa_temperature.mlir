// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Selective self-attention: each query has a temperature, which a small network made of the token and of its position, and each value has one too.
//
//     o_i = sum_j softmax_j(query_heat_i q_i . k_j / 8) value_heat_j v_j,   keys(i) = { j <= i }
//
// Zhang et al.: Selective Attention: Enhancing Transformer through Principled Context Control, 2024, arXiv:2411.12892, section 3.
#row = affine_map<(b, h, i, d) -> (b, h, i)>
#all = affine_map<(b, h, i, d) -> (b, h, i, d)>
!tokens = tensor<?x?x?x64xf32>

func.func @ssa_temperature(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                           %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                           %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                           %query_heat: tensor<?x?x?xf32> {attn.name = "query_heat", attn.dims = ["batch", "heads", "seq"]},
                           %value_heat: tensor<?x?x?xf32> {attn.name = "value_heat", attn.dims = ["batch", "heads", "seq"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %warm = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v, %value_heat : !tokens, tensor<?x?x?xf32>) outs(%v : !tokens) {
  ^bb0(%element: f32, %heat: f32, %out: f32):
    %product = arith.mulf %element, %heat : f32
    linalg.yield %product : f32
  } -> !tokens
  %o = attn.attention %q, %k, %warm scale 0.125 mask(#attn.causal)
      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %heat: f32 = %query_heat[b, h, i] : tensor<?x?x?xf32>) {
    %y = arith.mulf %s, %heat : f32
    attn.yield %y : f32
  } : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
