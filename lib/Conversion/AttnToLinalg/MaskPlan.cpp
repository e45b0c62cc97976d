// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MaskPlan.h"
#include "ScoreTile.h"

using namespace mlir;
using namespace attn;

/// Ranges of a symbol over the rows of a tile are not computed here, so a symbol that depends on the query is as good
/// as unknown to tile tests.
static SmallVector<SymbolKind> knownKinds(AttentionOp op) {
  SmallVector<SymbolKind> kinds = getMaskSymbolKinds(op);
  for (SymbolKind &kind : kinds)
    if (kind == SymbolKind::Rows)
      kind = SymbolKind::Unknown;
  return kinds;
}

MaskPlan::MaskPlan(TileBuilder &b, const AttentionProblem &problem, Value batch, Value head)
    : problem(problem), readings(problem.op.getMaskAttr(), knownKinds(problem.op)),
      batch(b.add(batch, problem.originBatch)), head(b.add(head, problem.originHead)) {
  for (auto [number, kind] : llvm::enumerate(knownKinds(problem.op))) {
    bool wholeHead = kind == SymbolKind::Scalar;
    symbols.push_back(wholeHead ? loadSymbol(b, number, b.index(0), b.index(0)) : Value());
  }
}

Value MaskPlan::loadSymbol(TileBuilder &b, unsigned symbol, Value i, Value j) const {
  AffineMap map = cast<AffineMapAttr>(problem.op.getMaskMaps()[symbol]).getValue();
  Value element = loadElement(b, problem.op.getMaskSymbols()[symbol], map, {batch, head, i, j});
  return emitSymbolAsIndex(b, b.getLoc(), element);
}

SymbolBounds MaskPlan::symbolBounds(unsigned symbol) const { return {symbols[symbol], symbols[symbol]}; }

MaskTile MaskPlan::globalTile(TileBuilder &b, Range rows, Range keys) const {
  auto shift = [&](Value position, Value origin) -> OpFoldResult {
    return position ? getAsOpFoldResult(b.add(position, origin)) : OpFoldResult();
  };
  return {batch,
          head,
          shift(rows.from, problem.originQuery),
          shift(rows.to, problem.originQuery),
          shift(keys.from, problem.originKey),
          shift(keys.to, problem.originKey),
          getAsOpFoldResult(problem.totalQueries),
          getAsOpFoldResult(problem.totalKeys)};
}

MaskPlan::Range MaskPlan::hull(TileBuilder &b, Range rows) const {
  if (!hasHull())
    return {b.index(0), problem.keys};
  auto [lo, hi] = readings.emitKeyBounds(b, b.getLoc(), globalTile(b, rows, {}),
                                         [&](unsigned symbol) { return symbolBounds(symbol); });
  Value zero = b.index(0);
  auto local = [&](Value key) { return b.minimum(b.maximum(b.sub(key, problem.originKey), zero), problem.keys); };
  return {local(lo), local(hi)};
}

MaskPlan::Tile MaskPlan::tile(TileBuilder &b, Range rows, Range keys) const {
  TileTest test = readings.emitTileTest(b, b.getLoc(), globalTile(b, rows, keys),
                                        [&](unsigned symbol) { return symbolBounds(symbol); });
  bool neverEmpty = readings.isSingleBand() || readings.getKnownEmpty() == false;
  return {test.full, neverEmpty ? Value() : test.empty};
}

Value MaskPlan::visible(TileBuilder &b, Value i, Value j) const {
  if (readings.isAlwaysVisible())
    return {};
  auto global = [&](Value position, Value origin) { return b.add(position, origin); };
  MaskPoint point{batch,
                  head,
                  global(i, problem.originQuery),
                  global(j, problem.originKey),
                  getAsOpFoldResult(problem.totalQueries),
                  getAsOpFoldResult(problem.totalKeys)};
  // Rows and columns that only fill up a tile read the last element there is.
  Value lastQuery = b.sub(problem.queries, b.index(1)), lastKey = b.sub(problem.keys, b.index(1));
  return readings.emitVisible(b, b.getLoc(), point, [&](unsigned symbol) {
    if (symbols[symbol])
      return symbols[symbol];
    return loadSymbol(b, symbol, global(b.minimum(i, lastQuery), problem.originQuery),
                      global(b.minimum(j, lastKey), problem.originKey));
  });
}
