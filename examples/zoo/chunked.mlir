// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Causal attention that starts anew every 512 tokens.
//
//     keys(i) = { j <= i : j div 512 = i div 512 }
//
// Most layers of Llama 4 (Meta, 2025; `chunked_attention` in its public code, there with 8192).
#chunk = #attn.blocks<512>
!tokens = tensor<?x?x?x64xf32>

func.func @chunked(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                   %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                   %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.and<#attn.causal, #chunk>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
