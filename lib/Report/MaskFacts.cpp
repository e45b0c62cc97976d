// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Report/MaskFacts.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace attn;

llvm::ArrayRef<TileShape> attn::getUsualTileShapes() {
  static constexpr TileShape shapes[] = {{4, 8},   {6, 16},  {14, 32},  {16, 16},
                                         {32, 32}, {64, 64}, {128, 64}, {128, 128}};
  return shapes;
}

static bool isEmpty(const ScoreRange &range) {
  return range.queryBegin >= range.queryEnd || range.keyBegin >= range.keyEnd;
}

/// The picture that the view asks for, of which the tiles are counted in any case.
static MaskExcess drawMask(MaskCounter &counter, const MaskQuestions &questions, MaskFacts &facts) {
  int64_t queries = facts.range.queryEnd - facts.range.queryBegin, keys = facts.range.keyEnd - facts.range.keyBegin;
  bool isTiles = questions.view == MaskView::Tile;
  MaskPicture picture(isTiles ? llvm::divideCeil(queries, facts.tile.rows) : queries,
                      isTiles ? llvm::divideCeil(keys, facts.tile.columns) : keys,
                      isTiles ? facts.tile : TileShape{1, 1}, questions.mostCells);
  std::optional<MaskTiles> counts =
      countMaskTiles(counter, facts.range, facts.tile, kMaxMaskSteps, isTiles ? &picture : nullptr);
  if (!counts)
    return MaskExcess::Tiles;
  facts.counts = *counts;
  counter.setSteps(kMaxMaskSteps);
  if (!isTiles && !drawScores(counter, facts.range, picture))
    return MaskExcess::Scores;
  facts.picture = std::move(picture);
  return MaskExcess::None;
}

MaskExcess attn::collectMaskFacts(MaskDefinition mask, const MaskQuestions &questions, MaskFacts &facts) {
  facts.view = questions.view;
  facts.tile = questions.tile;
  facts.formulas = formatMask(mask, questions.symbols, facts.symbolNames);
  if (isEmpty(facts.range)) {
    facts.visible = 0;
    return MaskExcess::None;
  }
  MaskCounter counter(mask, facts.problem, questions.symbols);
  if (MaskExcess excess = drawMask(counter, questions, facts); excess != MaskExcess::None)
    return excess;
  counter.setSteps(kMaxMaskSteps);
  facts.dependsOnData = llvm::any_of(questions.symbols, [](SymbolKind kind) { return kind != SymbolKind::Scalar; });
  if (!facts.dependsOnData)
    facts.visible = counter.countVisible(facts.range);
  // All shapes together take about as long as one question.
  int64_t steps = kMaxMaskSteps / std::max<int64_t>(questions.sweep.size(), 1);
  for (TileShape tile : questions.sweep)
    facts.sweep.push_back({tile, countMaskTiles(counter, facts.range, tile, steps)});
  return MaskExcess::None;
}
