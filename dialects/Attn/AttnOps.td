// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops of the dialect, one banner each, constraints numbered; the verifier and the tests use the same numbers.
#ifndef ATTN_OPS_TD
#define ATTN_OPS_TD

include "dialects/Attn/AttnAttrs.td"
include "dialects/Attn/AttnOpInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_Stored4D : TensorRankOf<[BF16, F16, F32, F64], [4]>;
def Attn_Tensor4D : TensorRankOf<[F32, F64], [4]>;
def Attn_Tensor3D : TensorRankOf<[F32, F64], [3]>;
def Attn_Tensor2D : TensorRankOf<[F32, F64], [2]>;
def Attn_Rows : TensorRankOf<[F32, F64], [1, 2, 3, 4, 5]>;
def Attn_Parameters : TensorRankOf<[F16, BF16, F32, F64], [1]>;

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

def Attn_AttentionOp : Attn_Op<"attention", [
    Pure, AttrSizedOperandSegments, Attn_ScoringOpInterface,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "a weighted mean of values for each query, weighted by scores of keys";
  let description = [{
    For each batch `b`, head `h` and query `i`, with `g = h / (Hq / Hk)`:

        s[j]   = score(scale * dot(query[b, h, i], key[b, g, j]), b, h, i, j)
        w[j]   = mask(b, h, i, j) ? weight(s[j]) : 0
        output = finish(sum_j w[j] * gain(b, h, i, j) * value[b, g, j])

    The order is fixed: scale, score region, mask, normaliser, gain, value. Axes: `B`
    batch, `Hq` query heads, `Hk` key and value heads, `M` queries, `N` keys,
    `D` head size, `E` value size. Any dimension may be dynamic.

    *Mask*: an attribute that defines visibility; its run-time symbols are bound
    to tensor elements, indexed by affine expressions of `b, h, i, j`. *Score*:
    a region on the scaled score and its position, with captured elements, in
    f32 and natural units. *Normaliser*: `#attn.softmax` unless stated. *Gain*: a
    region on the position alone, with captured elements; its factor is applied
    after the weights were summed, so that neither the normaliser nor the
    log-sum-exp knows of it, and it never sees the weight. Without one it is 1.

    bf16 and f16 are storage: query, key and value may each be of either or of
    f32, are widened to f32 exactly, and all arithmetic is in f32, scores,
    weights and sums included; the output is rounded once, where it is written.
    A cache may so be narrower than the queries. f64 is for the reference
    lowering.

    A query that sees no key yields output 0 and log-sum-exp -inf. NaN in a
    visible query, key or value propagates. What a key or a score region gives
    at a masked pair has no effect, not even NaN or infinity; nor has what a gain
    region gives there or where the score is -inf. A gain that is not finite may
    have no effect either where a weight is too small for its type. What a value holds
    has no effect outside of the mask's hull: from the first key that some query
    sees to the last for `causal`, `window`, `prefix` and `length`; what the
    hulls of all parts share for `and`; all keys for the others. Few queries
    share one hull over the query heads of a key head. Inside of it,
    a value that is not finite reaches the queries that see it, and may reach
    others, as weights of 0 times NaN.

    `at(%b, %h, %i, %j)` says that element (0, 0, 0, 0) of the operands is that
    position of a larger problem: masks and regions see global positions. `of(%m,
    %n)` states the larger problem's number of queries and keys, for masks that
    read them.

    Constraints:

    * (C1) `query : [B, Hq, M, D]`, `key : [Bk, Hk, N, D]`, `value : [Bk, Hk, N, E]`,
      `output : [B, Hq, M, E]`, `lse : [B, Hq, M]`, where known sizes agree.
    * (C2) `Hk` divides `Hq`; `Bk` is `B` or 1.
    * (C3) `output` has the element type of `query`; `lse`, scores and
      normaliser inputs are f32. Or all of them, `key` and `value` too, are f64.
    * (C4) As many mask symbols are bound as the mask reads; each is an integer
      or boolean tensor indexed by as many expressions as it has dimensions.
      Extents of a grid are free of `i` and `j`, ends of segments of `j`. A grid
      whose extents are all known has as many tokens as there are queries and
      keys, unless there is `at` or `of`. An index that is known is one of the
      tensor; so it is for normaliser inputs and captured elements.
    * (C5) As many normaliser inputs are bound as the normaliser reads.
    * (C6) The score region has arguments `(f32, index, index, index, index,
      captured elements...)`, the gain region the same without the first; each
      yields one f32 and has no side effects.
    * (C7) `scale` is finite.
    * (C8) `at` has four positions, `of` two sizes; a mask that reads the number
      of queries or keys needs `of` where there is `at`.
    * (C9) A schedule with `split` has as many `rows` as there are queries for
      one key head, `M * Hq / Hk`, which are known.

    Example:

    ```mlir
    %o, %lse = attn.attention %q, %k, %v scale 1.250000e-01 mask(#attn.causal)
        score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %bias[h, -i + j + 127] : tensor<8x255xf32>) {
      %y = arith.addf %s, %r : f32
      attn.yield %y : f32
    } : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>, tensor<2x2x128x32xf32>) -> (tensor<2x8x128x32xf32>, tensor<2x8x128xf32>)
    ```

    An example with a gain, the factor of each key and head:

    ```mlir
    %o = attn.attention %q, %k, %v mask(#attn.causal)
        gain(%b: index, %h: index, %i: index, %j: index, %g: f32 = %gains[h, j] : tensor<8x128xf32>) {
      attn.yield %g : f32
    } : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>, tensor<2x2x128x32xf32>) -> tensor<2x8x128x32xf32>
    ```
  }];
  let arguments = (ins
    Attn_Stored4D:$query, Attn_Stored4D:$key, Attn_Stored4D:$value,
    Variadic<Index>:$origin, Variadic<Index>:$extent,
    Variadic<AnyRankedTensor>:$maskSymbols,
    Variadic<AnyRankedTensor>:$normalizerInputs,
    Variadic<AnyRankedTensor>:$scoreInputs,
    Variadic<AnyRankedTensor>:$gainInputs,
    F64Attr:$scale,
    OptionalAttr<Attn_MaskAttrInterface>:$mask,
    Attn_NormalizerAttrInterface:$normalizer,
    AffineMapArrayAttr:$maskMaps, AffineMapArrayAttr:$normalizerMaps,
    AffineMapArrayAttr:$scoreMaps, AffineMapArrayAttr:$gainMaps,
    OptionalAttr<Attn_ScheduleAttr>:$schedule
  );
  let results = (outs Attn_Stored4D:$output, Optional<Attn_Tensor3D>:$lse);
  let regions = (region MaxSizedRegion<1>:$score, MaxSizedRegion<1>:$gain);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    bool hasGain() { return !getGain().empty(); }
    PairRegion getScoreRegion() { return {"score", &getScore(), getScoreInputs(), getScoreMaps(), /*hasScore=*/true}; }
    PairRegion getGainRegion() { return {"gain", &getGain(), getGainInputs(), getGainMaps(), /*hasScore=*/false}; }
  }];
}

