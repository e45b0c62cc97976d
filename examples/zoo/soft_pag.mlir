// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention maps drawn towards the identity, head by head: a query takes a share u of its own value instead. Written so, no map is needed.
//
//     A <- (1 - u[h]) A + u[h] I,  that is  o = (1 - u[h]) A v + u[h] v
//
// Ahn et al.: Fine-Grained Perturbation Guidance via Attention Head Selection, 2025, arXiv:2506.10978.
#head = affine_map<(b, h, i, d) -> (h)>
#all = affine_map<(b, h, i, d) -> (b, h, i, d)>
!tokens = tensor<?x?x?x64xf32>

func.func @soft_pag(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                    %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                    %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]},
                    %u: tensor<?xf32> {attn.name = "u", attn.dims = ["heads"]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %plain = attn.attention %q, %k, %v scale 0.125
     : (!tokens, !tokens, !tokens) -> !tokens
  %o = linalg.generic {indexing_maps = [#all, #all, #head, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%plain, %v, %u : !tokens, !tokens, tensor<?xf32>) outs(%plain : !tokens) {
  ^bb0(%mean: f32, %own: f32, %share: f32, %out: f32):
    %apart = arith.subf %own, %mean : f32
    %step = arith.mulf %share, %apart : f32
    %moved = arith.addf %mean, %step : f32
    linalg.yield %moved : f32
  } -> !tokens
  return %o : !tokens
}
