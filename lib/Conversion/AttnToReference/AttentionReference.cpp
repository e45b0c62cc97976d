// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.attention step by step, in the order that its description fixes. Loops
// are (b, h, i, j, d) for scores and (b, h, i, e, j) for outputs; what is
// indexed by anything but loops (keys of a group, captures) is read with
// tensor.extract.
#include "Reference.h"
#include "ScoresReference.h"
#include "attn/Codegen/PairRegions.h"

using namespace mlir;
using namespace attn;

namespace {

class AttentionReference : ScoresReference {
public:
  AttentionReference(OpBuilder &builder, AttentionOp op) : ScoresReference(builder, op), op(op) {
    outputSizes = {scoreSizes[0], scoreSizes[1], scoreSizes[2], sizeOf(op.getValue(), 3)};
  }

  SmallVector<Value> run() {
    Value scores = computeScores();
    Value visible = computeVisible();
    Value max = op.getNormalizer().usesRowMax() ? computeMax(scores, visible) : Value();
    Value weights = computeWeights(scores, visible, max);
    Value sum = computeSum(weights, max);
    if (op.hasGain())
      weights = computeGains(weights);
    SmallVector<Value> results{computeOutput(weights, visible, sum)};
    if (op.getLse())
      results.push_back(computeLse(max, sum));
    return results;
  }

private:
  bool hasSink() { return !op.getNormalizerInputs().empty(); }

  Value readSink(OpBuilder &b) {
    return readElement(b, op.getNormalizerInputs().front(), mapAt(op.getNormalizerMaps(), 0), positions(b, 3));
  }

  /// The greatest visible score or sink of a row. It starts at the least finite
  /// number, so that subtracting it never yields NaN.
  Value computeMax(Value scores, Value visible) {
    auto semantics = &cast<FloatType>(element).getFloatSemantics();
    auto least = builder.getFloatAttr(element, APFloat::getLargest(*semantics, /*Negative=*/true));
    Value out = tensors.filled(rowSizes, least);
    if (hasSink())
      out = tensors.compute({}, {out, kRow}, 3,
                            [&](OpBuilder &b, ValueRange args) { return greater(b, readSink(b), args[0]); });
    return foldMax(scores, visible, out);
  }

  Value computeWeights(Value scores, Value visible, Value max) {
    SmallVector<Indexed> inputs{{scores, kScore}, {visible, kScore}};
    if (max)
      inputs.push_back({max, kRow});
    Value zero = constant(0.0);
    return tensors.compute(
        inputs, {tensors.empty(scoreSizes, element), kScore}, 4, [&](OpBuilder &b, ValueRange args) -> Value {
          Value weight = op.getNormalizer().weight(b, loc, args[0], max ? args[2] : Value(), /*baseTwo=*/false);
          return arith::SelectOp::create(b, loc, args[1], weight, zero);
        });
  }

  /// The sum of a row's weights, the sink's among them.
  Value computeSum(Value weights, Value max) {
    Value out = tensors.filled(rowSizes, builder.getFloatAttr(element, 0.0));
    if (hasSink())
      out = tensors.compute({{max, kRow}}, {out, kRow}, 3, [&](OpBuilder &b, ValueRange args) {
        return op.getNormalizer().weight(b, loc, readSink(b), args[0],
                                         /*baseTwo=*/false);
      });
    return tensors.compute({{weights, kScore}}, {out, kRow}, 4, [&](OpBuilder &b, ValueRange args) {
      return arith::AddFOp::create(b, loc, args[0], args[1]);
    });
  }

  Value computeGains(Value weights) {
    return tensors.compute(
        {{weights, kScore}}, {tensors.empty(scoreSizes, element), kScore}, 4,
        [&](OpBuilder &b, ValueRange args) { return emitGain(b, loc, args[0], inlineRegion(b, op.getGainRegion())); });
  }

  /// The weighted sum of visible values, then the normaliser's factor.
  Value computeOutput(Value weights, Value visible, Value sum) {
    Value out = tensors.filled(outputSizes, builder.getFloatAttr(element, 0.0));
    Value zero = constant(0.0);
    Value total = tensors.compute(
        {{weights, {0, 1, 2, 4}}, {visible, {0, 1, 2, 4}}}, {out, kOutput}, 5, [&](OpBuilder &b, ValueRange args) {
          auto [batch, head] = keyPosition(b);
          Value e = linalg::IndexOp::create(b, loc, 3), j = linalg::IndexOp::create(b, loc, 4);
          Value value = tensor::ExtractOp::create(b, loc, op.getValue(), ValueRange{batch, head, j, e});
          Value part = arith::MulFOp::create(b, loc, args[0], widened(b, value));
          part = arith::SelectOp::create(b, loc, args[1], part, zero);
          return arith::AddFOp::create(b, loc, args[2], part);
        });
    Type stored = cast<RankedTensorType>(op.getOutput().getType()).getElementType();
    return tensors.compute({{total, kOutput}, {sum, kRow}}, {tensors.empty(outputSizes, stored), kOutput}, 4,
                           [&](OpBuilder &b, ValueRange args) -> Value {
                             Value factor = op.getNormalizer().finish(b, loc, args[1]), result = args[0];
                             if (factor)
                               result = arith::MulFOp::create(b, loc, result, factor);
                             return toFloat(b, loc, result, stored);
                           });
  }

  Value computeLse(Value max, Value sum) {
    SmallVector<Indexed> inputs{{sum, kRow}};
    if (max)
      inputs.push_back({max, kRow});
    return tensors.compute(inputs, {tensors.empty(rowSizes, element), kRow}, 3, [&](OpBuilder &b, ValueRange args) {
      return op.getNormalizer().logSumExp(b, loc, max ? args[1] : Value(), args[0]);
    });
  }

  AttentionOp op;
  SmallVector<OpFoldResult> outputSizes;
};

} // namespace

SmallVector<Value> attn::emitReference(OpBuilder &builder, AttentionOp op) {
  return AttentionReference(builder, op).run();
}
