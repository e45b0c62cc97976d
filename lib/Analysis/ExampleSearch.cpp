// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Analysis/ExampleSearch.h"
#include "llvm/ADT/STLExtras.h"

using namespace attn;

ExampleSearch::ExampleSearch(MaskDefinition mask, const PointReading &point, size_t symbols)
    : tile(readTile(mask, llvm::SmallVector<SymbolKind>(symbols, SymbolKind::Scalar))), point(point),
      tileValue(tile.graph, {tile.full.id, tile.empty.id}), pointValue(point.graph, point.visible.id),
      inputs(MaskInput::symbolLow(symbols)) {
  dependsOnHead = llvm::any_of(point.graph.getReachable(point.visible.id), [&](unsigned id) {
    const IndexGraph::Node &node = point.graph.getNodes()[id];
    return node.kind == IndexGraph::Kind::Input && (node.value == MaskInput::Batch || node.value == MaskInput::Head);
  });
}

/// Of one score the point reading knows.
TileClass ExampleSearch::classify(const ScoreRange &range) {
  inputs[MaskInput::QueryFirst] = range.queryBegin;
  inputs[MaskInput::QueryLast] = range.queryEnd - 1;
  inputs[MaskInput::KeyFirst] = range.keyBegin;
  inputs[MaskInput::KeyLast] = range.keyEnd - 1;
  if (range.getArea() == 1) {
    pointValue.run(inputs);
    return pointValue.get(point.visible) ? TileClass::Full : TileClass::Empty;
  }
  tileValue.run(inputs);
  if (tileValue.get(tile.full))
    return TileClass::Full;
  return tileValue.get(tile.empty) ? TileClass::Empty : TileClass::Mixed;
}

ExampleSearch::Answer ExampleSearch::run(const MaskProblem &problem, int64_t &steps) {
  inputs[MaskInput::Batch] = problem.batch;
  inputs[MaskInput::Head] = problem.head;
  inputs[MaskInput::Queries] = problem.queries;
  inputs[MaskInput::Keys] = problem.keys;
  for (auto [number, value] : llvm::enumerate(problem.symbols))
    inputs[MaskInput::symbolLow(number)] = inputs[MaskInput::symbolHigh(number)] = value;
  llvm::SmallVector<ScoreRange> rest{{0, problem.queries, 0, problem.keys}};
  while (!rest.empty()) {
    ScoreRange part = rest.pop_back_val();
    int64_t rows = part.queryEnd - part.queryBegin, columns = part.keyEnd - part.keyBegin;
    if (rows == 0 || columns == 0)
      continue;
    if (steps == 0)
      return Answer::Unknown;
    --steps;
    TileClass kind = classify(part);
    if (kind == TileClass::Full)
      return Answer::Found;
    if (kind == TileClass::Empty)
      continue;
    ScoreRange first = part, second = part;
    if (rows >= columns)
      first.queryEnd = second.queryBegin = part.queryBegin + rows / 2;
    else
      first.keyEnd = second.keyBegin = part.keyBegin + columns / 2;
    rest.append({first, second});
  }
  return Answer::NotFound;
}
