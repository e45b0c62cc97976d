// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.attention step by step, in the order that its description fixes. Loops
// are (b, h, i, j, d) for scores and (b, h, i, e, j) for outputs; what is
// indexed by anything but loops (keys of a group, captures) is read with
// tensor.extract.
#include "Reference.h"
#include "WholeTensors.h"
#include "attn/Codegen/MaskReadings.h"
#include "attn/Codegen/PairRegions.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace attn;

namespace {

/// Which loops index scores, rows and outputs.
const SmallVector<unsigned> kScore{0, 1, 2, 3}, kRow{0, 1, 2}, kOutput{0, 1, 2, 3};

class AttentionReference {
public:
  AttentionReference(OpBuilder &builder, AttentionOp op)
      : builder(builder), loc(op.getLoc()), op(op), tensors(builder, loc), mask(op.getMaskAttr()),
        element(op.getScoreType()) {}

  SmallVector<Value> run() {
    computeSizes();
    Value scores = computeScores(computeProducts());
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
  OpFoldResult sizeOf(Value tensor, unsigned axis) { return tensor::getMixedSize(builder, loc, tensor, axis); }
  Value asValue(OpFoldResult size) { return getValueOrCreateConstantIndexOp(builder, loc, size); }
  Value constant(double value) { return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(element, value)); }

  Value widened(OpBuilder &b, Value value) { return toFloat(b, loc, value, element); }

  void computeSizes() {
    OpFoldResult b = sizeOf(op.getQuery(), 0), h = sizeOf(op.getQuery(), 1), m = sizeOf(op.getQuery(), 2);
    scoreSizes = {b, h, m, sizeOf(op.getKey(), 2)};
    rowSizes = {b, h, m};
    outputSizes = {b, h, m, sizeOf(op.getValue(), 3)};
    // Zero heads leave nothing to do, but a quotient by zero must not be taken
    // even then.
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Value keyHeads = arith::MaxUIOp::create(builder, loc, asValue(sizeOf(op.getKey(), 1)), one);
    group = arith::MaxUIOp::create(builder, loc, arith::DivUIOp::create(builder, loc, asValue(h), keyHeads), one);
    keyBatch = asValue(sizeOf(op.getKey(), 0));
    queries = op.getExtent().empty() ? m : OpFoldResult(op.getExtent()[0]);
    keys = op.getExtent().empty() ? scoreSizes[3] : OpFoldResult(op.getExtent()[1]);
    for (Value start : op.getOrigin())
      origin.push_back(start);
  }

  /// The batch and head of keys and values that the query's belong to.
  std::pair<Value, Value> keyPosition(OpBuilder &b) {
    Value batch = linalg::IndexOp::create(b, loc, 0), head = linalg::IndexOp::create(b, loc, 1);
    Value zero = arith::ConstantIndexOp::create(b, loc, 0), one = arith::ConstantIndexOp::create(b, loc, 1);
    Value shared = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, keyBatch, one);
    return {arith::SelectOp::create(b, loc, shared, zero, batch), arith::DivUIOp::create(b, loc, head, group)};
  }

  /// Global positions (b, h, i, j), of which a row has the first three; its j
  /// is 0 and must not be read.
  SmallVector<Value> positions(OpBuilder &b, unsigned loops) {
    SmallVector<Value> at;
    for (unsigned loop = 0; loop < 4; ++loop) {
      Value index = loop < loops ? linalg::IndexOp::create(b, loc, loop).getResult()
                                 : arith::ConstantIndexOp::create(b, loc, 0).getResult();
      if (!origin.empty())
        index = arith::AddIOp::create(b, loc, index, origin[loop]);
      at.push_back(index);
    }
    return at;
  }

  Value readElement(OpBuilder &b, Value tensor, AffineMap map, ValueRange at) {
    return tensor::ExtractOp::create(b, loc, tensor, *affine::expandAffineMap(b, loc, map, at));
  }

  static AffineMap mapAt(ArrayAttr maps, unsigned number) { return cast<AffineMapAttr>(maps[number]).getValue(); }

  /// dot(query, key)
  Value computeProducts() {
    Value out = tensors.filled(scoreSizes, builder.getFloatAttr(element, 0.0));
    return tensors.compute({{op.getQuery(), {0, 1, 2, 4}}}, {out, kScore}, 5, [&](OpBuilder &b, ValueRange args) {
      auto [batch, head] = keyPosition(b);
      Value j = linalg::IndexOp::create(b, loc, 3), d = linalg::IndexOp::create(b, loc, 4);
      Value key = tensor::ExtractOp::create(b, loc, op.getKey(), ValueRange{batch, head, j, d});
      Value product = arith::MulFOp::create(b, loc, widened(b, args[0]), widened(b, key));
      return arith::AddFOp::create(b, loc, args[1], product);
    });
  }

  /// Scale, then the score region.
  Value computeScores(Value products) {
    Value scale = constant(op.getScale().convertToDouble());
    return tensors.compute({{products, kScore}}, {tensors.empty(scoreSizes, element), kScore}, 4,
                           [&](OpBuilder &b, ValueRange args) -> Value {
                             Value score = arith::MulFOp::create(b, loc, args[0], scale);
                             return op.hasScore() ? inlineRegion(b, op.getScoreRegion(), score) : score;
                           });
  }

  /// What a region says of the pair at work.
  Value inlineRegion(OpBuilder &b, const PairRegion &region, Value score = {}) {
    SmallVector<Value> at = positions(b, 4);
    return emitPairRegion(b, region, score, at, [&](unsigned input) {
      return readElement(b, region.inputs[input], region.getMap(input), at);
    });
  }

  Value computeVisible() {
    Value out = tensors.empty(scoreSizes, builder.getI1Type());
    return tensors.compute({}, {out, kScore}, 4, [&](OpBuilder &b, ValueRange) {
      SmallVector<Value> at = positions(b, 4);
      MaskPoint point{at[0], at[1], at[2], at[3], queries, keys};
      return mask.emitVisible(b, loc, point, [&](unsigned symbol) {
        Value read = readElement(b, op.getMaskSymbols()[symbol], mapAt(op.getMaskMaps(), symbol), at);
        return emitSymbolAsIndex(b, loc, read);
      });
    });
  }

  bool hasSink() { return !op.getNormalizerInputs().empty(); }

  Value readSink(OpBuilder &b) {
    return readElement(b, op.getNormalizerInputs().front(), mapAt(op.getNormalizerMaps(), 0), positions(b, 3));
  }

  /// `a` if it is greater, else `b`: a NaN in `a` does not become the maximum,
  /// it reaches the output through its own weight.
  Value greater(OpBuilder &b, Value lhs, Value rhs) {
    Value is = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, lhs, rhs);
    return arith::SelectOp::create(b, loc, is, lhs, rhs);
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
    return tensors.compute({{scores, kScore}, {visible, kScore}}, {out, kRow}, 4,
                           [&](OpBuilder &b, ValueRange args) -> Value {
                             return arith::SelectOp::create(b, loc, args[1], greater(b, args[0], args[2]), args[2]);
                           });
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

  OpBuilder &builder;
  Location loc;
  AttentionOp op;
  WholeTensors tensors;
  MaskReadings mask;
  Type element;
  SmallVector<OpFoldResult> scoreSizes, rowSizes, outputSizes;
  SmallVector<Value> origin;
  OpFoldResult queries, keys;
  Value group, keyBatch;
};

} // namespace

SmallVector<Value> attn::emitReference(OpBuilder &builder, AttentionOp op) {
  return AttentionReference(builder, op).run();
}
