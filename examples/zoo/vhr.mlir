// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Heads that react to an image count more: the output of each head is multiplied by a number, which was measured before. As a gain, it costs no pass of
// its own.
//
//     o[h, i] = alpha[h] sum_j softmax_j(q_i . k_j / 8) v_j,   keys(i) = { j <= i }
//
// He et al.: Cracking the Code of Hallucination in LVLMs with Vision-aware Head Divergence, 2024, arXiv:2412.13949.
!tokens = tensor<?x?x?x64xf32>

func.func @vhr(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
               %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
               %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
               %alpha: tensor<?xf32> {attn.name = "alpha", attn.dims = ["heads"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.causal)
      gain(%b: index, %h: index, %i: index, %j: index, %factor: f32 = %alpha[h] : tensor<?xf32>) {
    attn.yield %factor : f32
  } : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
