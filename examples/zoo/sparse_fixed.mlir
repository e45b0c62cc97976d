// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two-step factorised attention, fixed: the block of l positions that a query is in, and the last c positions of every block, which
// summarise it; both steps merged into one head. l = 128, c = 8.
//
//     keys(i) = { j <= i : j div l = i div l or j mod l >= l - c }
//
// Child, Gray, Radford, Sutskever: Generating Long Sequences with Sparse Transformers, 2019, arXiv:1904.10509, section 4.3.
#block = #attn.blocks<128>
#summaries = #attn.set<j mod 128 ge 120>
!tokens = tensor<?x?x?x64xf32>

func.func @sparse_fixed(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                        %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                        %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.and<#attn.causal, #attn.or<#block, #summaries>>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
