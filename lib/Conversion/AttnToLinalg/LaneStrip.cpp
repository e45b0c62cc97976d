// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One strip of queries against a list of keys:
//   1. products, a panel of keys at a time; score region and mask; the maximum on the way
//   2. the new maxima, and by how much they alpha what was accumulated
//   3. scores to weights in place; sums
//   4. weights times the gains of their pairs, where there is a gain region
//   5. accumulator times alphaage, plus weights times values, some queries at a time
#include "LaneStrip.h"
#include "ScoreTile.h"
#include "attn/Codegen/PairRegions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

using namespace mlir;
using namespace attn;

namespace {
/// Maxima ignore NaN, which is one instruction; a NaN score still reaches the output through its own weight.
constexpr double kLowest = -std::numeric_limits<float>::max();
constexpr double kLog2E = 1.4426950408889634;
/// Rows of weights that are computed at once, at most: independent chains.
constexpr int64_t kMostChains = 5;

Value larger(TileBuilder &inner, ValueRange args) { return arith::MaxNumFOp::create(inner, args[0], args[1]); }
} // namespace

namespace attn {
/// A pair of a key (a row of a tile) and a query (a lane), inside a linalg body.
struct LanePair {
  Value row, query, key;
  SmallVector<AxisPoint> axes;
};
} // namespace attn

LaneState LaneState::allocate(TileBuilder &b, const AttentionProblem &p) {
  int64_t strip = p.schedule.getStrip();
  LaneState state;
  state.query = b.scratch({p.headSize, strip}, p.element);
  // One row, which a tile overwrites whole, would fold to a new tensor: loops cannot carry it.
  state.acc = b.scratch({std::max<int64_t>(strip, 2), p.valueSize}, p.element);
  state.scores = b.scratch({p.schedule.getKeys(), strip}, p.element);
  state.sum = b.scratch({1, strip}, p.element);
  if (p.op.getNormalizer().usesRowMax()) {
    state.max = b.scratch({1, strip}, p.element);
    state.alpha = b.scratch({1, strip}, p.element);
  }
  if (p.op.getLse())
    state.lse = b.scratch({1, strip}, p.element);
  state.rows = b.scratch({strip, p.headSize}, p.element);
  return state;
}

SmallVector<Value> LaneState::values() const {
  SmallVector<Value> list{rows, query, acc, scores, sum};
  if (max)
    list.append({max, alpha});
  if (lse)
    list.push_back(lse);
  return list;
}

LaneState LaneState::with(ValueRange list) const {
  LaneState state{list[0], list[1], list[2], list[3], list[4], {}, {}, {}};
  list = list.drop_front(5);
  if (max) {
    state.max = list[0];
    state.alpha = list[1];
    list = list.drop_front(2);
  }
  if (lse)
    state.lse = list.front();
  return state;
}

LaneStrip::LaneStrip(TileBuilder &b, const AttentionProblem &p, const MaskPlan &mask, const LanePlace &place,
                     TokenList queries)
    : b(b), p(p), mask(mask), place(place), queries(queries), strip(p.schedule.getStrip()),
      panel(p.schedule.getPanel()), lanes(p.schedule.getLanes()) {}

//===----------------------------------------------------------------------===//
// Before the first key
//===----------------------------------------------------------------------===//

/// The transpose of all elements, in squares of a native vector.
Value LaneStrip::transpose(Value from, Value to) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(from.getType()).getShape();
  return b.columns(0, shape[0], lanes, to, [&](OpFoldResult row, int64_t height, Value to) {
    return b.columns(0, shape[1], lanes, to, [&](OpFoldResult column, int64_t width, Value to) {
      Value tile = b.extract(from, {row, column}, {height, width});
      SmallVector<OpFoldResult> at{column, row};
      Value dest = b.extract(to, at, {width, height});
      Value turned = linalg::TransposeOp::create(b, tile, dest, ArrayRef<int64_t>{1, 0}).getResult()[0];
      return b.insert(turned, to, at);
    });
  });
}

