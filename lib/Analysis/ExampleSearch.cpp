// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Analysis/ExampleSearch.h"
#include "ProblemInputs.h"

using namespace attn;

ExampleSearch::ExampleSearch(MaskDefinition mask, const PointReading &point, size_t symbols)
    : tile(readTile(mask, llvm::SmallVector<SymbolKind>(symbols, SymbolKind::Scalar))), point(point),
      tileValue(tile.graph, {tile.full.id, tile.empty.id}), pointValue(point.graph, point.visible.id),
      isPerHead(point.graph.reads(point.visible.id, MaskInput::Batch) ||
                point.graph.reads(point.visible.id, MaskInput::Head)) {}

/// Of one score the point reading knows.
TileClass ExampleSearch::classify(const ScoreRange &range) {
  inputs[MaskInput::QueryFirst] = range.queryBegin;
  inputs[MaskInput::QueryLast] = range.queryEnd - 1;
  inputs[MaskInput::KeyFirst] = range.keyBegin;
  inputs[MaskInput::KeyLast] = range.keyEnd - 1;
  if (range.isOne()) {
    pointValue.run(inputs);
    return pointValue.get(point.visible) ? TileClass::Full : TileClass::Empty;
  }
  tileValue.run(inputs);
  if (tileValue.get(tile.full))
    return TileClass::Full;
  return tileValue.get(tile.empty) ? TileClass::Empty : TileClass::Mixed;
}

ExampleSearch::Answer ExampleSearch::run(const MaskProblem &problem, int64_t &steps) {
  inputs = makeInputs(problem);
  llvm::SmallVector<ScoreRange> rest{{0, problem.queries, 0, problem.keys}};
  while (!rest.empty()) {
    ScoreRange part = rest.pop_back_val();
    if (part.isEmpty())
      continue;
    if (steps == 0)
      return Answer::Unknown;
    --steps;
    TileClass kind = classify(part);
    if (kind == TileClass::Full)
      return Answer::Found;
    if (kind == TileClass::Empty)
      continue;
    auto [first, second] = part.halve();
    rest.append({first, second});
  }
  return Answer::NotFound;
}
