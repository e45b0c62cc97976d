// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A temperature below one, here 1/2, so that long inputs keep sharp weights: the scale is another number, and nothing else changes.
//
//     o_i = sum_j softmax_j(q_i . k_j / (8 * 1/2)) v_j
//
// Zhou et al.: Length-Induced Embedding Collapse in Transformer-based Models, 2024, arXiv:2410.24200.
!tokens = tensor<?x?x?x64xf32>

func.func @tempscale(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                     %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                     %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.25
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
