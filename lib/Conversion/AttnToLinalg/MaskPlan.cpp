// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MaskPlan.h"
#include "ScoreTile.h"
#include "attn/Analysis/MaskDisjuncts.h"
#include "attn/Analysis/WalkCount.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace attn;

/// Whether heads may have different tiles and bounds.
bool MaskPlan::differByHead() const {
  if (readings.readsHead())
    return true;
  for (auto [number, kind] : llvm::enumerate(getWalkedSymbolKinds(problem.scoring)))
    if (kind != SymbolKind::Unknown &&
        cast<AffineMapAttr>(problem.scoring.getMaskMaps()[number]).getValue().isFunctionOfDim(1))
      return true;
  return false;
}

MaskPlan::MaskPlan(TileBuilder &b, const AttentionProblem &problem, Value batch, Value head)
    : problem(problem), readings([&](MaskBuilder &mask) { return buildMask(problem.scoring, mask); },
                                 getWalkedSymbolKinds(problem.scoring), problem.coordinates),
      batch(b.add(batch, problem.originBatch)) {
  if (problem.schedule.hasBox())
    readDisjuncts();
  int64_t count = problem.isShort() && differByHead() ? problem.group : 1;
  for (int64_t member = 0; member < count; ++member) {
    Head known{b.add(b.add(head, b.index(member)), problem.originHead), {}};
    for (auto [number, kind] : llvm::enumerate(getWalkedSymbolKinds(problem.scoring))) {
      bool wholeHead = kind == SymbolKind::Scalar;
      known.symbols.push_back(wholeHead ? loadSymbol(b, number, known.position, b.index(0), b.index(0)) : Value());
    }
    heads.push_back(std::move(known));
  }
}

Value MaskPlan::loadSymbol(TileBuilder &b, unsigned symbol, Value head, Value i, Value j) const {
  AffineMap map = cast<AffineMapAttr>(problem.scoring.getMaskMaps()[symbol]).getValue();
  Value element = loadElement(b, problem.scoring.getMaskSymbols()[symbol], map, {batch, head, i, j});
  return emitSymbolAsIndex(b, b.getLoc(), element);
}

/// The values of a symbol over a tile; `keys` may be unknown.
SymbolBounds MaskPlan::boundsOf(TileBuilder &b, const Head &head, unsigned symbol, Range rows, Range keys) const {
  if (Value known = head.symbols[symbol])
    return {known, known};
  AffineMap map = cast<AffineMapAttr>(problem.scoring.getMaskMaps()[symbol]).getValue();
  Value zero = b.index(0), one = b.index(1);
  Value firstKey = keys.from ? keys.from : zero, lastKey = keys.from ? b.sub(keys.to, one) : zero;
  SmallVector<Value> first{batch, head.position, b.add(rows.from, problem.originQuery),
                           b.add(firstKey, problem.originKey)};
  SmallVector<Value> last{batch, head.position, b.add(b.sub(rows.to, one), problem.originQuery),
                          b.add(lastKey, problem.originKey)};
  auto load = [&](ArrayRef<Value> at) { return loadSymbol(b, symbol, at[1], at[2], at[3]); };
  if (!isTableOfBlocks(map))
    return {load(first), load(last)};
  // Of a table, one element is known; of several, nothing.
  Value isOne = arith::ConstantOp::create(b, b.getBoolAttr(keys.from || !map.isFunctionOfDim(3)));
  for (AffineExpr expr : map.getResults()) {
    auto at = [&](ArrayRef<Value> position) {
      return affine::expandAffineExpr(b, b.getLoc(), expr, position, ValueRange());
    };
    Value same = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, at(first), at(last));
    isOne = b.createOrFold<arith::AndIOp>(isOne, same);
  }
  Value element = load(first);
  auto orLimit = [&](int64_t limit) { return b.createOrFold<arith::SelectOp>(isOne, element, b.index(limit)); };
  return {orLimit(-IndexGraph::kLimit), orLimit(IndexGraph::kLimit)};
}

