// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A graph transformer that compares by distance: half the squared length of a key is taken off its scores, a bias of each pair is added, and weights are
// multiplied by a number for each pair once they are normalised. Both tables come from the graph; the lengths are summed here.
//
//     o_i = sum_j softmax_j((q_i . k_j - |k_j|^2 / 2) / 8 + bias[h, i, j]) factor[h, i, j] v_j
//
// Ma et al.: Plain Transformers Can be Powerful Graph Learners, 2025, arXiv:2504.12588, section 3.
#key = affine_map<(b, h, j, d) -> (b, h, j)>
#all = affine_map<(b, h, j, d) -> (b, h, j, d)>
!pairs = tensor<?x?x?xf32>
!tokens = tensor<?x?x?x64xf32>

func.func @ppgt(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                %bias: !pairs {attn.name = "bias", attn.dims = ["heads", "seq", "seq"]},
                %factor: !pairs {attn.name = "factor", attn.dims = ["heads", "seq", "seq"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %batch = tensor.dim %k, %c0 : !tokens
  %heads = tensor.dim %k, %c1 : !tokens
  %seq = tensor.dim %k, %c2 : !tokens
  %empty = tensor.empty(%batch, %heads, %seq) : tensor<?x?x?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %lengths = linalg.generic {indexing_maps = [#all, #key], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%k : !tokens) outs(%zeros : tensor<?x?x?xf32>) {
  ^bb0(%element: f32, %sum: f32):
    %square = arith.mulf %element, %element : f32
    %next = arith.addf %sum, %square : f32
    linalg.yield %next : f32
  } -> tensor<?x?x?xf32>
  %o = attn.attention %q, %k, %v scale 0.125
      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %length: f32 = %lengths[b, h, j] : tensor<?x?x?xf32>,
            %add: f32 = %bias[h, i, j] : !pairs) {
    %sixteenth = arith.constant 0.0625 : f32
    %half = arith.mulf %length, %sixteenth : f32
    %distance = arith.subf %s, %half : f32
    %y = arith.addf %distance, %add : f32
    attn.yield %y : f32
  } gain(%b: index, %h: index, %i: index, %j: index, %times: f32 = %factor[h, i, j] : !pairs) {
    attn.yield %times : f32
  } : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
