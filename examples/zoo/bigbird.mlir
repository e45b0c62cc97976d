// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blocks of 64 tokens. A query's block sees itself and its two neighbours, the first two blocks, and three blocks drawn once; the first two blocks see
// everything. What was drawn is data, a table of a boolean for each head and each pair of blocks.
//
//     keys(h, i) = { j : |qb - kb| <= 1 or kb < 2 or qb < 2 or table[h, qb, kb] },  qb = i div 64, kb = j div 64
//
// Zaheer et al.: Big Bird: Transformers for Longer Sequences, 2020, arXiv:2007.14062, section 2 and appendix D (its static part: what is drawn stays).
#window = #attn.blocks<64, 1, 1>
#global_keys = #attn.prefix<128>
#global_queries = #attn.set<i le 127>
!tokens = tensor<?x?x?x64xf32>

func.func @bigbird(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                   %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                   %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                   %table: tensor<?x?x?xi1> {attn.name = "table", attn.dims = ["heads", "blocks", "blocks"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125
     mask(#attn.or<#window, #global_keys, #global_queries, #attn.dense>, %table[h, i floordiv 64, j floordiv 64] : tensor<?x?x?xi1>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
