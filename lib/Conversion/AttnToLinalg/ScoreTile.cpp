// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ScoreTile.h"
#include "attn/Codegen/PairRegions.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AffineExprVisitor.h"
#include <limits>

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// Positions inside a tile
//===----------------------------------------------------------------------===//

namespace {

/// Query and key of the element that a linalg body on a two-dimensional tile computes.
struct ElementPosition {
  Value head, query, key;
};

ElementPosition elementPosition(TileBuilder &b, const AttentionProblem &p, const TilePosition &at) {
  Value row = linalg::IndexOp::create(b, 0), column = linalg::IndexOp::create(b, 1);
  Value key = b.add(column, at.key);
  if (!p.isShort())
    return {at.head, b.add(row, at.query), key};
  auto [member, query] = p.splitRow(b, b.add(row, at.row));
  return {b.add(member, at.head), query, key};
}

} // namespace

Value attn::loadElement(TileBuilder &b, Value tensor, AffineMap map, ValueRange position) {
  SmallVector<Value> indices;
  for (AffineExpr expr : map.getResults())
    indices.push_back(affine::expandAffineExpr(b, b.getLoc(), expr, position, ValueRange()));
  return tensor::ExtractOp::create(b, tensor, indices);
}

//===----------------------------------------------------------------------===//
// Score and gain regions
//===----------------------------------------------------------------------===//

namespace {

/// Emits one op over `tile` whose body gets what `region` says of each pair, and the element that was there.
/// `keysInRange`: all keys of the tile exist.
Value overPairs(TileBuilder &b, const AttentionProblem &p, const PairRegion &region, const TilePosition &at,
                bool keysInRange, Value tile, llvm::function_ref<Value(TileBuilder &, Value, Value)> body) {
  Value lastQuery = b.sub(p.queries, b.index(1)), lastKey = b.sub(p.keys, b.index(1));
  Value globalBatch = b.add(at.batch, p.originBatch);
  return b.elementwise({}, {}, tile, [&](TileBuilder &inner, ValueRange args) {
    auto [head, query, key] = elementPosition(inner, p, at);
    Value globalHead = inner.add(head, p.originHead);
    auto global = [&](Value i, Value j) {
      return SmallVector<Value>{globalBatch, globalHead, inner.add(i, p.originQuery), inner.add(j, p.originKey)};
    };
    Value realKey = keysInRange ? key : inner.minimum(key, lastKey);
    SmallVector<Value> clamped = global(inner.minimum(query, lastQuery), realKey);
    Value said = emitPairRegion(inner, region, args.back(), global(query, key), [&](unsigned input) {
      return loadElement(inner, region.inputs[input], region.getMap(input), clamped);
    });
    return body(inner, said, args.back());
  });
}

} // namespace

Value attn::applyScoreRegion(TileBuilder &b, const AttentionProblem &p, const TilePosition &at, bool keysInRange,
                             Value tile) {
  if (!p.op.hasScore())
    return tile;
  return overPairs(b, p, p.op.getScoreRegion(), at, keysInRange, tile,
                   [](TileBuilder &, Value score, Value) { return score; });
}

Value attn::applyGainRegion(TileBuilder &b, const AttentionProblem &p, const TilePosition &at, bool keysInRange,
                            Value tile) {
  return overPairs(b, p, p.op.getGainRegion(), at, keysInRange, tile, [](TileBuilder &inner, Value gain, Value weight) {
    return emitGain(inner, inner.getLoc(), weight, gain);
  });
}

//===----------------------------------------------------------------------===//
// Mask
//===----------------------------------------------------------------------===//

Value attn::applyMask(TileBuilder &b, const AttentionProblem &p, const MaskPlan &mask, const TilePosition &at,
                      Value tile) {
  return b.elementwise({}, {}, tile, [&](TileBuilder &inner, ValueRange args) {
    auto [head, query, key] = elementPosition(inner, p, at);
    Value visible = inner.less(key, p.keys);
    if (Value allowed = mask.visible(inner, head, query, key))
      visible = inner.createOrFold<arith::AndIOp>(visible, allowed);
    Value minusInf = inner.scalar(p.element, -std::numeric_limits<double>::infinity());
    return arith::SelectOp::create(inner, visible, args.back(), minusInf).getResult();
  });
}

//===----------------------------------------------------------------------===//
// Range of captured elements
//===----------------------------------------------------------------------===//

namespace {

struct Interval {
  Value from, to; // both inclusive
};

/// The interval of an affine expression over a box of positions. Exact where every position occurs once, else too wide.
class IntervalOf : public AffineExprVisitor<IntervalOf, Interval> {
public:
  IntervalOf(TileBuilder &b, ArrayRef<Interval> positions) : b(b), positions(positions) {}