/// Replaces a row of the accumulator, some native vectors at a time.
Value LaneStrip::overRow(Value row, Value acc, llvm::function_ref<Value(Value part)> body) {
  return b.columns(0, p.valueSize, kMostVectors * lanes, acc, [&](OpFoldResult column, int64_t width, Value acc) {
    SmallVector<OpFoldResult> at{row, column};
    return b.insert(body(b.extract(acc, at, {1, width})), acc, at);
  });
}

LaneState LaneStrip::begin(LaneState state) {
  state.rows = copyQueries(b, p, state.rows, b.index(strip), [&](Value row, OpFoldResult column) {
    return Index4{place.batch, place.head, queries.getPosition(b, row), column};
  });
  state.query = transpose(state.rows, state.query);
  state.acc = b.loop(b.index(0), b.index(strip), 1, state.acc, [&](Value row, ValueRange acc) -> SmallVector<Value> {
    return {overRow(row, acc[0], [&](Value part) { return b.fill(0.0, part); })};
  })[0];
  bool sink = p.op.getNormalizer().getNumInputs() != 0;
  // A sink has weight 1 before any key: its logit is the first maximum.
  state.sum = b.fill(sink ? 1.0 : 0.0, state.sum);
  if (!state.max)
    return state;
  if (!sink) {
    state.max = b.fill(kLowest, state.max);
    return state;
  }
  AffineMap map = cast<AffineMapAttr>(p.op.getNormalizerMaps()[0]).getValue();
  Value numbers = queries.getNumbers(b, 0, b.getIndexAttr(0), strip);
  AffineMap laneOf = AffineMap::get(2, 0, b.getAffineDimExpr(1));
  state.max = b.elementwise(numbers, laneOf, state.max, [&](TileBuilder &inner, ValueRange args) -> Value {
    Value query = arith::IndexCastOp::create(inner, inner.getIndexType(), args[0]);
    SmallVector<Value> position{inner.add(place.batch, p.originBatch), inner.add(place.head, p.originHead),
                                inner.add(query, p.originQuery), inner.index(0)};
    Value logit = loadElement(inner, p.op.getNormalizerInputs()[0], map, position);
    return p.baseTwo ? arith::MulFOp::create(inner, logit, inner.scalar(p.element, kLog2E)).getResult() : logit;
  });
  return state;
}

//===----------------------------------------------------------------------===//
// Pairs
//===----------------------------------------------------------------------===//

/// One op over a tile [panel, strip] whose body knows the pair of each element.
Value LaneStrip::overPairs(const TokenList &keys, Value first, Value tile,
                           llvm::function_ref<Value(TileBuilder &, const LanePair &, Value)> body) {
  AffineMap rowOf = b.rowOf(), laneOf = AffineMap::get(2, 0, b.getAffineDimExpr(1));
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (int64_t number = 0; number < keys.countNumbers(); ++number) {
    inputs.append({queries.getNumbers(b, number, b.getIndexAttr(0), strip), keys.getNumbers(b, number, first, panel)});
    maps.append({laneOf, rowOf});
  }
  return b.elementwise(inputs, maps, tile, [&](TileBuilder &inner, ValueRange args) {
    auto index = [&](unsigned number) -> Value {
      return arith::IndexCastOp::create(inner, inner.getIndexType(), args[number]);
    };
    LanePair pair{linalg::IndexOp::create(inner, 0), index(0), index(1), {}};
    for (unsigned number = 2; number < inputs.size(); number += 2)
      pair.axes.push_back({index(number), index(number + 1)});
    return body(inner, pair, args.back());
  });
}

