// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions of registers. The order in which lanes are combined is the same
// on every way: low halves with high halves, until one is left.
#include "AcrossLanes.h"
#include "Elementwise.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace attn {

/// All of `values`, of which there is at least one.
static Value combineTree(LaneBuilder &builder, vector::CombiningKind kind, SmallVector<Value> values) {
  while (values.size() > 1) {
    SmallVector<Value> next;
    for (size_t i = 0; i + 1 < values.size(); i += 2)
      next.push_back(emitCombine(builder, kind, values[i], values[i + 1]));
    if (values.size() % 2)
      next.push_back(values.back());
    values = std::move(next);
  }
  return values.front();
}

Value combineAll(LaneBuilder &builder, vector::CombiningKind kind, SmallVector<Value> values, Value acc) {
  bool isMax = kind == vector::CombiningKind::MAXNUMF;
  if (!isMax && kind != vector::CombiningKind::MINNUMF)
    return emitCombine(builder, kind, combineTree(builder, kind, std::move(values)), acc);
  for (Value value : values)
    acc = emitRunningExtremum(builder, value, acc, isMax);
  return acc;
}

Value combineLanes(LaneBuilder &builder, vector::CombiningKind kind, const Lanes &lanes) {
  if (lanes.width == 1)
    return builder.toScalar(lanes);
  Value vector = builder.toVector(lanes);
  SmallVector<Value> rest;
  int64_t width = lanes.width;
  while (width > 2) {
    int64_t half = width / 2;
    if (width % 2)
      rest.push_back(vector::ExtractOp::create(builder.b, builder.loc, vector, width - 1));
    auto low = llvm::to_vector(llvm::seq<int64_t>(0, half));
    auto high = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
    Value a = vector::ShuffleOp::create(builder.b, builder.loc, vector, vector, low);
    Value b = vector::ShuffleOp::create(builder.b, builder.loc, vector, vector, high);
    vector = emitCombine(builder, kind, a, b);
    width = half;
  }
  for (int64_t lane = 0; lane < width; ++lane)
    rest.push_back(vector::ExtractOp::create(builder.b, builder.loc, vector, lane));
  Value result = rest.pop_back_val();
  while (!rest.empty())
    result = emitCombine(builder, kind, rest.pop_back_val(), result);
  return result;
}

Value combineRegisters(LaneBuilder &builder, vector::CombiningKind kind, ArrayRef<Lanes> list, Value acc) {
  llvm::MapVector<int64_t, SmallVector<Value>> byWidth;
  for (const Lanes &lanes : list)
    byWidth[lanes.width].push_back(lanes.width == 1 ? builder.toScalar(lanes) : builder.toVector(lanes));
  SmallVector<Value> scalars;
  for (auto &[width, values] : byWidth) {
    if (width == 1) {
      scalars.append(values);
      continue;
    }
    Value all = combineTree(builder, kind, std::move(values));
    scalars.push_back(combineLanes(builder, kind, Lanes::ofVector(all, list.front().element)));
  }
  for (Value scalar : scalars)
    acc = emitCombine(builder, kind, scalar, acc);
  return acc;
}

/// Combines the low with the high half of each segment of `segment` lanes of
/// `first` and then of `second`, which may be null: one register with halved
/// segments.
static Value foldHalves(LaneBuilder &builder, vector::CombiningKind kind, Value first, Value second, int64_t segment) {
  int64_t width = cast<VectorType>(first.getType()).getDimSize(0);
  int64_t total = second ? 2 * width : width;
  SmallVector<int64_t> low, high;
  for (int64_t start = 0; start < total; start += segment)
    for (int64_t lane = 0; lane < segment / 2; ++lane) {
      low.push_back(start + lane);
      high.push_back(start + segment / 2 + lane);
    }
  Value other = second ? second : first;
  Value a = vector::ShuffleOp::create(builder.b, builder.loc, first, other, low);
  Value b = vector::ShuffleOp::create(builder.b, builder.loc, first, other, high);
  return emitCombine(builder, kind, a, b);
}

/// The rows as one register each; empty where they are not alike, or no power
/// of two of them fits one register.
static SmallVector<Value> wholeRows(LaneBuilder &builder, vector::CombiningKind kind,
                                    ArrayRef<SmallVector<Lanes>> rows) {
  int64_t width = rows.front().front().width;
  int64_t count = rows.size();
  if (count < 2 || !llvm::isPowerOf2_64(count) || !llvm::isPowerOf2_64(width) || count > width)
    return {};
  SmallVector<Value> result;
  for (const SmallVector<Lanes> &row : rows) {
    if (!llvm::all_of(row, [&](const Lanes &x) { return x.width == width; }))
      return {};
    SmallVector<Value> values;
    for (const Lanes &lanes : row)
      values.push_back(builder.toVector(lanes));
    result.push_back(combineTree(builder, kind, std::move(values)));
  }
  return result;
}

Lanes combineRows(LaneBuilder &builder, vector::CombiningKind kind, ArrayRef<SmallVector<Lanes>> rows,
                  const Lanes &acc) {
  SmallVector<Value> whole = wholeRows(builder, kind, rows);
  if (whole.empty()) {
    SmallVector<Value> scalars;
    for (auto [lane, row] : llvm::enumerate(rows))
      scalars.push_back(combineRegisters(builder, kind, row, builder.toScalar(acc, lane)));
    if (acc.width == 1)
      return Lanes::ofScalar(scalars.front(), 1);
    return Lanes::ofVector(
        vector::FromElementsOp::create(builder.b, builder.loc, builder.type(acc.width, acc.element), scalars),
        acc.element);
  }
  int64_t segment = rows.front().front().width;
  while (whole.size() > 1) {
    SmallVector<Value> next;
    for (size_t i = 0; i < whole.size(); i += 2)
      next.push_back(foldHalves(builder, kind, whole[i], whole[i + 1], segment));
    whole = std::move(next);
    segment /= 2;
  }
  Value result = whole.front();
  for (; segment > 1; segment /= 2)
    result = foldHalves(builder, kind, result, Value(), segment);
  return Lanes::ofVector(emitCombine(builder, kind, result, builder.toVector(acc)), acc.element);
}

} // namespace attn
