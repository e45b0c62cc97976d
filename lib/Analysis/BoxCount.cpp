// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk over boxes of lib/Conversion/AttnToLinalg once more, with numbers.
#include "ProblemInputs.h"
#include "Sample.h"
#include "attn/Analysis/MaskDisjuncts.h"
#include "attn/Analysis/WalkCount.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <list>

using namespace attn;

namespace {

using Interval = std::pair<int64_t, int64_t>;

/// What one part of the mask leaves of an axis.
class PartBounds {
public:
  PartBounds(MaskDefinition part, llvm::ArrayRef<SymbolKind> kinds, bool onGrid, unsigned rank)
      : flat(readBounds(part, kinds)), flatValue(flat.graph, {flat.lo.id, flat.hi.id}) {
    if (!onGrid || !findMaskGrid(part))
      return;
    for (unsigned axis = 0; axis < rank; ++axis)
      axes.push_back(*readAxisBounds(part, kinds, axis));
    for (AxisBoundsReading &reading : axes)
      axisValues.emplace_back(reading.graph, llvm::ArrayRef<unsigned>{reading.lo.id, reading.hi.id});
  }

  bool readsGrid() const { return !axes.empty(); }
  bool isBounded() const { return flat.hasLower || flat.hasUpper; }
  bool isSingleBand() const { return flat.singleBand; }
  Interval onAxis(unsigned axis, llvm::ArrayRef<int64_t> inputs) {
    axisValues[axis].run(inputs);
    return {axisValues[axis].get(axes[axis].lo), axisValues[axis].get(axes[axis].hi)};
  }
  Interval onFlat(llvm::ArrayRef<int64_t> inputs) {
    flatValue.run(inputs);
    return {flatValue.get(flat.lo), flatValue.get(flat.hi)};
  }

private:
  BoundsReading flat;
  IndexGraphEvaluator flatValue;
  std::vector<AxisBoundsReading> axes;
  std::vector<IndexGraphEvaluator> axisValues;
};

class BoxCounter {
public:
  BoxCounter(MaskDefinition mask, llvm::ArrayRef<SymbolKind> kinds, const MaskProblem &problem, const BoxShape &shape,
             int64_t mostBoxes, int64_t mostSteps)
      : shape(shape), box(shape.box), problem(problem), kinds(kinds), inputs(makeInputs(problem)),
        parts(mask, kMostBands), mostBoxes(mostBoxes), stepsLeft(mostSteps) {
    layOut(mask);
    tile = readTile(mask, kinds, onGrid ? Coordinates::Given : Coordinates::Flat);
    tileValue.emplace(tile.graph, llvm::ArrayRef<unsigned>{tile.full.id, tile.empty.id});
    hasGaps = readsRemaindersOfKeys(tile, rank());
    for (size_t number = 0; number < parts.size(); ++number)
      bounds.emplace_back([&](MaskBuilder &b) { return parts.build(number, b); }, kinds, onGrid, rank());
    bool neverEmpty = !onGrid && llvm::all_of(bounds, [](PartBounds &part) { return part.isSingleBand(); });
    mayBeEmpty = !neverEmpty && tile.graph.getConstant(tile.empty) != false;
    mayBeFull = tile.graph.getConstant(tile.full) != false;
  }

