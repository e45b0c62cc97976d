// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Analysis/MaskCount.h"
#include "ProblemInputs.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace attn;

static llvm::SmallVector<SymbolKind> allScalar(size_t count) {
  return llvm::SmallVector<SymbolKind>(count, SymbolKind::Scalar);
}

std::pair<ScoreRange, ScoreRange> ScoreRange::halve() const {
  ScoreRange first = *this, second = *this;
  int64_t rows = queryEnd - queryBegin, columns = keyEnd - keyBegin;
  if (rows >= columns)
    first.queryEnd = second.queryBegin = queryBegin + rows / 2;
  else
    first.keyEnd = second.keyBegin = keyBegin + columns / 2;
  return {first, second};
}

MaskCounter::MaskCounter(MaskDefinition mask, const MaskProblem &problem)
    : MaskCounter(mask, problem, allScalar(problem.symbols.size())) {}

MaskCounter::MaskCounter(MaskDefinition mask, const MaskProblem &problem, llvm::ArrayRef<SymbolKind> kinds)
    : tile(readTile(mask, kinds)), bounds(readBounds(mask, kinds)), point(readPoint(mask)),
      tileValue(tile.graph, {tile.full.id, tile.empty.id}), boundsValue(bounds.graph, {bounds.lo.id, bounds.hi.id}),
      pointValue(point.graph, point.visible.id), problem(problem), kinds(kinds), inputs(makeInputs(problem)) {}

void MaskCounter::setTile(const ScoreRange &range) {
  setQueries(inputs, problem, kinds, range.queryBegin, range.queryEnd - 1);
  inputs[MaskInput::KeyFirst] = range.keyBegin;
  inputs[MaskInput::KeyLast] = range.keyEnd - 1;
}

TileClass MaskCounter::classify(const ScoreRange &range) {
  setTile(range);
  tileValue.run(inputs);
  if (tileValue.get(tile.full))
    return TileClass::Full;
  return tileValue.get(tile.empty) ? TileClass::Empty : TileClass::Mixed;
}

std::pair<int64_t, int64_t> MaskCounter::getHull(const ScoreRange &range) {
  setTile(range);
  boundsValue.run(inputs);
  return {std::clamp(boundsValue.get(bounds.lo), range.keyBegin, range.keyEnd),
          std::clamp(boundsValue.get(bounds.hi), range.keyBegin, range.keyEnd)};
}

bool MaskCounter::dependsOnHead() const {
  return llvm::any_of(llvm::ArrayRef{MaskInput::Batch, MaskInput::Head}, [&](unsigned input) {
    return tile.graph.reads({tile.full.id, tile.empty.id}, input) ||
           bounds.graph.reads({bounds.lo.id, bounds.hi.id}, input);
  });
}

std::optional<int64_t> MaskCounter::countVisible(const ScoreRange &range) {
  int64_t visible = 0;
  llvm::SmallVector<ScoreRange> rest{range};
  while (!rest.empty()) {
    ScoreRange part = rest.pop_back_val();
    if (part.isEmpty())
      continue;
    if (--steps < 0)
      return std::nullopt;
    if (part.isOne()) {
      setTile(part);
      pointValue.run(inputs);
      visible += pointValue.get(point.visible);
      continue;
    }
    TileClass kind = classify(part);
    if (kind == TileClass::Full)
      visible += part.getArea();
    if (kind != TileClass::Mixed)
      continue;
    auto [first, second] = part.halve();
    rest.append({first, second});
  }
  return visible;
}