/// Products to scores; those of keys that are not visible, or behind the last of `left`, to -inf. Without `left`, all
/// are visible.
Value LaneStrip::scoreTile(const TokenList &keys, Value first, Value left, Value tile) {
  if (!left && !p.op.hasScore())
    return tile;
  Value minusInf = b.scalar(p.element, -std::numeric_limits<double>::infinity());
  return overPairs(keys, first, tile, [&](TileBuilder &inner, const LanePair &pair, Value score) -> Value {
    if (p.op.hasScore()) {
      PairRegion region = p.op.getScoreRegion();
      SmallVector<Value> position{inner.add(place.batch, p.originBatch), inner.add(place.head, p.originHead),
                                  inner.add(pair.query, p.originQuery), inner.add(pair.key, p.originKey)};
      score = emitPairRegion(inner, region, score, position, [&](unsigned input) {
        return loadElement(inner, region.inputs[input], region.getMap(input), position);
      });
    }
    if (!left)
      return score;
    Value visible = inner.less(pair.row, left);
    if (Value allowed = mask.visible(inner, place.head, pair.query, pair.key, pair.axes))
      visible = inner.createOrFold<arith::AndIOp>(visible, allowed);
    return arith::SelectOp::create(inner, visible, score, minusInf);
  });
}

Value LaneStrip::gainTile(const TokenList &keys, Value first, Value tile) {
  return overPairs(keys, first, tile, [&](TileBuilder &inner, const LanePair &pair, Value weight) {
    PairRegion region = p.op.getGainRegion();
    SmallVector<Value> position{inner.add(place.batch, p.originBatch), inner.add(place.head, p.originHead),
                                inner.add(pair.query, p.originQuery), inner.add(pair.key, p.originKey)};
    Value gain = emitPairRegion(inner, region, Value(), position, [&](unsigned input) {
      return loadElement(inner, region.inputs[input], region.getMap(input), position);
    });
    return emitGain(inner, inner.getLoc(), weight, gain);
  });
}

//===----------------------------------------------------------------------===//
// All steps
//===----------------------------------------------------------------------===//

/// Step 3, for the rows [0, end) of scores.
LaneState LaneStrip::weigh(Value end, LaneState state, Value max) {
  int64_t rows = kMostChains;
  while (panel % rows != 0)
    --rows;
  AffineMap laneOf = AffineMap::get(2, 0, {b.getAffineConstantExpr(0), b.getAffineDimExpr(1)}, b.getContext());
  auto results = b.loop(b.index(0), end, rows, ValueRange{state.scores, state.sum}, [&](Value row, ValueRange now) {
    SmallVector<OpFoldResult> at{row, b.getIndexAttr(0)};
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    if (max) {
      inputs.push_back(max);
      maps.push_back(laneOf);
    }
    Value scores = b.extract(now[0], at, {rows, strip});
    Value weights = b.elementwise(inputs, maps, scores, [&](TileBuilder &inner, ValueRange args) {
      return p.op.getNormalizer().weight(inner, inner.getLoc(), args.back(), max ? args[0] : Value(), p.baseTwo);
    });
    SmallVector<ReassociationIndices> groups{{0, 1}, {2}};
    Value split = tensor::ExpandShapeOp::create(b, b.tensorType({rows, 1, strip}, p.element), weights, groups);
    Value sum = b.reduce(split, /*axis=*/0, now[1], [](TileBuilder &inner, ValueRange args) {
      return arith::AddFOp::create(inner, args[0], args[1]).getResult();
    });
    return SmallVector<Value>{b.insert(weights, now[0], at), sum};
  });
  state.scores = results[0];
  state.sum = results[1];
  return state;
}

/// Step 1 for the panels of the rows [from, to) of scores, the maxima so far, if there are any, being carried behind
/// the scores. Bare panels are seen as a whole.
SmallVector<Value> LaneStrip::scorePanels(const TokenList &keys, Value first, Value from, Value to, bool isBare,
                                          Value query, ValueRange carried) {
  return b.loop(from, to, panel, carried, [&](Value row, ValueRange now) {
    SmallVector<OpFoldResult> at{row, b.getIndexAttr(0)};
    Value key = b.add(first, row), left = isBare ? Value() : b.sub(to, row);
    Value tile = scoreTile(keys, key, left, products(keys, key, query, b.extract(now[0], at, {panel, strip})));
    SmallVector<Value> next{b.insert(tile, now[0], at)};
    if (now.size() > 1) {
      SmallVector<ReassociationIndices> groups{{0, 1}, {2}};
      Value split = tensor::ExpandShapeOp::create(b, b.tensorType({panel, 1, strip}, p.element), tile, groups);
      next.push_back(b.reduce(split, /*axis=*/0, now[1], larger));
    }
    return next;
  });
}

