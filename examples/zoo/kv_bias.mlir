// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A learned key and value for each head, which every query sees and no causal mask hides. Two attentions over disjoint keys are merged; no key is copied.
//
//     o_i = sum_j softmax_j(q_i . [k'; k]_j / 8) [v'; v]_j,   keys(i) = { the learned one } and { j <= i }
//
// An et al.: Systematic Outliers in Large Language Models, 2025, arXiv:2502.06415, variant (d).
!learned = tensor<1x?x1x64xf32>
!lse = tensor<?x?x?xf32>
!tokens = tensor<?x?x?x64xf32>

func.func @kv_bias(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                   %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                   %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                   %key_bias: !learned {attn.name = "key_bias", attn.dims = ["", "heads", "", ""]},
                   %value_bias: !learned {attn.name = "value_bias", attn.dims = ["", "heads", "", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %near, %near_lse = attn.attention %q, %k, %v scale 0.125 mask(#attn.causal)
     : (!tokens, !tokens, !tokens) -> (!tokens, !lse)
  %bias, %bias_lse = attn.attention %q, %key_bias, %value_bias scale 0.125
     : (!tokens, !learned, !learned) -> (!tokens, !lse)
  %o, %lse = attn.merge %near, %bias weighted_by %near_lse, %bias_lse : !tokens, !lse
  return %o : !tokens
}
