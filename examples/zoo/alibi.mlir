// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Distance costs: a score falls linearly with how far back its key is, with a slope for each head. No position enters otherwise.
//
//     score = q_i . k_j / 8 - slope[h] (i - j),   keys(i) = { j <= i }
//
// Press, Smith, Lewis: Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation, 2021, arXiv:2108.12409.
!tokens = tensor<?x?x?x64xf32>

func.func @alibi(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                 %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                 %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                 %slopes: tensor<?xf32> {attn.name = "slopes", attn.dims = ["heads"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.causal)
      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %slope: f32 = %slopes[h] : tensor<?xf32>) {
    %back = arith.subi %i, %j : index
    %integer = arith.index_cast %back : index to i64
    %distance = arith.sitofp %integer : i64 to f32
    %cost = arith.mulf %slope, %distance : f32
    %y = arith.subf %s, %cost : f32
    attn.yield %y : f32
  }
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
