// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A batch of sequences of different lengths, padded to the longest: keys from a sequence's length on are seen by no query.
//
//     keys(b, i) = { j < length[b] }
//
// Zeng et al.: Boosting Distributed Training Performance of the Unpadded BERT Model, 2022, arXiv:2208.08124.
!tokens = tensor<?x?x?x64xf32>

func.func @varlen_lengths(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                          %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                          %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                          %length: tensor<?xi64> {attn.name = "length", attn.dims = ["batch"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.length, %length[b] : tensor<?xi64>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
