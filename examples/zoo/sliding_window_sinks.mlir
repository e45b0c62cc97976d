// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A sliding window whose first tokens stay visible, as sinks of attention: what streaming decoders keep in their cache.
//
//     keys(i) = { j <= i : j < 4 or i - j < 256 }
//
// Xiao, Tian, Chen, Han, Lewis: Efficient Streaming Language Models with Attention Sinks, 2023, arXiv:2309.17453.
#sinks = #attn.prefix<4>
#window = #attn.window<255, 0>
!tokens = tensor<?x?x?x64xf32>

func.func @sliding_window_sinks(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                                %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                                %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.and<#attn.causal, #attn.or<#sinks, #window>>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
