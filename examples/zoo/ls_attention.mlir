// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Some heads see far, the others near: heads 0 to 3 the last 64 tokens, the others everything before. One mask, which names the head.
//
//     keys(h, i) = { j <= i : h >= 4 or i - j < 64 }
//
// Hajra: Short-Range Dependency Effects on Transformer Instability and a Decomposed Attention Solution, 2025, arXiv:2505.15548.
#global_head = #attn.set<h ge 4>
#near = #attn.window<63, 0>
!tokens = tensor<?x?x?x64xf32>

func.func @ls_attention(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                        %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                        %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.and<#attn.causal, #attn.or<#global_head, #near>>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
