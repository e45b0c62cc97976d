// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights that do not compete: a sigmoid of each score in place of the softmax over all of them, shifted so that their sum is about one.
//
//     o_i = sum_j sigmoid(q_i . k_j / 8 - log N) v_j
//
// Ramapuram et al.: Theory, Analysis, and Best Practices for Sigmoid Self-Attention, 2024, arXiv:2409.04431; also variant (f) of An et al.: Systematic Outliers
// in Large Language Models, 2025, arXiv:2502.06415.
!tokens = tensor<?x?x?x64xf32>

func.func @sigmoid(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                   %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                   %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %axis = arith.constant 2 : index
  %keys = tensor.dim %k, %axis : !tokens
  %integer = arith.index_cast %keys : index to i64
  %count = arith.sitofp %integer : i64 to f32
  %log = math.log %count : f32
  %logs = tensor.from_elements %log : tensor<1xf32>
  %o = attn.attention %q, %k, %v scale 0.125 normalizer(#attn.sigmoid)
      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %shift: f32 = %logs[0] : tensor<1xf32>) {
    %y = arith.subf %s, %shift : f32
    attn.yield %y : f32
  } : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
