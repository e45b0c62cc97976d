// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Statistics of rows of scores: what needs a whole row before a weight can be said.
#ifndef ATTN_SCORE_REDUCE_TD
#define ATTN_SCORE_REDUCE_TD

def Attn_ScoreReduceOp : Attn_Op<"score_reduce", [
    Pure, AttrSizedOperandSegments, Attn_ScoringOpInterface,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "one number of the visible scores of each query";
  let description = [{
    Scores, masks, positions and captures are those of `attn.attention`. Of the
    scores `s[j]` of the keys that a query sees:

        max             the greatest
        kth_largest<K>  the K-th greatest, equal ones counted each; -inf where
                        fewer than K are visible
        sum             their sum

    A query that sees no key yields -inf, and 0 for `sum`. `max` and
    `kth_largest` do not count NaN, so that they yield NaN never; a sum with a
    NaN is one. Infinities are scores like others.

    What needs a whole row before a weight can be said - top-k, thresholds,
    sparse normalisers - is one or more of these and then an attention that
    captures the result as `%t[b, h, i]`. Over the same query and key, with the
    same scale and mask, the score that both regions get for a pair is the same
    to the bit: a score compared with `oge` with the K-th greatest keeps those K
    and the ones that are equal to it, and all of a row that sees fewer. `uge`
    keeps NaN, too. With `sum` and a region that yields `max(s - t, 0)` and
    another that counts, Newton's steps find the threshold of a sparsemax, which
    is then a `#attn.relu` of `s - t`.

    Constraints:

    * (C1) `query : [B, Hq, M, D]`, `key : [Bk, Hk, N, D]`, `result : [B, Hq, M]`,
      where known sizes agree.
    * (C2) `Hk` divides `Hq`; `Bk` is `B` or 1.
    * (C3) `result` is f32. Or it, `query` and `key` are f64.
    * (C4) Mask symbols, score region, scale, positions and schedule are as
      those of `attn.attention`.
    * (C5) K is from 1 to 256.

    The example is a softmax over the eight greatest scores of each row.

    Example:

    ```mlir
    %t = attn.score_reduce kth_largest<8> %q, %k scale 1.250000e-01 mask(#attn.causal)
       : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>) -> tensor<2x8x128xf32>
    %o = attn.attention %q, %k, %v scale 1.250000e-01 mask(#attn.causal)
        score(%s: f32, %b: index, %h: index, %i: index, %j: index, %least: f32 = %t[b, h, i] : tensor<2x8x128xf32>) {
      %none = arith.constant 0xFF800000 : f32
      %keep = arith.cmpf oge, %s, %least : f32
      %y = arith.select %keep, %s, %none : f32
      attn.yield %y : f32
    } : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>, tensor<2x2x128x32xf32>) -> tensor<2x8x128x32xf32>
    ```
  }];
  let arguments = (ins
    Attn_ReductionAttr:$reduction, DefaultValuedAttr<I64Attr, "1">:$place,
    Attn_Stored4D:$query, Attn_Stored4D:$key,
    Variadic<Index>:$origin, Variadic<Index>:$extent,
    Variadic<AnyRankedTensor>:$maskSymbols,
    Variadic<AnyRankedTensor>:$scoreInputs,
    F64Attr:$scale,
    OptionalAttr<Attn_MaskAttrInterface>:$mask,
    AffineMapArrayAttr:$maskMaps, AffineMapArrayAttr:$scoreMaps,
    OptionalAttr<Attn_ScheduleAttr>:$schedule
  );
  let results = (outs Attn_Tensor3D:$result);
  let regions = (region MaxSizedRegion<1>:$score);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    static constexpr int64_t kMostPlaces = 256;
    PairRegion getScoreRegion() { return {"score", &getScore(), getScoreInputs(), getScoreMaps(), /*hasScore=*/true}; }
  }];
}

#endif // ATTN_SCORE_REDUCE_TD
