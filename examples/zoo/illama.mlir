// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A soft causal mask: what is ahead keeps a share r of its weight, after the softmax, and the rows are not normalised again. During training r falls to
// 0. A gain is a factor on a weight that is already normalised.
//
//     o_i = sum_j softmax_j(q_i . k_j / 8) (j <= i ? 1 : r) v_j
//
// Wang et al.: Adapting LLaMA Decoder to Vision Transformer, 2024, arXiv:2404.06773, section 3.5.
!tokens = tensor<?x?x?x64xf32>

func.func @illama(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                  %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                  %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                  %r: tensor<1xf32> {attn.name = "r", attn.dims = [""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125
      gain(%b: index, %h: index, %i: index, %j: index, %share: f32 = %r[0] : tensor<1xf32>) {
    %one = arith.constant 1.0 : f32
    %seen = arith.cmpi sle, %j, %i : index
    %g = arith.select %seen, %one, %share : f32
    attn.yield %g : f32
  } : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
