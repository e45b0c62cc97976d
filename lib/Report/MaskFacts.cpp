// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Report/MaskFacts.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace attn;

std::string attn::joinSizes(llvm::ArrayRef<int64_t> sizes, llvm::StringRef separator) {
  return llvm::join(llvm::map_range(sizes, [](int64_t size) { return std::to_string(size); }), separator);
}

std::string attn::describeTiling(const MaskTiling &tiling) {
  std::string text = std::to_string(tiling.tile.rows) + " x " + std::to_string(tiling.tile.columns);
  if (!tiling.box.empty())
    text += " in boxes of " + joinSizes(tiling.box, " x ");
  return text;
}

TileShape MaskFacts::getPart() const {
  if (view == MaskView::Element)
    return {1, 1};
  return view == MaskView::Box ? TileShape{tiling.box.front(), 1} : tiling.tile;
}

std::vector<MaskTiling> attn::getUsualTilings(unsigned axes) {
  static constexpr TileShape shapes[] = {{4, 8},   {6, 16},  {14, 32},  {16, 16},
                                         {32, 32}, {64, 64}, {128, 64}, {128, 128}};
  std::vector<MaskTiling> tilings;
  for (TileShape tile : shapes)
    tilings.push_back({tile, {}});
  for (llvm::ArrayRef<int64_t> box : listBoxes(16, axes))
    tilings.push_back({{16, 16}, llvm::to_vector(box)});
  return tilings;
}

bool attn::drawPlane(MaskCounter &counter, int64_t plane, int64_t mostCells, GridPictures &grid) {
  size_t axes = grid.extents.size();
  int64_t height = axes > 1 ? grid.extents[axes - 2] : 1, width = grid.extents.back(), query = 0;
  for (auto [extent, coordinate] : llvm::zip_equal(grid.extents, grid.query))
    query = query * extent + coordinate;
  MaskPicture picture(height, width, {1, 1}, mostCells);
  if (!drawKeys(counter, query, plane * height * width, picture, height, width))
    return false;
  grid.planes.push_back({plane, std::move(picture)});
  return true;
}

namespace {

/// Answers the questions about one mask.
class FactFinder {
public:
  FactFinder(MaskDefinition mask, const MaskQuestions &questions, MaskFacts &facts)
      : mask(mask), questions(questions), facts(facts), counter(mask, facts.problem, questions.symbols) {}

  MaskExcess find() {
    std::optional<MaskTiles> counts = count(facts.tiling, kMaxMaskSteps);
    if (!counts)
      return MaskExcess::Tiles;
    facts.counts = *counts;
    if (MaskExcess excess = draw(); excess != MaskExcess::None)
      return excess;
    counter.setSteps(kMaxMaskSteps);
    facts.dependsOnData = llvm::any_of(questions.symbols, [&](SymbolKind kind) {
      return kind == SymbolKind::Unknown || (kind == SymbolKind::Rows && !facts.problem.rowValue);
    });
    if (!facts.dependsOnData)
      facts.visible = counter.countVisible(facts.range);
    // All shapes together take about as long as one question.
    int64_t steps = kMaxMaskSteps / std::max<int64_t>(questions.sweep.size(), 1);
    for (const MaskTiling &tiling : questions.sweep)
      facts.sweep.push_back({tiling, count(tiling, steps)});
    return MaskExcess::None;
  }

private:
  std::optional<MaskTiles> count(const MaskTiling &tiling, int64_t steps) {
    if (tiling.box.empty())
      return countMaskTiles(counter, facts.range, tiling.tile, steps);
    BoxShape shape{tiling.box, tiling.tile.rows, tiling.tile.columns};
    WalkCounts counts = countBoxes(mask, questions.symbols, facts.problem, shape, steps);
    return counts.isComplete ? std::optional(MaskTiles{counts.bare, counts.tested, counts.getSkipped()}) : std::nullopt;
  }

  MaskExcess draw() {
    if (facts.grid)
      return MaskExcess::None;
    if (facts.view == MaskView::Box && facts.tiling.box.size() > 1)
      return drawMiddle();
    TileShape part = facts.getPart();
    int64_t queries = facts.range.queryEnd - facts.range.queryBegin, keys = facts.range.keyEnd - facts.range.keyBegin;
    MaskPicture picture(llvm::divideCeil(queries, part.rows), llvm::divideCeil(keys, part.columns), part,
                        questions.mostCells);
    counter.setSteps(kMaxMaskSteps);
    if (facts.view == MaskView::Element && !drawScores(counter, facts.range, picture))
      return MaskExcess::Scores;
    if (facts.view != MaskView::Element && !countMaskTiles(counter, facts.range, part, kMaxMaskSteps, &picture))
      return MaskExcess::Tiles;
    facts.picture = std::move(picture);
    return MaskExcess::None;
  }

  /// Of boxes on a grid: what the query in the middle sees of its own plane.
  MaskExcess drawMiddle() {
    GridPictures grid;
    int64_t plane = 0;
    std::optional<MaskGrid> found = findMaskGrid(mask);
    for (const MaskExtent &extent : found->extents) {
      grid.extents.push_back(extent.isSymbol ? facts.problem.symbols[extent.value] : extent.value);
      grid.query.push_back(grid.extents.back() / 2);
    }
    for (size_t axis = 0; axis + 2 < grid.extents.size(); ++axis)
      plane = plane * grid.extents[axis] + grid.query[axis];
    counter.setSteps(kMaxMaskSteps);
    if (!drawPlane(counter, plane, questions.mostCells, grid))
      return MaskExcess::Scores;
    facts.grid = std::move(grid);
    return MaskExcess::None;
  }

  MaskDefinition mask;
  const MaskQuestions &questions;
  MaskFacts &facts;
  MaskCounter counter;
};

} // namespace

MaskExcess attn::collectMaskFacts(MaskDefinition mask, const MaskQuestions &questions, MaskFacts &facts) {
  facts.tiling = questions.tiling;
  bool hasBox = !questions.tiling.box.empty();
  facts.view = hasBox && questions.view == MaskView::Tile ? MaskView::Box : questions.view;
  facts.formulas = formatMask(mask, questions.symbols, facts.symbolNames);
  if (facts.range.isEmpty()) {
    facts.visible = 0;
    return MaskExcess::None;
  }
  return FactFinder(mask, questions, facts).find();
}
