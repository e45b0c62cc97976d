// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The two ends of a task: the state before the first key, and what is written after the last.
#include "RowState.h"
#include "ScoreTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// Before the first key
//===----------------------------------------------------------------------===//

namespace {
constexpr double kLowest = -std::numeric_limits<float>::max();
constexpr double kLog2E = 1.4426950408889634;

/// The sink logits of a strip, in the base the scores are kept in.
Value sinkLogits(TileBuilder &b, const AttentionProblem &p, const StripPosition &at, Value firstQuery, Value dest) {
  AffineMap map = cast<AffineMapAttr>(p.op.getNormalizerMaps()[0]).getValue();
  Value tensor = p.op.getNormalizerInputs()[0];
  Value lastQuery = b.sub(p.queries, b.index(1));
  Value globalBatch = b.add(at.batch, p.originBatch), globalHead = b.add(at.head, p.originHead);
  return b.elementwise({}, {}, dest, [&](TileBuilder &inner, ValueRange) {
    Value i = inner.add(linalg::IndexOp::create(inner, 0), firstQuery);
    Value query = inner.add(inner.minimum(i, lastQuery), p.originQuery);
    SmallVector<Value> position{globalBatch, globalHead, query, inner.index(0)};
    Value logit = loadElement(inner, tensor, map, position);
    if (!p.baseTwo)
      return logit;
    return arith::MulFOp::create(inner, logit, inner.scalar(p.element, kLog2E)).getResult();
  });
}

/// A sink has weight 1 before any key: its logit is the first maximum. It stands in lane 0.
Value sinkSum(TileBuilder &b, const AttentionProblem &p, Value dest) {
  return b.elementwise({}, {}, dest, [&](TileBuilder &inner, ValueRange) {
    Value lane = linalg::IndexOp::create(inner, 1);
    Value first = arith::CmpIOp::create(inner, arith::CmpIPredicate::eq, lane, inner.index(0));
    return arith::SelectOp::create(inner, first, inner.scalar(p.element, 1.0), inner.scalar(p.element, 0.0))
        .getResult();
  });
}

} // namespace

Value attn::allocateScores(TileBuilder &b, const AttentionProblem &p) {
  // Scores of one key lie one vector more than a block apart: at a distance that divides the size of a cache way, the
  // rows of a strip would share a few sets of the first level with each other and with the values that stream through
  // it.
  return b.scratch({p.schedule.getStrip(), p.schedule.getKeys() + p.schedule.getLanes()}, p.element);
}

RowState attn::allocateState(TileBuilder &b, const AttentionProblem &p, int64_t rows) {
  RowState state{b.scratch({rows, p.paddedValueSize}, p.element),
                 b.scratch({rows, p.schedule.getLanes()}, p.element),
                 allocateScores(b, p),
                 {},
                 {}};
  if (p.op.getNormalizer().usesRowMax()) {
    state.max = b.scratch({rows}, p.element);
    state.alpha = b.scratch({rows}, p.element);
  }
  return state;
}

RowState attn::emitInitialState(TileBuilder &b, const AttentionProblem &p, const StripPosition &at,
                                const InitialRows &rows, RowState state) {
  int64_t strip = rows.strip, lanes = p.schedule.getLanes();
  bool sink = rows.withSink && p.op.getNormalizer().getNumInputs() != 0;
  Value end = b.mul(rows.strips, b.index(strip));
  return RowState::from(b.loop(b.index(0), end, strip, state.values(), [&](Value row, ValueRange current) {
    RowState next = RowState::from(current);
    next.acc = p.overValueTiles(b, next.acc, [&](OpFoldResult column, int64_t width, Value acc) {
      SmallVector<OpFoldResult> place{row, column};
      return b.insert(b.fill(0.0, b.extract(acc, place, {strip, width})), acc, place);
    });
    SmallVector<OpFoldResult> place{row, b.getIndexAttr(0)};
    Value sum = b.extract(next.sum, place, {strip, lanes});
    next.sum = b.insert(sink ? sinkSum(b, p, sum) : b.fill(0.0, sum), next.sum, place);
    if (next.max) {
      Value max = b.extract(next.max, {OpFoldResult(row)}, {strip});
      max = sink ? sinkLogits(b, p, at, b.add(at.query, row), max) : b.fill(kLowest, max);
      next.max = b.insert(max, next.max, {OpFoldResult(row)});
    }
    return next.values();
  }));
}

