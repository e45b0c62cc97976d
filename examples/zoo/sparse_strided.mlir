// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two-step factorised attention, strided: the last l positions, and every l-th before; both steps merged into one head. l = 128.
//
//     keys(i) = { j <= i : i - j <= l or (i - j) mod l = 0 }
//
// Child, Gray, Radford, Sutskever: Generating Long Sequences with Sparse Transformers, 2019, arXiv:1904.10509, section 4.3.
#recent = #attn.window<128, 0>
#column = #attn.set<(i - j) mod 128 eq 0>
!tokens = tensor<?x?x?x64xf32>

func.func @sparse_strided(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                          %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                          %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.and<#attn.causal, #attn.or<#recent, #column>>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
