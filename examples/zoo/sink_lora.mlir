// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shifted groups of LongLoRA, and sinks: the first 4 tokens stay visible to all that follow. (The paper also returns a share of the shifted groups to their
// place, by proportions that its text does not fix; with none shifted this is #group with the sinks.)
//
//     keys(h, i) = longlora(h, i) u { j <= i : j < 4 }
//
// Zhang: SinkLoRA: Enhanced Efficiency and Chat Capabilities for Long-Context Large Language Models, 2024, arXiv:2406.05678; its public code for the shift.
#group = #attn.set<h le 1, i floordiv 256 eq j floordiv 256>
#shifted = #attn.set<h ge 2, (i + 128) floordiv 256 eq (j + 128) floordiv 256>
#wrapped = #attn.set<h ge 2, i le 127, j ge keys - 128>
#sinks = #attn.prefix<4>
!tokens = tensor<?x?x?x64xf32>

func.func @sink_lora(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                     %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                     %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.or<#attn.and<#attn.causal, #attn.or<#group, #shifted, #sinks>>, #wrapped>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
