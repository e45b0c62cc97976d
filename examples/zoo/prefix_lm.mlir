// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A prompt that all of a sequence sees, and causal attention behind it. The length of the prompt is known at run time only, for each sequence.
//
//     keys(i) = { j : j <= i or j < prompt[b] }
//
// Raffel et al.: Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer, 2019, arXiv:1910.10683, section 3.2.1.
!tokens = tensor<?x?x?x64xf32>

func.func @prefix_lm(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                     %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                     %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                     %prompt: tensor<?xi64> {attn.name = "prompt", attn.dims = ["batch"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.or<#attn.causal, #attn.prefix>, %prompt[b] : tensor<?xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
