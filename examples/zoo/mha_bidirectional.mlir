// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every query sees every key: no mask at all. What all others are compared with.
//
//     o_i = sum_j softmax_j(q_i . k_j / 8) v_j
//
// Vaswani et al.: Attention Is All You Need, 2017, arXiv:1706.03762, section 3.2.1.
!tokens = tensor<?x?x?x64xf32>

func.func @mha_bidirectional(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                             %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                             %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