LaneState LaneStrip::visit(const TokenList &keys, Value first, Value bare, Value count, LaneState state) {
  SmallVector<Value> scored{state.scores};
  if (state.max)
    scored.push_back(b.fill(kLowest, b.empty({1, strip}, p.element)));
  if (bare)
    scored = scorePanels(keys, first, b.index(0), bare, /*isBare=*/true, state.query, scored);
  scored = scorePanels(keys, first, bare ? bare : b.index(0), count, /*isBare=*/false, state.query, scored);
  state.scores = scored[0];
  if (state.max) {
    state.alpha = b.elementwise({scored[1], state.max}, {b.whole(2), b.whole(2)}, state.alpha,
                                [&](TileBuilder &inner, ValueRange args) {
                                  Value now = larger(inner, args.take_front(2));
                                  return p.op.getNormalizer().weight(inner, inner.getLoc(), args[1], now, p.baseTwo);
                                });
    state.max = b.elementwise(scored[1], b.whole(2), state.max, larger);
    state.sum = b.elementwise(state.alpha, b.whole(2), state.sum, [](TileBuilder &inner, ValueRange args) {
      return arith::MulFOp::create(inner, args[0], args[1]).getResult();
    });
  }
  state = weigh(b.alignUp(count, panel), state, state.max);
  if (p.op.hasGain())
    state.scores = b.loop(b.index(0), count, panel, state.scores, [&](Value row, ValueRange now) -> SmallVector<Value> {
      SmallVector<OpFoldResult> at{row, b.getIndexAttr(0)};
      Value tile = gainTile(keys, b.add(first, row), b.extract(now[0], at, {panel, strip}));
      return {b.insert(tile, now[0], at)};
    })[0];
  state.acc = accumulate(keys, first, count, state);
  return state;
}

//===----------------------------------------------------------------------===//
// After the last key
//===----------------------------------------------------------------------===//

LaneState LaneStrip::finish(LaneState state) {
  NormalizerAttrInterface normalizer = p.op.getNormalizer();
  if (state.lse) {
    SmallVector<Value> inputs{state.sum};
    if (state.max)
      inputs.push_back(state.max);
    SmallVector<AffineMap> maps(inputs.size(), b.whole(2));
    state.lse = b.elementwise(inputs, maps, state.lse, [&](TileBuilder &inner, ValueRange args) {
      Value max = state.max ? args[1] : Value();
      if (max && p.baseTwo)
        max = arith::MulFOp::create(inner, max, inner.scalar(p.element, 1.0 / kLog2E));
      return normalizer.logSumExp(inner, inner.getLoc(), max, args[0]);
    });
  }
  Value factor = b.elementwise({}, {}, state.sum, [&](TileBuilder &inner, ValueRange args) {
    Value said = normalizer.finish(inner, inner.getLoc(), args[0]);
    return said ? said : inner.scalar(p.element, 1.0);
  });
  state.sum = factor;
  AffineMap only = AffineMap::get(2, 0, {b.getAffineConstantExpr(0), b.getAffineConstantExpr(0)}, b.getContext());
  state.acc = b.loop(b.index(0), b.index(strip), 1, state.acc, [&](Value lane, ValueRange acc) -> SmallVector<Value> {
    Value scale = b.extract(factor, {b.getIndexAttr(0), lane}, {1, 1});
    return {overRow(lane, acc[0], [&](Value part) {
      return b.elementwise(scale, only, part, [](TileBuilder &inner, ValueRange args) {
        return arith::MulFOp::create(inner, args[1], args[0]).getResult();
      });
    })};
  })[0];
  return state;
}
