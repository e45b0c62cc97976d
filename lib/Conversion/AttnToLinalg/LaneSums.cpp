// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sums of products of a strip whose lanes are queries: keys by queries, and weights by values.
#include "LaneStrip.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace attn;

/// Groups of rows that are straight code, at most.
static constexpr int64_t kMostGroups = 8;

/// sums[r] += element(step, r) * row(step) for all steps: elements [1, 1] times rows [1, ..], in registers.
SmallVector<Value> LaneStrip::multiply(Value steps, ElementFn element, RowFn row, ArrayRef<Value> sums) {
  return b.loop(b.index(0), steps, 1, sums, [&](Value step, ValueRange current) {
    Value rowOfStep = row(step);
    SmallVector<Value> next;
    for (auto [number, sum] : llvm::enumerate(current))
      next.push_back(b.matmul(element(step, number), rowOfStep, sum));
    return next;
  });
}

/// Rows [1, ..] as one tile, in place of `tile`. They become one in registers: inserted one by one into something
/// larger, each would be a version of it that bufferisation follows.
Value LaneStrip::joinRows(ArrayRef<Value> rows, Value tile) {
  tile = b.fill(0.0, tile);
  for (auto [number, row] : llvm::enumerate(rows))
    tile = b.insert(row, tile, {b.getIndexAttr(number), b.getIndexAttr(0)});
  return tile;
}

/// The products of a panel of keys with all queries, in place of `tile`: [panel, strip].
Value LaneStrip::products(const TokenList &keys, Value first, Value query, Value tile) {
  SmallVector<Value> positions, sums;
  for (int64_t row = 0; row < panel; ++row) {
    positions.push_back(keys.getPosition(b, b.add(first, b.index(row))));
    sums.push_back(b.fill(0.0, b.empty({1, strip}, p.element)));
  }
  auto element = [&](Value d, int64_t row) {
    return p.key.matrix(b, Index4{place.keyBatch, place.keyHead, positions[row], d}, 1, 1);
  };
  auto row = [&](Value d) { return b.extract(query, {d, b.getIndexAttr(0)}, {1, strip}); };
  return joinRows(multiply(b.index(p.headSize), element, row, sums), tile);
}

/// Step 5 for the rows [row, row + rows) of the accumulator, and the columns [column, column + width).
Value LaneStrip::accumulateRows(const TokenList &keys, Value first, Value count, OpFoldResult row, int64_t rows,
                                OpFoldResult column, int64_t width, const LaneState &state, Value acc) {
  SmallVector<OpFoldResult> at{row, column};
  Value before = b.extract(acc, at, {rows, width}), tile = b.empty({rows, width}, p.element);
  if (state.alpha) {
    Value alpha = b.extract(state.alpha, {b.getIndexAttr(0), row}, {rows});
    tile = b.elementwise({before, alpha}, {b.whole(2), b.rowOf()}, tile, [](TileBuilder &inner, ValueRange args) {
      return arith::MulFOp::create(inner, args[0], args[1]).getResult();
    });
  } else {
    tile = b.fill(0.0, tile);
  }
  Value firstRow = getValueOrCreateConstantIndexOp(b, b.getLoc(), row);
  SmallVector<Value> sums, lanesOfRows;
  for (int64_t number = 0; number < rows; ++number) {
    lanesOfRows.push_back(b.add(firstRow, b.index(number)));
    sums.push_back(b.extract(tile, {b.getIndexAttr(number), b.getIndexAttr(0)}, {1, width}));
  }
  auto weight = [&](Value key, int64_t number) { return b.extract(state.scores, {key, lanesOfRows[number]}, {1, 1}); };
  auto value = [&](Value key) {
    return p.value.matrix(b, Index4{place.keyBatch, place.keyHead, keys.getPosition(b, b.add(first, key)), column}, 1,
                          width);
  };
  SmallVector<Value> results = multiply(count, weight, value, sums);
  if (state.alpha)
    return b.insert(joinRows(results, before), acc, at);
  Value done = joinRows(results, b.empty({rows, width}, p.element));
  done = b.elementwise(done, b.whole(2), before, [](TileBuilder &inner, ValueRange args) {
    return arith::AddFOp::create(inner, args[1], args[0]).getResult();
  });
  return b.insert(done, acc, at);
}

/// Step 5: some rows of the accumulator at a time, and as many columns as share a weight.
Value LaneStrip::accumulate(const TokenList &keys, Value first, Value count, const LaneState &state) {
  int64_t most = kMostVectors * lanes, parts = llvm::divideCeil(p.valueSize, most);
  int64_t columns = llvm::alignTo(llvm::divideCeil(p.valueSize, parts), lanes);
  return b.columns(0, p.valueSize, columns, state.acc, [&](OpFoldResult column, int64_t width, Value acc) {
    int64_t room = std::max<int64_t>(p.schedule.getColumns() * strip / llvm::alignTo(width, lanes), 1);
    int64_t groups = llvm::divideCeil(strip, room);
    auto sum = [&](OpFoldResult row, int64_t rows, Value acc) {
      return accumulateRows(keys, first, count, row, rows, column, width, state, acc);
    };
    if (groups > kMostGroups)
      return b.columns(0, strip, room, acc, sum);
    for (int64_t group = 0; group < groups; ++group) {
      int64_t from = group * strip / groups, to = (group + 1) * strip / groups;
      acc = sum(b.getIndexAttr(from), to - from, acc);
    }
    return acc;
  });
}
