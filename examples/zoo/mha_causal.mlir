// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A query sees the keys up to its own position.
//
//     keys(i) = { j <= i }
//
// Vaswani et al.: Attention Is All You Need, 2017, arXiv:1706.03762, section 3.2.3.
!tokens = tensor<?x?x?x64xf32>

func.func @mha_causal(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                      %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                      %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.causal)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
