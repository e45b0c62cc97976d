// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blocks of 32 tokens that do not see each other: the sentence level of a two-level document encoder.
//
//     keys(i) = { j : j div 32 = i div 32 }
//
// Yang, Zhang, Li, Bendersky, Najork: Beyond 512 Tokens: Siamese Multi-depth Transformer-based Hierarchical Encoder for Long-Form Document Matching, 2020,
// arXiv:2004.12297.
#block = #attn.blocks<32>
!tokens = tensor<?x?x?x64xf32>

func.func @block_diagonal(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                          %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                          %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#block)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
