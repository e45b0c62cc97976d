// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ScoreTile.h"
#include "attn/Codegen/PairRegions.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

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
  if (!p.scoring.hasScore())
    return tile;
  return overPairs(b, p, p.scoring.getScoreRegion(), at, keysInRange, tile,
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
                      Value tile, double hidden) {
  return b.elementwise({}, {}, tile, [&](TileBuilder &inner, ValueRange args) {
    auto [head, query, key] = elementPosition(inner, p, at);
    Value visible = inner.less(key, p.keys);
    if (Value allowed = mask.visible(inner, head, query, key))
      visible = inner.createOrFold<arith::AndIOp>(visible, allowed);
    return arith::SelectOp::create(inner, visible, args.back(), inner.scalar(p.element, hidden)).getResult();
  });
}