  WalkCounts count() {
    if (queryExtents.size() != box.size())
      return {0, 0, 0, false};
    int64_t boxes = 1, strips;
    for (auto [extent, size] : llvm::zip_equal(queryExtents, box))
      boxes *= llvm::divideCeil(extent, size);
    int64_t panels = llvm::divideCeil(keyExtents.front() * inner(keyExtents), shape.panel);
    // Where keys are tested one by one, fewer boxes have to do.
    sample = Sample(boxes, hasGaps && mostBoxes < boxes ? mostBoxes / 2 : mostBoxes);
    if ((!sample.isWhole() && boxes > Sample::kMostAsked) || llvm::MulOverflow(boxes, shape.getStrips(), strips) ||
        llvm::MulOverflow(strips, panels, counts.all))
      return {0, 0, 0, false};
    overBoxes(0);
    counts.bare = sample.extrapolate(counts.bare);
    counts.tested = sample.extrapolate(counts.tested);
    counts.isComplete = stepsLeft > 0;
    return counts;
  }

private:
  const BoxShape &shape;
  llvm::ArrayRef<int64_t> box;
  const MaskProblem &problem;
  llvm::ArrayRef<SymbolKind> kinds;
  std::vector<int64_t> inputs, queryExtents, keyExtents;
  bool onGrid = false, mayBeEmpty = true, mayBeFull = true, hasGaps = false;
  MaskDisjuncts parts;
  std::list<PartBounds> bounds;
  TileReading tile;
  std::optional<IndexGraphEvaluator> tileValue;
  WalkCounts counts;
  /// The keys of a box, and those of them that the walk knows all of its queries to see.
  struct Keys {
    int64_t all = 0, full = 0;
  } found;
  int64_t mostBoxes, stepsLeft;
  Sample sample{1, 1};
  std::vector<Interval> queries;
  std::vector<int64_t> known;

  unsigned rank() const { return keyExtents.size(); }
  static int64_t inner(llvm::ArrayRef<int64_t> extents) {
    int64_t tokens = 1;
    for (int64_t extent : extents.drop_front())
      tokens *= extent;
    return tokens;
  }

  void layOut(MaskDefinition mask) {
    queryExtents = {problem.queries};
    keyExtents = {problem.keys};
    std::optional<MaskGrid> grid = findMaskGrid(mask);
    if (!grid || grid->extents.size() != box.size())
      return;
    onGrid = true;
    queryExtents.clear();
    if (!grid->countTokens(problem.symbols))
      return;
    for (const MaskExtent &extent : grid->extents)
      queryExtents.push_back(extent.isSymbol ? problem.symbols[extent.value] : extent.value);
    keyExtents = queryExtents;
  }

  int64_t positionOf(llvm::ArrayRef<int64_t> coordinates) const {
    int64_t position = 0;
    for (auto [axis, coordinate] : llvm::enumerate(coordinates))
      position = position * (axis == 0 ? 1 : queryExtents[axis]) + coordinate;
    return position;
  }

  void overBoxes(unsigned axis) {
    if (axis == box.size()) {
      if (!sample.take())
        return;
      std::vector<int64_t> first, last;
      for (auto [at, range] : llvm::enumerate(queries)) {
        first.push_back(range.first);
        last.push_back(range.second - 1);
        inputs[MaskInput::queryAxisFirst(at)] = range.first;
        inputs[MaskInput::queryAxisLast(at)] = range.second - 1;
      }
      setQueries(inputs, problem, kinds, positionOf(first), positionOf(last));
      found = {};
      findKeys(0);
      int64_t bare = found.full / shape.panel;
      counts.bare += shape.getStrips() * bare;
      counts.tested += shape.getStrips() * (llvm::divideCeil(found.all, shape.panel) - bare);
      return;
    }
    for (int64_t at = 0; at < queryExtents[axis] && stepsLeft >= 0; at += box[axis]) {
      queries.push_back({at, std::min(at + box[axis], queryExtents[axis])});
      overBoxes(axis + 1);
      queries.pop_back();
    }
  }

  /// The ranges of an axis, as MaskPlan::band has them.
  Interval band(PartBounds &part, unsigned axis, int64_t firstKey) {
    bool isLast = axis + 1 == rank();
    int64_t extent = keyExtents[axis];
    if (onGrid && part.readsGrid()) {
      if (isLast)
        inputs[MaskInput::KeyFirst] = firstKey;
      return part.onAxis(axis, inputs);
    }
    if (!part.isBounded())
      return {0, extent};
    auto [lo, hi] = part.onFlat(inputs);
    auto within = [&](int64_t at) { return std::clamp<int64_t>(at, 0, extent); };
    if (isLast)
      return {within(lo - firstKey), within(hi - firstKey)};
    if (axis != 0)
      return {0, extent};
    return {lo / inner(keyExtents), llvm::divideCeil(hi, inner(keyExtents))};
  }

