// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Hard attention: of each row the 8 greatest scores count, and those that equal the last of them; rows with fewer keys keep all. The first operation finds
// the 8th greatest of each row, the second is an attention that captures it.
//
//     keep(i) = the 8 greatest s_ij of { j <= i },  o_i = sum over keep(i) of softmax(s_i)_j v_j,  s_ij = q_i . k_j / 8
//
// Nagarajan, Sen, Stevens, Raghunathan: AxFormer: Accuracy-driven Approximation of Transformers for Faster, Smaller and more Accurate NLP Models, 2020,
// arXiv:2010.03688 (with other layers and sizes; what is a tie is not said there).
!rows = tensor<?x?x?xf32>
!tokens = tensor<?x?x?x64xf32>

func.func @topk(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %eighth = attn.score_reduce kth_largest<8> %q, %k scale 0.125 mask(#attn.causal)
     : (!tokens, !tokens) -> !rows
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.causal)
      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %least: f32 = %eighth[b, h, i] : !rows) {
    %none = arith.constant 0xFF800000 : f32
    %keep = arith.cmpf oge, %s, %least : f32
    %y = arith.select %keep, %s, %none : f32
    attn.yield %y : f32
  } : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
