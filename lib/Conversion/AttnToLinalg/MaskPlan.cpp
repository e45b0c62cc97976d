// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MaskPlan.h"
#include "ScoreTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace attn;

/// Ranges of a symbol over the rows of a tile are not computed here, so a symbol that depends on the query is as good
/// as unknown to tile tests.
static SmallVector<SymbolKind> knownKinds(ScoringOpInterface op) {
  SmallVector<SymbolKind> kinds = getMaskSymbolKinds(op);
  for (SymbolKind &kind : kinds)
    if (kind == SymbolKind::Rows)
      kind = SymbolKind::Unknown;
  return kinds;
}

/// Whether heads may have different tiles and bounds.
bool MaskPlan::differByHead() const {
  if (readings.readsHead())
    return true;
  for (auto [number, kind] : llvm::enumerate(knownKinds(problem.scoring)))
    if (kind == SymbolKind::Scalar &&
        cast<AffineMapAttr>(problem.scoring.getMaskMaps()[number]).getValue().isFunctionOfDim(1))
      return true;
  return false;
}

MaskPlan::MaskPlan(TileBuilder &b, const AttentionProblem &problem, Value batch, Value head)
    : problem(problem), readings(problem.scoring.getMaskAttr(), knownKinds(problem.scoring)),
      batch(b.add(batch, problem.originBatch)) {
  int64_t count = problem.isShort() && differByHead() ? problem.group : 1;
  for (int64_t member = 0; member < count; ++member) {
    Head known{b.add(b.add(head, b.index(member)), problem.originHead), {}};
    for (auto [number, kind] : llvm::enumerate(knownKinds(problem.scoring))) {
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

MaskPlan::Range MaskPlan::hullOfHead(TileBuilder &b, const Head &head, Range rows) const {
  auto [lo, hi] = readings.emitKeyBounds(b, b.getLoc(), globalTile(b, head, rows, {}), [&](unsigned symbol) {
    return SymbolBounds{head.symbols[symbol], head.symbols[symbol]};
  });
  Value zero = b.index(0);
  auto local = [&](Value key) { return b.minimum(b.maximum(b.sub(key, problem.originKey), zero), problem.keys); };
  return {local(lo), local(hi)};
}

MaskPlan::Range MaskPlan::hull(TileBuilder &b, Range rows) const {
  if (!hasHull())
    return {b.index(0), problem.keys};
  Range all = hullOfHead(b, heads.front(), rows);
  for (const Head &head : llvm::drop_begin(heads)) {
    Range one = hullOfHead(b, head, rows);
    all = {b.minimum(all.from, one.from), b.maximum(all.to, one.to)};
  }
  return all;
}

MaskPlan::Tile MaskPlan::tile(TileBuilder &b, Range rows, Range keys) const {
  Value full, empty;
  for (const Head &head : heads) {
    TileTest test = readings.emitTileTest(b, b.getLoc(), globalTile(b, head, rows, keys), [&](unsigned symbol) {
      return SymbolBounds{head.symbols[symbol], head.symbols[symbol]};
    });
    full = full ? b.createOrFold<arith::AndIOp>(full, test.full) : test.full;
    empty = empty ? b.createOrFold<arith::AndIOp>(empty, test.empty) : test.empty;
  }
  // Between the hulls of two heads may lie keys that no head sees.
  bool neverEmpty = (readings.isSingleBand() && heads.size() == 1) || readings.getKnownEmpty() == false;
  return {full, neverEmpty ? Value() : empty};
}

Value MaskPlan::visible(TileBuilder &b, Value head, Value i, Value j) const {
  if (readings.isAlwaysVisible())
    return {};
  auto global = [&](Value position, Value origin) { return b.add(position, origin); };
  MaskPoint point{batch,
                  global(head, problem.originHead),
                  global(i, problem.originQuery),
                  global(j, problem.originKey),
                  getAsOpFoldResult(problem.totalQueries),
                  getAsOpFoldResult(problem.totalKeys)};
  // Rows and columns that only fill up a tile read the last element there is.
  Value lastQuery = b.sub(problem.queries, b.index(1)), lastKey = b.sub(problem.keys, b.index(1));
  return readings.emitVisible(b, b.getLoc(), point, [&](unsigned symbol) {
    if (heads.size() == 1 && heads.front().symbols[symbol])
      return heads.front().symbols[symbol];
    return loadSymbol(b, symbol, global(head, problem.originHead), global(b.minimum(i, lastQuery), problem.originQuery),
                      global(b.minimum(j, lastKey), problem.originKey));
  });
}
