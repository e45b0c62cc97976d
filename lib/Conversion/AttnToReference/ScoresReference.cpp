// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores step by step. Loops are (b, h, i, j, d); what is indexed by anything but loops (keys of a group, captures) is
// read with tensor.extract.
#include "ScoresReference.h"
#include "attn/Codegen/PairRegions.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace attn;

ScoresReference::ScoresReference(OpBuilder &builder, ScoringOpInterface op)
    : builder(builder), loc(op->getLoc()), tensors(builder, loc), element(op.getScoreType()), op(op),
      mask(op.getMaskAttr()) {
  computeSizes();
}

OpFoldResult ScoresReference::sizeOf(Value tensor, unsigned axis) {
  return tensor::getMixedSize(builder, loc, tensor, axis);
}

Value ScoresReference::asValue(OpFoldResult size) { return getValueOrCreateConstantIndexOp(builder, loc, size); }

Value ScoresReference::constant(double value) {
  return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(element, value));
}

void ScoresReference::computeSizes() {
  OpFoldResult b = sizeOf(op.getQuery(), 0), h = sizeOf(op.getQuery(), 1), m = sizeOf(op.getQuery(), 2);
  scoreSizes = {b, h, m, sizeOf(op.getKey(), 2)};
  rowSizes = {b, h, m};
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

std::pair<Value, Value> ScoresReference::keyPosition(OpBuilder &b) {
  Value batch = linalg::IndexOp::create(b, loc, 0), head = linalg::IndexOp::create(b, loc, 1);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), one = arith::ConstantIndexOp::create(b, loc, 1);
  Value shared = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, keyBatch, one);
  return {arith::SelectOp::create(b, loc, shared, zero, batch), arith::DivUIOp::create(b, loc, head, group)};
}

SmallVector<Value> ScoresReference::positions(OpBuilder &b, unsigned loops) {
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

Value ScoresReference::readElement(OpBuilder &b, Value tensor, AffineMap map, ValueRange at) {
  return tensor::ExtractOp::create(b, loc, tensor, *affine::expandAffineMap(b, loc, map, at));
}

Value ScoresReference::inlineRegion(OpBuilder &b, const PairRegion &region, Value score) {
  SmallVector<Value> at = positions(b, 4);
  return emitPairRegion(b, region, score, at,
                        [&](unsigned input) { return readElement(b, region.inputs[input], region.getMap(input), at); });
}

Value ScoresReference::greater(OpBuilder &b, Value lhs, Value rhs) {
  Value is = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, lhs, rhs);
  return arith::SelectOp::create(b, loc, is, lhs, rhs);
}

Value ScoresReference::computeProducts() {
  Value out = tensors.filled(scoreSizes, builder.getFloatAttr(element, 0.0));
  return tensors.compute({{op.getQuery(), {0, 1, 2, 4}}}, {out, kScore}, 5, [&](OpBuilder &b, ValueRange args) {
    auto [batch, head] = keyPosition(b);
    Value j = linalg::IndexOp::create(b, loc, 3), d = linalg::IndexOp::create(b, loc, 4);
    Value key = tensor::ExtractOp::create(b, loc, op.getKey(), ValueRange{batch, head, j, d});
    Value product = arith::MulFOp::create(b, loc, widened(b, args[0]), widened(b, key));
    return arith::AddFOp::create(b, loc, args[1], product);
  });
}

Value ScoresReference::computeScores() {
  Value products = computeProducts();
  Value scale = constant(op.getScale().convertToDouble());
  return tensors.compute({{products, kScore}}, {tensors.empty(scoreSizes, element), kScore}, 4,
                         [&](OpBuilder &b, ValueRange args) -> Value {
                           Value score = arith::MulFOp::create(b, loc, args[0], scale);
                           return op.hasScore() ? inlineRegion(b, op.getScoreRegion(), score) : score;
                         });
}

Value ScoresReference::computeVisible() {
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

Value ScoresReference::foldMax(Value scores, Value visible, Value out) {
  return tensors.compute({{scores, kScore}, {visible, kScore}}, {out, kRow}, 4,
                         [&](OpBuilder &b, ValueRange args) -> Value {
                           return arith::SelectOp::create(b, loc, args[1], greater(b, args[0], args[2]), args[2]);
                         });
}