  void findKeys(unsigned axis) {
    if (--stepsLeft < 0)
      return;
    int64_t firstKey = 0;
    for (auto [at, coordinate] : llvm::enumerate(known))
      firstKey = (firstKey + coordinate) * keyExtents[at + 1];
    std::vector<Interval> ranges;
    for (PartBounds &part : bounds)
      if (auto range = band(part, axis, firstKey); range.first < range.second)
        ranges.push_back(range);
    llvm::sort(ranges);
    if (axis + 1 < rank()) {
      int64_t to = 0;
      for (const Interval &range : ranges)
        to = std::max(to, range.second);
      for (int64_t at = ranges.empty() ? 0 : ranges.front().first; at < to && stepsLeft >= 0; ++at) {
        known.push_back(at);
        setKeys(axis, {at, at + 1});
        findKeys(axis + 1);
        known.pop_back();
      }
      return;
    }
    int64_t from = 0;
    for (const Interval &range : ranges) {
      Interval fresh{std::max(range.first, from), range.second};
      from = std::max(from, range.second);
      takeBand(fresh, firstKey);
    }
  }

  void setKeys(unsigned axis, Interval range) {
    inputs[MaskInput::keyAxisFirst(axis)] = range.first;
    inputs[MaskInput::keyAxisLast(axis)] = range.second - 1;
  }

  void readTileOf(Interval range, int64_t firstKey) {
    setKeys(rank() - 1, range);
    inputs[MaskInput::KeyFirst] = firstKey + range.first;
    inputs[MaskInput::KeyLast] = firstKey + range.second - 1;
    tileValue->run(inputs);
  }

  /// Adds the keys of a range unless it is found empty; each on its own where that may differ.
  void take(Interval range, int64_t firstKey, bool testEach) {
    if (--stepsLeft < 0)
      return;
    readTileOf(range, firstKey);
    if (mayBeEmpty && tileValue->get(tile.empty))
      return;
    bool isFull = tileValue->get(tile.full);
    if (testEach && !isFull) {
      for (int64_t key = range.first; key < range.second; ++key)
        take({key, key + 1}, firstKey, /*testEach=*/false);
      return;
    }
    found.all += range.second - range.first;
    if (isFull)
      found.full += range.second - range.first;
  }

  void takeBand(Interval range, int64_t firstKey) {
    auto [from, to] = range;
    if (from >= to)
      return;
    if (!mayBeEmpty && !mayBeFull) {
      found.all += to - from;
      return;
    }
    for (int64_t start = from - from % kKeyStretch; start < to && stepsLeft >= 0; start += kKeyStretch)
      take({std::max(start, from), std::min(start + kKeyStretch, to)}, firstKey, mayBeEmpty && hasGaps);
  }
};

} // namespace

std::vector<llvm::SmallVector<int64_t>> attn::listBoxes(int64_t area, unsigned axes) {
  if (axes == 1)
    return {{area}};
  std::vector<llvm::SmallVector<int64_t>> boxes;
  for (int64_t size = 1; size <= area; size *= 2)
    for (llvm::SmallVector<int64_t> box : listBoxes(area / size, axes - 1)) {
      box.insert(box.begin(), size);
      boxes.push_back(std::move(box));
    }
  return boxes;
}

WalkCounts attn::countBoxWalk(MaskDefinition mask, llvm::ArrayRef<SymbolKind> kinds, const MaskProblem &problem,
                              ScheduleAttr schedule, int64_t mostSteps, int64_t mostBoxes) {
  BoxShape shape{llvm::to_vector(schedule.getBox().asArrayRef()), schedule.getStrip(), schedule.getPanel()};
  return BoxCounter(mask, kinds, problem, shape, mostBoxes, mostSteps).count();
}

WalkCounts attn::countBoxes(MaskDefinition mask, llvm::ArrayRef<SymbolKind> kinds, const MaskProblem &problem,
                            const BoxShape &shape, int64_t mostSteps) {
  return BoxCounter(mask, kinds, problem, shape, INT64_MAX, mostSteps).count();
}