//===----------------------------------------------------------------------===//
// After the last key
//===----------------------------------------------------------------------===//

namespace {

/// The sum of all lanes of a row, as a tensor of one element.
Value sumOfRow(TileBuilder &b, const AttentionProblem &p, const RowState &state, Value row) {
  Value lanes = b.extract(state.sum, {OpFoldResult(row), b.getIndexAttr(0)}, {1, p.schedule.getLanes()});
  return b.reduce(lanes, /*axis=*/1, b.fill(0.0, b.empty({1}, p.element)), [](TileBuilder &inner, ValueRange args) {
    return arith::AddFOp::create(inner, args[0], args[1]).getResult();
  });
}

/// Writes one row of the accumulator, multiplied by what the normaliser says.
Value finishRow(TileBuilder &b, const AttentionProblem &p, const RowState &state, Value row, Value sum, Value output) {
  int64_t lanes = p.schedule.getLanes();
  Type element = cast<RankedTensorType>(output.getType()).getElementType();
  return b.columns(0, p.valueSize, lanes, output, [&](OpFoldResult column, int64_t width, Value output) {
    SmallVector<OpFoldResult> place{row, column};
    Value acc = b.extract(state.acc, place, {1, width});
    Value done = b.elementwise({acc, sum}, {b.whole(2), b.rowOf()}, b.extract(output, place, {1, width}),
                               [&](TileBuilder &inner, ValueRange args) {
                                 Value factor = p.op.getNormalizer().finish(inner, inner.getLoc(), args[1]);
                                 Value result = args[0];
                                 if (factor)
                                   result = arith::MulFOp::create(inner, result, factor);
                                 return inner.toFloat(result, element);
                               });
    return b.insert(done, output, place);
  });
}

Value lseOfRow(TileBuilder &b, const AttentionProblem &p, const RowState &state, Value row, Value sum, Value lse) {
  SmallVector<OpFoldResult> place{row};
  SmallVector<Value> inputs{sum};
  SmallVector<AffineMap> maps{b.whole(1)};
  if (state.max) {
    inputs.push_back(b.extract(state.max, place, {1}));
    maps.push_back(b.whole(1));
  }
  Value done = b.elementwise(inputs, maps, b.extract(lse, place, {1}), [&](TileBuilder &inner, ValueRange args) {
    Value max = state.max ? args[1] : Value();
    if (max && p.baseTwo)
      max = arith::MulFOp::create(inner, max, inner.scalar(p.element, 1.0 / kLog2E));
    return p.op.getNormalizer().logSumExp(inner, inner.getLoc(), max, args[0]);
  });
  return b.insert(done, lse, place);
}

} // namespace

TaskResult attn::emitFinish(TileBuilder &b, const AttentionProblem &p, const RowState &state, Value rows,
                            TaskResult to) {
  SmallVector<Value> initial{to.output};
  if (to.lse)
    initial.push_back(to.lse);
  auto results = b.loop(b.index(0), rows, 1, initial, [&](Value row, ValueRange current) {
    Value sum = sumOfRow(b, p, state, row);
    SmallVector<Value> next{finishRow(b, p, state, row, sum, current[0])};
    if (to.lse)
      next.push_back(lseOfRow(b, p, state, row, sum, current[1]));
    return next;
  });
  return {results[0], to.lse ? results[1] : Value()};
}
