// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Documents one behind the other, each with causal attention in a sliding window: what a model with windows is trained on.
//
//     keys(b, i) = { j <= i : first[b, i] <= j < end[b, i], i - j < 256 }
//
// Krell, Kosec, Perez, Fitzgibbon: Efficient Sequence Packing without Cross-contamination, 2021, arXiv:2107.02027, section 3.2; Jiang et al.: Mistral 7B, 2023,
// arXiv:2310.06825, section 2.
#window = #attn.window<255, 0>
!tokens = tensor<?x?x?x64xf32>

func.func @documents_window(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                            %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                            %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                            %first: tensor<?x?xi64> {attn.name = "first", attn.dims = ["batch", "seq"]},
                            %end: tensor<?x?xi64> {attn.name = "end", attn.dims = ["batch", "seq"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125
     mask(#attn.and<#attn.causal, #window, #attn.segments>, %first[b, i] : tensor<?x?xi64>, %end[b, i] : tensor<?x?xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
