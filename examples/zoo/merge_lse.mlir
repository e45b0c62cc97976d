// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keys in two places, a past that all queries see and what came with the queries: two attentions, merged by their log-sum-exps. That is attention over
// both, for any split; rings and split decoding rest on it.
//
//     m = max(l1, l2),  o = (o1 e^(l1 - m) + o2 e^(l2 - m)) / (e^(l1 - m) + e^(l2 - m))
//
// Dao et al.: FlashAttention, 2022, arXiv:2205.14135, section 3.1; Sanovar et al.: Lean Attention, 2024, arXiv:2405.10480.
!lse = tensor<?x?x?xf32>
!tokens = tensor<?x?x?x64xf32>

func.func @merge_lse(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                     %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                     %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                     %past_k: !tokens {attn.name = "past_k", attn.dims = ["batch", "heads", "past", ""]},
                     %past_v: !tokens {attn.name = "past_v", attn.dims = ["batch", "heads", "past", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %new, %new_lse = attn.attention %q, %k, %v scale 0.125 mask(#attn.causal)
     : (!tokens, !tokens, !tokens) -> (!tokens, !lse)
  %old, %old_lse = attn.attention %q, %past_k, %past_v scale 0.125
     : (!tokens, !tokens, !tokens) -> (!tokens, !lse)
  %o, %lse = attn.merge %old, %new weighted_by %old_lse, %new_lse : !tokens, !lse
  return %o : !tokens
}