//===----------------------------------------------------------------------===//
// score_reduce
//===----------------------------------------------------------------------===//

include "dialects/Attn/AttnScoreReduce.td"

//===----------------------------------------------------------------------===//
// merge
//===----------------------------------------------------------------------===//

def Attn_MergeOp : Attn_Op<"merge", [
    Pure, SameVariadicOperandSize,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "joins attentions over disjoint sets of keys into one";
  let description = [{
    Each operand pair is the output and the log-sum-exp of a softmax attention
    of the same queries over some of the keys. The result is the output and the
    log-sum-exp over all of them:

        m      = max_p lse[p]
        lse    = m + log(sum_p exp(lse[p] - m))
        output = sum_p exp(lse[p] - lse) * output[p]

    Parts are merged in operand order. A part that saw no key (log-sum-exp
    -inf) has no effect; when no part saw any, the output is 0 and the
    log-sum-exp -inf.

    Constraints:

    * (C1) At least one pair; all outputs have the result's type, all
      log-sum-exps that of the second result.
    * (C2) `output : [B, H, M, E]` and `lse : [B, H, M]` agree.
    * (C3) Log-sum-exps are f32, or f64 where the outputs are. Outputs of bf16
      and f16 are widened to f32 and the result is rounded once.

    Example:

    ```mlir
    %o:2 = attn.merge %a, %c weighted_by %la, %lc : tensor<2x8x16x64xf32>, tensor<2x8x16xf32>
    ```
  }];
  let arguments = (ins Variadic<Attn_Stored4D>:$outputs,
                       Variadic<Attn_Tensor3D>:$lses);
  let results = (outs Attn_Stored4D:$output, Attn_Tensor3D:$lse);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// norm
//===----------------------------------------------------------------------===//

def Attn_NormOp : Attn_Op<"norm", [
    Pure, AllTypesMatch<["input", "output"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "layer norm or RMS norm of the rows along the last dimension";
  let description = [{
    With `N` the size of the last dimension, for each row `x`:

        layer:  m = sum_i x[i] / N;  v = sum_i (x[i] - m)^2 / N
                output[i] = (x[i] - m) * (1 / sqrt(v + eps)) * weight[i] + bias[i]
        rms:    v = sum_i x[i]^2 / N
                output[i] = x[i] * (1 / sqrt(v + eps)) * weight[i] + bias[i]

    The variance is taken in a second pass over the row: the form with one pass
    cancels. Without a bias nothing is added. Weights stored in bf16 or f16 are
    widened; the arithmetic is that of the input's element type.

    Constraints:

    * (C1) `input : [..., N]`, `weight : [N]`, `bias : [N]`, where known sizes
      agree.
    * (C2) The element type of `weight` is that of `input`, bf16 or f16; `bias`
      has the type of `weight`.
    * (C3) `eps` is finite and not negative.

    Example:

    ```mlir
    %y = attn.norm layer %x, %w bias %b : tensor<64xf32> eps 1.000000e-05 : tensor<?x8x64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins Attn_NormKindAttr:$kind, Attn_Rows:$input, Attn_Parameters:$weight,
                       Optional<Attn_Parameters>:$bias, F64Attr:$epsilon);
  let results = (outs Attn_Rows:$output);
  let assemblyFormat = [{
    `` $kind $input `,` $weight (`bias` $bias^ `:` type($bias))? `eps` $epsilon attr-dict
    `:` type($input) `,` type($weight)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// rotary
//===----------------------------------------------------------------------===//

def Attn_RotaryOp : Attn_Op<"rotary", [
    Pure, AllTypesMatch<["input", "output"]>, AllTypesMatch<["cos", "sin"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "pairs of elements of a query or key rotated by angles of its position";
  let description = [{
    For each batch, head and position `i`, and each of the `P` columns `c` of
    the tables, with `(s, t) = (c, c + P)` for the pairing `half` (Llama,
    GPT-NeoX) and `(2 c, 2 c + 1)` for `adjacent` (GPT-J):

        output[s] = input[s] * cos[i, c] - input[t] * sin[i, c]
        output[t] = input[t] * cos[i, c] + input[s] * sin[i, c]

    Elements from `2 P` on are copied. The tables hold what the model makes of
    the angles: positions, frequencies and factors are not known here.

    Constraints:

    * (C1) `input : [B, H, M, D]`, `cos` and `sin : [M, P]`, where known sizes
      agree.
    * (C2) `P` is static, and `2 P` at most `D`.
    * (C3) All element types are equal.

    Example:

    ```mlir
    %r = attn.rotary half %x, %cos, %sin : tensor<?x8x?x64xf32>, tensor<?x32xf32>
    ```
  }];
  let arguments = (ins Attn_PairingAttr:$pairing, Attn_Tensor4D:$input, Attn_Tensor2D:$cos, Attn_Tensor2D:$sin);
  let results = (outs Attn_Tensor4D:$output);
  let assemblyFormat = "`` $pairing $input `,` $cos `,` $sin attr-dict `:` type($input) `,` type($cos)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// op_begin, op_end, require, bounded, worker: what a compiled function tells the runtime and asks of it
//===----------------------------------------------------------------------===//

def Attn_OpBeginOp : Attn_Op<"op_begin"> {
  let summary = "an operation of the graph starts here";
  let description = [{
    Between this op and the next `attn.op_end` of the same name lies the code of
    one operation of the graph. Compiled code calls the runtime here, which
    takes the time and may cancel the run.

    Example:

    ```mlir
    attn.op_begin "layer.attention" kind "attention"
    ```
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$kind);
  let assemblyFormat = "$name `kind` $kind attr-dict";
}

def Attn_OpEndOp : Attn_Op<"op_end", [AttrSizedOperandSegments]> {
  let summary = "an operation of the graph ends here";
  let description = [{
    Reports how many tiles were computed and how many were skipped because no
    query of the tile sees a key of it; and the work: floating-point operations
    that the graph asks for (of an attention those of the computed tiles, without
    the normaliser), and the bytes of its operands and results, each counted
    once.

    Example:

    ```mlir
    attn.op_end "layer.attention" done %done skipped %skipped flops %flops bytes %bytes
    ```
  }];
  let arguments = (ins StrAttr:$name, Optional<Index>:$done,
                       Optional<Index>:$skipped, Optional<Index>:$flops,
                       Optional<Index>:$bytes);
  let assemblyFormat =
      "$name (`done` $done^)? (`skipped` $skipped^)? (`flops` $flops^)? (`bytes` $bytes^)? attr-dict";
}

def Attn_RequireOp : Attn_Op<"require"> {
  let summary = "a run-time condition on shapes or values, or the run fails";
  let description = [{
    When `condition` is false, the entry point returns with a fault record of
    `actual` and `bound`; the runtime makes the sentence `<text> <bound>, but
    got <actual>` of it.

    Example:

    ```mlir
    attn.require %ok, "expects index 0 of score input 0 to be below" actual %last bound %size
    ```
  }];
  let arguments = (ins I1:$condition, StrAttr:$text, Index:$actual,
                       Index:$bound);
  let assemblyFormat =
      "$condition `,` $text `actual` $actual `bound` $bound attr-dict";
}

def Attn_BoundedOp : Attn_Op<"bounded", [AllTypesMatch<["value", "bound", "result"]>]> {
  let summary = "an index that lies between 0 and a bound, or the run fails";
  let description = [{
    The result is `value`. When it is negative or above `bound`, the entry point
    returns with a fault record instead; the runtime makes the sentence `<text>
    <bound>, but got <value>` of it. What is planned before the run takes
    `bound` for a size that depends on it.

    Example:

    ```mlir
    %n = attn.bounded %length, "expects the size of dimension 2 of a slice to be in 0 to" by %capacity
    ```
  }];
  let arguments = (ins Index:$value, StrAttr:$text, Index:$bound);
  let results = (outs Index:$result);
  let assemblyFormat = "$value `,` $text `by` $bound attr-dict";
  let hasFolder = 1;
}

def Attn_WorkerOp : Attn_Op<"worker", [NoMemoryEffect]> {
  let summary = "the number of the worker that runs this parallel body";
  let description = [{
    Bodies that run at the same time have different workers, so that scratch
    memory can be indexed by it. Only in the body of an `scf.forall`; moving it
    out of there would change its meaning, hence it may not be speculated.

    Example:

    ```mlir
    %w = attn.worker
    ```
  }];
  let results = (outs Index:$number);
  let assemblyFormat = "attr-dict";
}

//===----------------------------------------------------------------------===//
// yield
//===----------------------------------------------------------------------===//

def Attn_YieldOp : Attn_Op<"yield", [
    Pure, Terminator, ReturnLike, ParentOneOf<["AttentionOp", "ScoreReduceOp"]>]> {
  let summary = "ends a score region with the score to use, or a gain region with the factor";
  let description = [{
    Example:

    ```mlir
    attn.yield %y : f32
    ```
  }];
  let arguments = (ins AnyFloat:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

#endif // ATTN_OPS_TD
