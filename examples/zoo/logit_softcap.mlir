// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores that cannot leave (-50, 50), however large the products are.
//
//     score = 50 tanh(q_i . k_j / (8 * 50)),   keys(i) = { j <= i }
//
// Gemma Team: Gemma 2: Improving Open Language Models at a Practical Size, 2024, arXiv:2408.00118, section 2.
!tokens = tensor<?x?x?x64xf32>

func.func @logit_softcap(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                         %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                         %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.causal)
      score(%s: f32, %b: index, %h: index, %i: index, %j: index) {
    %cap = arith.constant 50.0 : f32
    %share = arith.divf %s, %cap : f32
    %bent = math.tanh %share : f32
    %y = arith.mulf %bent, %cap : f32
    attn.yield %y : f32
  }
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
