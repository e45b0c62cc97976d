// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A learned number for each head and distance is added to the score. The table has a middle, 511, for distance 0; it ends the sequences at 512 tokens.
//
//     score = q_i . k_j / 8 + table[h, j - i + 511]
//
// Raffel et al.: Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer, 2019, arXiv:1910.10683, section 2.1 (there, distances share
// entries by buckets).
!tokens = tensor<?x?x?x64xf32>

func.func @relative_bias(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                         %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                         %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                         %table: tensor<?x1023xf32> {attn.name = "table", attn.dims = ["heads", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 score(%s: f32, %b: index, %h: index, %i: index, %j: index,
            %bias: f32 = %table[h, j - i + 511] : tensor<?x1023xf32>) {
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  }
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
