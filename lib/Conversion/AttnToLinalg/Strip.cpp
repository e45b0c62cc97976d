// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One strip of queries against one block of keys:
//   1. scores, panel by panel, with score region and mask; lane-wise maximum on the way. For few queries, the products
//      of all keys come first.
//   2. the new row maxima, and by how much they shrink what was accumulated
//   3. scores to weights in place, row by row; lane-wise sums
//   4. weights times the gains of their pairs, where there is a gain region
//   5. accumulator times shrinkage, plus weights times values
#include "DotProducts.h"
#include "MaskPlan.h"
#include "RowState.h"
#include "ScoreTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <limits>

using namespace mlir;
using namespace attn;

namespace {

/// Maxima ignore NaN, which is one instruction; a NaN score still reaches the
/// output through its own weight.
constexpr double kLowest = -std::numeric_limits<float>::max();

/// Registers of weights that are computed at once where a panel is wider.
constexpr int64_t kChains = 4;

class StripEmitter {
public:
  StripEmitter(TileBuilder &b, const AttentionProblem &p, const MaskPlan *mask, const StripPosition &at, Value query)
      : b(b), p(p), mask(mask), at(at), query(query), rows(p.schedule.getStrip()), panel(p.schedule.getPanel()),
        lanes(p.schedule.getLanes()) {}

  RowState emit(const StripKeys &keys, RowState state) {
    auto [from, to] = std::pair(keys.from, keys.to);
    Value laneMax;
    if (p.isShort())
      state.strip = emitDotProducts(b, p, at, query, {keys.firstValue, keys.lastValue}, state.strip);
    std::tie(state.strip, laneMax) = scores(from, to, state.strip);
    if (state.max)
      state = newMaximum(laneMax, state);
    state = weights(from, to, state);
    if (p.op.hasGain())
      state.strip = gains(from, to, state.strip);
    return accumulate(keys.firstValue, keys.lastValue, state);
  }

private:
  TileBuilder &b;
  const AttentionProblem &p;
  const MaskPlan *mask;
  const StripPosition &at;
  Value query;
  int64_t rows, panel, lanes;

  SmallVector<OpFoldResult> rowOffset(Value extra = {}) {
    return {extra ? b.add(at.row, extra) : at.row, b.getIndexAttr(0)};
  }

  TilePosition positionOf(Value offset) { return {at.batch, at.head, at.query, b.add(at.key, offset), at.row}; }

  /// The products of one panel with all queries of the strip, in registers.
  Value productTile(Value offset, Value dest) {
    SmallVector<OpFoldResult> panelAt{at.keyBatch, at.keyHead, b.divDown(b.add(at.key, offset), panel),
                                      b.getIndexAttr(0), b.getIndexAttr(0)};
    Value keys = b.extract(p.packedKey, panelAt, {p.headSize, panel});
    Value queries = b.extract(query, rowOffset(), {rows, p.headSize});
    return b.matmul(queries, keys, b.fill(0.0, dest));
  }

  /// Scores of one panel.
  Value scoreTile(Value offset, Value dest) {
    Value tile = p.isShort() ? dest : productTile(offset, dest);
    TilePosition position = positionOf(offset);
    tile = applyScoreRegion(b, p, position, /*keysInRange=*/!mask, tile);
    return mask ? applyMask(b, p, *mask, position, tile) : tile;
  }

  /// Step 1; the second result is null when nobody asks for the maximum.
  std::pair<Value, Value> scores(Value from, Value to, Value strip) {
    SmallVector<Value> state{strip};
    bool wantMax = p.op.getNormalizer().usesRowMax();
    if (wantMax)
      state.push_back(b.fill(kLowest, b.empty({rows, lanes}, p.element)));
    auto results = b.loop(from, to, panel, state, [&](Value offset, ValueRange current) {
      SmallVector<OpFoldResult> place{b.getIndexAttr(0), offset};
      Value products = b.extract(current[0], place, {rows, panel});
      Value tile = scoreTile(offset, products);
      SmallVector<Value> next{tile == products ? current[0] : b.insert(tile, current[0], place)};
      if (wantMax)
        next.push_back(foldLanes(tile, current[1], [](TileBuilder &inner, ValueRange args) {
          return arith::MaxNumFOp::create(inner, args[0], args[1]).getResult();
        }));
      return next;
    });
    return {results[0], wantMax ? results[1] : Value()};
  }

  /// Folds a [rows, n * lanes] tile into a [rows, lanes] one.
  Value foldLanes(Value tile, Value dest, TileBuilder::BodyFn body) {
    auto type = cast<RankedTensorType>(tile.getType());
    int64_t height = type.getDimSize(0), chunks = type.getDimSize(1) / lanes;
    SmallVector<ReassociationIndices> groups{{0}, {1, 2}};
    Value split = tensor::ExpandShapeOp::create(b, b.tensorType({height, chunks, lanes}, p.element), tile, groups);
    return b.reduce(split, /*axis=*/1, dest, body);
  }