MaskTile MaskPlan::globalTile(TileBuilder &b, const Head &head, Range rows, Range keys) const {
  auto shift = [&](Value position, Value origin) -> OpFoldResult {
    return position ? getAsOpFoldResult(b.add(position, origin)) : OpFoldResult();
  };
  return {batch,
          head.position,
          shift(rows.from, problem.originQuery),
          shift(rows.to, problem.originQuery),
          shift(keys.from, problem.originKey),
          shift(keys.to, problem.originKey),
          getAsOpFoldResult(problem.totalQueries),
          getAsOpFoldResult(problem.totalKeys)};
}

MaskPlan::Range MaskPlan::hullOfHead(TileBuilder &b, const MaskReadings &readings, const Head &head, Range rows) const {
  auto [lo, hi] = readings.emitKeyBounds(b, b.getLoc(), globalTile(b, head, rows, {}),
                                         [&](unsigned symbol) { return boundsOf(b, head, symbol, rows, {}); });
  Value zero = b.index(0);
  auto local = [&](Value key) { return b.minimum(b.maximum(b.sub(key, problem.originKey), zero), problem.keys); };
  return {local(lo), local(hi)};
}

MaskPlan::Range MaskPlan::hull(TileBuilder &b, Range rows) const {
  if (!hasHull())
    return {b.index(0), problem.keys};
  Range all = hullOfHead(b, readings, heads.front(), rows);
  for (const Head &head : llvm::drop_begin(heads)) {
    Range one = hullOfHead(b, readings, head, rows);
    all = {b.minimum(all.from, one.from), b.maximum(all.to, one.to)};
  }
  return all;
}

MaskPlan::Tile MaskPlan::tile(TileBuilder &b, Range rows, Range keys) const {
  Value full, empty;
  for (const Head &head : heads) {
    TileTest test = readings.emitTileTest(b, b.getLoc(), globalTile(b, head, rows, keys),
                                          [&](unsigned symbol) { return boundsOf(b, head, symbol, rows, keys); });
    full = full ? b.createOrFold<arith::AndIOp>(full, test.full) : test.full;
    empty = empty ? b.createOrFold<arith::AndIOp>(empty, test.empty) : test.empty;
  }
  // Between the hulls of two heads may lie keys that no head sees.
  bool neverEmpty = (readings.isSingleBand() && heads.size() == 1) || readings.getKnownEmpty() == false;
  return {full, neverEmpty ? Value() : empty};
}

//===----------------------------------------------------------------------===//
// Walks by boxes
//===----------------------------------------------------------------------===//

void MaskPlan::readDisjuncts() {
  MaskDisjuncts parts([&](MaskBuilder &mask) { return buildMask(problem.scoring, mask); }, kMostBands);
  for (size_t number = 0; number < parts.size(); ++number) {
    auto part = [&](MaskBuilder &mask) { return parts.build(number, mask); };
    Coordinates coordinates = findMaskGrid(part) ? problem.coordinates : Coordinates::Flat;
    disjuncts.push_back(MaskReadings(part, getWalkedSymbolKinds(problem.scoring), coordinates));
  }
}

MaskTile MaskPlan::globalBox(TileBuilder &b, const GridBox &box) const {
  MaskTile tile = globalTile(b, heads.front(), box.rows, box.columns);
  if (problem.coordinates == Coordinates::Flat)
    return tile;
  for (auto [axis, queries] : llvm::enumerate(box.queries)) {
    AxisRange range{getAsOpFoldResult(queries.from), getAsOpFoldResult(queries.to), {}, {}};
    if (axis < box.keys.size()) {
      range.keyBegin = getAsOpFoldResult(box.keys[axis].from);
      range.keyEnd = getAsOpFoldResult(box.keys[axis].to);
    }
    tile.axes.push_back(range);
  }
  return tile;
}

