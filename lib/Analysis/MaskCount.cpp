// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Analysis/MaskCount.h"
#include "llvm/ADT/STLExtras.h"

using namespace attn;

static llvm::SmallVector<SymbolKind> allScalar(size_t count) { return llvm::SmallVector<SymbolKind>(count, SymbolKind::Scalar); }

MaskCounter::MaskCounter(MaskDefinition mask, const MaskProblem &problem)
    : tile(readTile(mask, allScalar(problem.symbols.size()))), point(readPoint(mask)),
      tileValue(tile.graph, {tile.full.id, tile.empty.id}), pointValue(point.graph, point.visible.id),
      inputs(MaskInput::symbolLow(problem.symbols.size())) {
  inputs[MaskInput::Batch] = problem.batch;
  inputs[MaskInput::Head] = problem.head;
  inputs[MaskInput::Queries] = problem.queries;
  inputs[MaskInput::Keys] = problem.keys;
  for (auto [number, value] : llvm::enumerate(problem.symbols))
    inputs[MaskInput::symbolLow(number)] = inputs[MaskInput::symbolHigh(number)] = value;
}

TileClass MaskCounter::classify(const ScoreRange &range) {
  inputs[MaskInput::QueryFirst] = range.queryBegin;
  inputs[MaskInput::QueryLast] = range.queryEnd - 1;
  inputs[MaskInput::KeyFirst] = range.keyBegin;
  inputs[MaskInput::KeyLast] = range.keyEnd - 1;
  tileValue.run(inputs);
  if (tileValue.get(tile.full))
    return TileClass::Full;
  return tileValue.get(tile.empty) ? TileClass::Empty : TileClass::Mixed;
}

std::optional<int64_t> MaskCounter::countVisible(const ScoreRange &range) {
  int64_t visible = 0;
  llvm::SmallVector<ScoreRange> rest{range};
  while (!rest.empty()) {
    ScoreRange part = rest.pop_back_val();
    int64_t rows = part.queryEnd - part.queryBegin, columns = part.keyEnd - part.keyBegin;
    if (part.getArea() == 0)
      continue;
    if (--steps < 0)
      return std::nullopt;
    if (rows == 1 && columns == 1) {
      inputs[MaskInput::QueryFirst] = part.queryBegin;
      inputs[MaskInput::KeyFirst] = part.keyBegin;
      pointValue.run(inputs);
      visible += pointValue.get(point.visible);
      continue;
    }
    TileClass kind = classify(part);
    if (kind == TileClass::Full)
      visible += part.getArea();
    if (kind != TileClass::Mixed)
      continue;
    ScoreRange first = part, second = part;
    if (rows >= columns)
      first.queryEnd = second.queryBegin = part.queryBegin + rows / 2;
    else
      first.keyEnd = second.keyBegin = part.keyBegin + columns / 2;
    rest.append({first, second});
  }
  return visible;
}
