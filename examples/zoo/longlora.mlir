// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shifted sparse attention: causal groups of 256 tokens; in the second half of the heads (here of 4) they are shifted by half a group, and the half group in
// front joins the one at the end, as a cyclic roll has it. There, rolled positions decide what is causal: the first tokens see the last ones, in full.
// The number of tokens is a multiple of the group.
//
//     keys(h, i) = { j <= i : j div 256 = i div 256 },                       h < 2
//     keys(h, i) = { j <= i : (j + 128) div 256 = (i + 128) div 256 }
//                  u { j >= N - 128 : i < 128 },                             h >= 2
//
// Chen et al.: LongLoRA: Efficient Fine-tuning of Long-Context Large Language Models, 2023, arXiv:2309.12307, section 3.2.
#group = #attn.set<h le 1, i floordiv 256 eq j floordiv 256>
#shifted = #attn.set<h ge 2, (i + 128) floordiv 256 eq (j + 128) floordiv 256>
#wrapped = #attn.set<h ge 2, i le 127, j ge keys - 128>
!tokens = tensor<?x?x?x64xf32>

func.func @longlora(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                    %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                    %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.or<#attn.and<#attn.causal, #attn.or<#group, #shifted>>, #wrapped>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
