// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A learned logit for each head takes a share of every row and gives nothing back, so that a head may attend to nothing. With a logit of 0 this is "softmax off
// by one".
//
//     o_i = sum_{j <= i} exp(s_ij) / (exp(sink[h]) + sum_{l <= i} exp(s_il)) v_j,   s_ij = q_i . k_j / 8
//
// OpenAI: gpt-oss-120b & gpt-oss-20b Model Card, 2025, arXiv:2508.10925, section 2.2.
!tokens = tensor<?x?x?x64xf32>

func.func @sink_logit(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                      %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                      %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                      %sink: tensor<?xf32> {attn.name = "sink", attn.dims = ["heads"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.causal) normalizer(#attn.softmax<sink>, %sink[h] : tensor<?xf32>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
