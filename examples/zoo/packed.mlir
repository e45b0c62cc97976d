// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sequences of different lengths one behind the other, without padding: a query sees its own sequence. Where that begins and ends is data.
//
//     keys(b, i) = { j : first[b, i] <= j < end[b, i] }
//
// Krell, Kosec, Perez, Fitzgibbon: Efficient Sequence Packing without Cross-contamination, 2021, arXiv:2107.02027, section 3.2.
!tokens = tensor<?x?x?x64xf32>

func.func @packed(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                  %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                  %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                  %first: tensor<?x?xi64> {attn.name = "first", attn.dims = ["batch", "seq"]},
                  %end: tensor<?x?xi64> {attn.name = "end", attn.dims = ["batch", "seq"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125
     mask(#attn.segments, %first[b, i] : tensor<?x?xi64>, %end[b, i] : tensor<?x?xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