/// What one part of the mask leaves of an axis. A part that reads no coordinates bounds flat positions: lines lie in
/// their order.
MaskPlan::Range MaskPlan::band(TileBuilder &b, const MaskReadings &part, const GridBox &box, unsigned axis) const {
  const TokenGrid &grid = problem.keyGrid;
  Value zero = b.index(0), extent = grid.getExtent(axis);
  bool isLast = axis + 1 == grid.getRank();
  SmallVector<Value> outer;
  for (const Range &known : box.keys)
    outer.push_back(known.from);
  Value firstKey = isLast ? grid.firstToken(b, outer) : Value();
  if (problem.coordinates == Coordinates::Given && part.getGrid()) {
    GridBox known = box;
    if (isLast)
      known.columns = {firstKey, b.add(firstKey, extent)};
    auto [lo, hi] = part.emitAxisBounds(b, b.getLoc(), axis, globalBox(b, known), [&](unsigned symbol) {
      return boundsOf(b, heads.front(), symbol, box.rows, {});
    });
    return {lo, hi};
  }
  if (!part.hasLowerBound() && !part.hasUpperBound())
    return {zero, extent};
  Range flat = hullOfHead(b, part, heads.front(), box.rows);
  auto within = [&](Value coordinate) { return b.minimum(b.maximum(coordinate, zero), extent); };
  if (isLast)
    return {within(b.sub(flat.from, firstKey)), within(b.sub(flat.to, firstKey))};
  if (axis != 0)
    return {zero, extent};
  Value line = b.index(1);
  for (unsigned inner = 1; inner < grid.getRank(); ++inner)
    line = b.mul(line, grid.getExtent(inner));
  return {b.createOrFold<arith::DivUIOp>(flat.from, line), b.createOrFold<arith::CeilDivUIOp>(flat.to, line)};
}

SmallVector<MaskPlan::Range> MaskPlan::bands(TileBuilder &b, const GridBox &box, unsigned axis) const {
  SmallVector<Range> result;
  for (const MaskReadings &part : disjuncts)
    result.push_back(band(b, part, box, axis));
  return result;
}

MaskPlan::Range MaskPlan::axisHull(TileBuilder &b, const GridBox &box, unsigned axis) const {
  SmallVector<Range> parts = bands(b, box, axis);
  if (parts.size() == 1)
    return parts.front();
  // A part that is empty must not widen the hull.
  Value from = problem.keyGrid.getExtent(axis), to = b.index(0);
  for (const Range &part : parts) {
    Value exists = b.less(part.from, part.to);
    from = b.createOrFold<arith::SelectOp>(exists, b.minimum(from, part.from), from);
    to = b.createOrFold<arith::SelectOp>(exists, b.maximum(to, part.to), to);
  }
  return {from, to};
}

bool MaskPlan::mayBeEmpty() const {
  // Where the visible keys of each part are all those of its band, no stretch of a band is empty.
  bool neverEmpty = problem.coordinates == Coordinates::Flat &&
                    llvm::all_of(disjuncts, [](const MaskReadings &part) { return part.isSingleBand(); });
  return !neverEmpty && readings.getKnownEmpty() != false;
}

TileTest MaskPlan::boxTest(TileBuilder &b, const GridBox &box) const {
  auto symbol = [&](unsigned number) { return boundsOf(b, heads.front(), number, box.rows, box.columns); };
  return readings.emitTileTest(b, b.getLoc(), globalBox(b, box), symbol);
}

Value MaskPlan::visible(TileBuilder &b, Value head, Value i, Value j, ArrayRef<AxisPoint> axes) const {
  if (readings.isAlwaysVisible())
    return {};
  auto global = [&](Value position, Value origin) { return b.add(position, origin); };
  MaskPoint point{batch,
                  global(head, problem.originHead),
                  global(i, problem.originQuery),
                  global(j, problem.originKey),
                  getAsOpFoldResult(problem.totalQueries),
                  getAsOpFoldResult(problem.totalKeys),
                  SmallVector<AxisPoint, kMaxGridAxes>(axes)};
  // Rows and columns that only fill up a tile read the last element there is.
  Value lastQuery = b.sub(problem.queries, b.index(1)), lastKey = b.sub(problem.keys, b.index(1));
  return readings.emitVisible(b, b.getLoc(), point, [&](unsigned symbol) {
    if (heads.size() == 1 && heads.front().symbols[symbol])
      return heads.front().symbols[symbol];
    return loadSymbol(b, symbol, global(head, problem.originHead), global(b.minimum(i, lastQuery), problem.originQuery),
                      global(b.minimum(j, lastKey), problem.originKey));
  });
}
