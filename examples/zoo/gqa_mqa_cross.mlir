// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups of query heads share a key head (one for all: multi-query attention), and the keys may be those of another sequence. Nothing is said but sizes: the
// number of key heads divides that of heads.
//
//     o[h, i] = sum_j softmax_j(q[h, i] . k[h div (H / G), j] / 8) v[h div (H / G), j]
//
// Ainslie et al.: GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints, 2023, arXiv:2305.13245.
!tokens = tensor<?x?x?x64xf32>

func.func @gqa_mqa_cross(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "queries", ""]},
                         %k: !tokens {attn.name = "k", attn.dims = ["batch", "key_heads", "keys", ""]},
                         %v: !tokens {attn.name = "v", attn.dims = ["batch", "key_heads", "keys", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "queries", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
