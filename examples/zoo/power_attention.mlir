// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Powers of two between blocks of 64 tokens: a query's block sees itself, the blocks 1, 2, 4, ... before it, the last four, and the first, which is a sink. The
// receptive field doubles with each layer. Distances up to 2^11 blocks: up to 256 K tokens.
//
//     keys(i) = { j <= i : qb - kb in {0} u {2^t} or qb - kb < 4 or kb < 1 },  qb = i div 64, kb = j div 64
//
// Chen, Yuan, Gao et al.: PowerAttention: Exponentially Scaling of Receptive Fields for Effective Sparse Attention, 2025, arXiv:2503.03588, section 3.3.
#local = #attn.blocks<64, 3, 0>
#sink = #attn.prefix<64>
#powers = #attn.or<#attn.set<i floordiv 64 - j floordiv 64 eq 4>, #attn.set<i floordiv 64 - j floordiv 64 eq 8>,
                   #attn.set<i floordiv 64 - j floordiv 64 eq 16>, #attn.set<i floordiv 64 - j floordiv 64 eq 32>,
                   #attn.set<i floordiv 64 - j floordiv 64 eq 64>, #attn.set<i floordiv 64 - j floordiv 64 eq 128>,
                   #attn.set<i floordiv 64 - j floordiv 64 eq 256>, #attn.set<i floordiv 64 - j floordiv 64 eq 512>,
                   #attn.set<i floordiv 64 - j floordiv 64 eq 1024>, #attn.set<i floordiv 64 - j floordiv 64 eq 2048>>
!tokens = tensor<?x?x?x64xf32>

func.func @power_attention(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                           %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                           %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.and<#attn.causal, #attn.or<#local, #sink, #powers>>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