  Interval visitDimExpr(AffineDimExpr expr) { return positions[expr.getPosition()]; }
  Interval visitSymbolExpr(AffineSymbolExpr) { llvm_unreachable("verified: index maps have no symbols"); }
  Interval visitConstantExpr(AffineConstantExpr expr) {
    Value value = b.index(expr.getValue());
    return {value, value};
  }
  Interval visitAddExpr(AffineBinaryOpExpr expr) {
    Interval lhs = visit(expr.getLHS()), rhs = visit(expr.getRHS());
    return {b.add(lhs.from, rhs.from), b.add(lhs.to, rhs.to)};
  }
  Interval visitMulExpr(AffineBinaryOpExpr expr) {
    Interval lhs = visit(expr.getLHS());
    int64_t factor = cast<AffineConstantExpr>(expr.getRHS()).getValue();
    Value by = b.index(factor);
    Interval scaled{b.mul(lhs.from, by), b.mul(lhs.to, by)};
    return factor >= 0 ? scaled : Interval{scaled.to, scaled.from};
  }
  Interval visitModExpr(AffineBinaryOpExpr expr) {
    int64_t divisor = cast<AffineConstantExpr>(expr.getRHS()).getValue();
    return {b.index(0), b.index(divisor - 1)};
  }
  Interval visitFloorDivExpr(AffineBinaryOpExpr expr) {
    Interval lhs = visit(expr.getLHS());
    Value by = b.index(cast<AffineConstantExpr>(expr.getRHS()).getValue());
    return {b.createOrFold<arith::FloorDivSIOp>(lhs.from, by), b.createOrFold<arith::FloorDivSIOp>(lhs.to, by)};
  }
  Interval visitCeilDivExpr(AffineBinaryOpExpr expr) {
    Interval lhs = visit(expr.getLHS());
    Value by = b.index(cast<AffineConstantExpr>(expr.getRHS()).getValue());
    return {b.createOrFold<arith::CeilDivSIOp>(lhs.from, by), b.createOrFold<arith::CeilDivSIOp>(lhs.to, by)};
  }

private:
  TileBuilder &b;
  ArrayRef<Interval> positions;
};

/// Emits the two checks of one index; `nothing` is true when no element is read at all.
void requireIndex(TileBuilder &b, Interval index, Value size, Value nothing, const Twine &what) {
  auto require = [&](Value holds, const Twine &text, Value actual, Value bound) {
    Value condition = b.createOrFold<arith::OrIOp>(holds, nothing);
    APInt constant;
    if (matchPattern(condition, m_ConstantInt(&constant)) && constant.isOne())
      return;
    RequireOp::create(b, condition, b.getStringAttr(text), actual, bound);
  };
  require(b.lessEqual(b.index(0), index.from), "expects " + what + " to be at least", index.from, b.index(0));
  require(b.less(index.to, size), "expects " + what + " to be below", index.to, size);
}

} // namespace

void attn::requireElementsInRange(TileBuilder &b, const AttentionProblem &p) {
  auto axis = [&](Value origin, Value size) { return Interval{origin, b.sub(b.add(origin, size), b.index(1))}; };
  SmallVector<Interval> box{axis(p.originBatch, p.batch), axis(p.originHead, p.queryHeads),
                            axis(p.originQuery, p.queries), axis(p.originKey, p.keys)};
  Value nothing = arith::ConstantOp::create(b, b.getBoolAttr(false));
  for (Value size : {p.batch, p.queryHeads, p.queries, p.keys})
    nothing = b.createOrFold<arith::OrIOp>(nothing, b.lessEqual(size, b.index(0)));
  auto check = [&](StringRef kind, OperandRange tensors, ArrayAttr maps) {
    for (auto [number, tensor, map] : llvm::enumerate(tensors, maps.getAsValueRange<AffineMapAttr>()))
      for (auto [position, expr] : llvm::enumerate(map.getResults()))
        requireIndex(b, IntervalOf(b, box).visit(expr), b.dim(tensor, position), nothing,
                     "index " + Twine(position) + " of " + kind + " " + Twine(number));
  };
  check("mask symbol", p.op.getMaskSymbols(), p.op.getMaskMaps());
  check("normalizer input", p.op.getNormalizerInputs(), p.op.getNormalizerMaps());
  check("score input", p.op.getScoreInputs(), p.op.getScoreMaps());
  check("gain input", p.op.getGainInputs(), p.op.getGainMaps());
}