  /// Step 2.
  RowState newMaximum(Value laneMax, RowState state) {
    SmallVector<OpFoldResult> place{at.row};
    Value old = b.extract(state.max, place, {rows});
    Value highest = b.reduce(laneMax, /*axis=*/1, b.fill(kLowest, b.empty({rows}, p.element)),
                             [](TileBuilder &inner, ValueRange args) {
                               return arith::MaxNumFOp::create(inner, args[0], args[1]).getResult();
                             });
    auto larger = [](TileBuilder &inner, ValueRange args) {
      return arith::MaxNumFOp::create(inner, args[0], args[1]).getResult();
    };
    Value alphaDest = b.extract(state.alpha, place, {rows});
    Value alpha =
        b.elementwise({highest, old}, {b.whole(1), b.whole(1)}, alphaDest,
                      [&](TileBuilder &inner, ValueRange args) { return weight(inner, args[1], larger(inner, args)); });
    // In place, also where one strip is all rows: a loop cannot carry a new tensor.
    Value updated = b.elementwise(highest, b.whole(1), old, larger);
    state.max = b.insert(updated, state.max, place);
    state.alpha = b.insert(alpha, state.alpha, place);
    return state;
  }

  Value weight(TileBuilder &inner, Value score, Value max) {
    return p.op.getNormalizer().weight(inner, inner.getLoc(), score, max, p.baseTwo);
  }

  /// Step 3: as many columns at once as keep independent chains busy without spilling.
  RowState weights(Value from, Value to, RowState state) {
    int64_t width = !mask && p.schedule.getKeys() % (2 * panel) == 0 ? 2 * panel : panel;
    if (p.isShort())
      width = panel % (kChains * lanes) == 0 ? kChains * lanes : lanes;
    auto weighRow = [&](Value row, ValueRange current) -> SmallVector<Value> {
      SmallVector<OpFoldResult> sumAt = rowOffset(row);
      Value sums = b.extract(current[1], sumAt, {1, lanes});
      if (state.alpha) {
        Value alpha = b.extract(state.alpha, {sumAt[0]}, {1});
        sums = b.elementwise(alpha, b.rowOf(), sums, [](TileBuilder &inner, ValueRange args) {
          return arith::MulFOp::create(inner, args[0], args[1]).getResult();
        });
      }
      auto row_ = weightsOfRow(row, width, from, to, current[0], sums, state.max);
      return {row_.first, b.insert(row_.second, current[1], sumAt)};
    };
    auto results = b.loop(b.index(0), b.index(rows), 1, ValueRange{state.strip, state.sum}, weighRow);
    state.strip = results[0];
    state.sum = results[1];
    return state;
  }

  std::pair<Value, Value> weightsOfRow(Value row, int64_t width, Value from, Value to, Value strip, Value sums,
                                       Value max) {
    Value rowMax;
    if (max)
      rowMax = b.extract(max, {OpFoldResult(b.add(at.row, row))}, {1});
    auto results =
        b.loop(from, to, width, ValueRange{strip, sums}, [&](Value column, ValueRange current) -> SmallVector<Value> {
          SmallVector<OpFoldResult> place{row, column};
          Value scores = b.extract(current[0], place, {1, width});
          SmallVector<Value> inputs;
          SmallVector<AffineMap> maps;
          if (rowMax) {
            inputs.push_back(rowMax);
            maps.push_back(b.rowOf());
          }
          Value weights = b.elementwise(inputs, maps, scores, [&](TileBuilder &inner, ValueRange args) {
            return weight(inner, args.back(), rowMax ? args[0] : Value());
          });
          Value added = foldLanes(weights, current[1], [](TileBuilder &inner, ValueRange args) {
            return arith::AddFOp::create(inner, args[0], args[1]).getResult();
          });
          return {b.insert(weights, current[0], place), added};
        });
    return {results[0], results[1]};
  }

  /// Step 4.
  Value gains(Value from, Value to, Value strip) {
    return b.loop(from, to, panel, strip, [&](Value offset, ValueRange current) -> SmallVector<Value> {
      SmallVector<OpFoldResult> place{b.getIndexAttr(0), offset};
      Value weights = b.extract(current[0], place, {rows, panel});
      return {b.insert(applyGainRegion(b, p, positionOf(offset), /*keysInRange=*/!mask, weights), current[0], place)};
    })[0];
  }

  /// Step 5, over the values that a query of the strip may see and no other.
  RowState accumulate(Value first, Value last, RowState state) {
    state.acc = p.overValueTiles(b, state.acc, [&](OpFoldResult column, int64_t width, Value acc) {
      SmallVector<OpFoldResult> place{at.row, column};
      Value tile = b.extract(acc, place, {rows, width});
      if (state.alpha) {
        Value alpha = b.extract(state.alpha, {OpFoldResult(at.row)}, {rows});
        tile = b.elementwise(alpha, b.rowOf(), tile, [](TileBuilder &inner, ValueRange args) {
          return arith::MulFOp::create(inner, args[0], args[1]).getResult();
        });
      }
      tile = b.loop(first, last, 1, tile, [&](Value key, ValueRange current) -> SmallVector<Value> {
        Value weight = b.extract(state.strip, {b.getIndexAttr(0), key}, {rows, 1});
        Index4 valueAt{at.keyBatch, at.keyHead, b.add(at.key, key), column};
        Value values = p.vectorValue.matrix(b, valueAt, 1, width);
        return {b.matmul(weight, values, current[0])};
      })[0];
      return b.insert(tile, acc, place);
    });
    return state;
  }
};

} // namespace

RowState attn::emitStrip(TileBuilder &b, const AttentionProblem &problem, const MaskPlan *mask, const StripPosition &at,
                         Value query, const StripKeys &keys, RowState state) {
  return StripEmitter(b, problem, mask, at, query).emit(keys, state);
}
