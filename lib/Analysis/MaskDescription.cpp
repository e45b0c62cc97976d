// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Definitions guessed from a table: each family reads its parameters off the first and last visible keys of rows, or
// off the distances at which keys are visible. A guess may be wrong; only what is proved equal is answered.
#include "attn/Analysis/MaskTable.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <numeric>

using namespace attn;
using mlir::AffineExpr;

namespace {

/// Where the visible keys of a row begin and end, where the last run of them begins, and how many runs there are.
struct Row {
  int64_t first = 0, end = 0, firstEnd = 0, last = 0, runs = 0;
};

/// A border of the visible keys as a function of the query: nowhere, at a key, at a distance, or at a distance of the
/// query's block.
struct Edge {
  enum Kind { None, Constant, Diagonal, Block } kind = None;
  int64_t offset = 0, block = 1;
};

class Describer {
public:
  Describer(mlir::MLIRContext *context, const MaskTable &table, bool readsSizes);

  std::optional<MaskAttrInterface> run();

private:
  using Mask = MaskAttrInterface;

  bool attempt(Mask mask) {
    bool isRight = mask && table.isEqualTo(mask, table.getRows(), table.getColumns());
    if (isRight)
      answer = mask;
    return isRight;
  }
  bool tryBands();
  bool trySinks();
  bool tryGlobalRows();
  bool tryDistances();
  bool tryKeys();
  bool tryGrids();

  std::optional<Edge> fit(llvm::function_ref<std::optional<int64_t>(const Row &)> border) const;
  Mask makeBand(std::optional<Edge> lower, std::optional<Edge> upper) const;
  bool dependsOnDistance() const;
  Mask makeDistances(int64_t least, int64_t greatest) const;
  Mask makeEvery(llvm::ArrayRef<int64_t> some) const;
  Mask makeRunAndEvery(std::pair<int64_t, int64_t> run, llvm::ArrayRef<int64_t> distances) const;

  Mask conjunction(llvm::ArrayRef<Mask> masks) const {
    auto some = llvm::to_vector(llvm::make_filter_range(masks, [](Mask mask) { return bool(mask); }));
    return some.empty() ? Mask() : some.size() == 1 ? some.front() : Mask(AndAttr::get(context, some));
  }
  Mask disjunction(Mask a, Mask b) const { return a && b ? Mask(OrAttr::get(context, {a, b})) : Mask(); }
  Mask prefix(int64_t size) const { return PrefixAttr::get(context, size); }
  Mask causal(int64_t offset) const { return CausalAttr::get(context, offset, /*bottomRight=*/false); }
  /// All expressions >= 0, or == 0.
  Mask set(llvm::ArrayRef<AffineExpr> exprs, bool isEqual = false) const {
    llvm::SmallVector<bool> flags(exprs.size(), isEqual);
    return SetAttr::get(context, mlir::IntegerSet::get(/*dimCount=*/4, /*symbolCount=*/2, exprs, flags));
  }

  mlir::MLIRContext *context;
  const MaskTable &table;
  bool readsSizes;
  AffineExpr i, j;
  std::vector<Row> rows;
  Mask answer;
};

Describer::Describer(mlir::MLIRContext *context, const MaskTable &table, bool readsSizes)
    : context(context), table(table), readsSizes(readsSizes), i(mlir::getAffineDimExpr(2, context)),
      j(mlir::getAffineDimExpr(3, context)), rows(table.getRows()) {
  for (int64_t number = 0; number < table.getRows(); ++number) {
    Row &row = rows[number];
    for (int64_t column = 0; column < table.getColumns(); ++column) {
      if (!table.get(number, column))
        continue;
      bool begins = column == 0 || !table.get(number, column - 1);
      if (begins && ++row.runs == 1)
        row.first = column;
      if (begins)
        row.last = column;
      row.end = column + 1;
      if (row.runs == 1)
        row.firstEnd = column + 1;
    }
  }
}

//===----------------------------------------------------------------------===//
// Bands
//===----------------------------------------------------------------------===//

/// The edge that gives the borders of all rows that have one; none when there is no such edge.
std::optional<Edge> Describer::fit(llvm::function_ref<std::optional<int64_t>(const Row &)> border) const {
  llvm::SmallVector<std::pair<int64_t, int64_t>> points;
  for (auto [number, row] : llvm::enumerate(rows))
    if (std::optional<int64_t> value = row.runs ? border(row) : std::nullopt)
      points.push_back({number, *value});
  if (points.empty())
    return Edge{};
  auto [query, key] = points.front();
  int64_t block = 0;
  for (auto [before, after] : llvm::zip(points, llvm::drop_begin(points)))
    if (before.second != after.second)
      block = std::gcd(block, after.first);
  Edge diagonal{Edge::Diagonal, key - query}, constant{Edge::Constant, key};
  auto holds = [&](llvm::function_ref<int64_t(int64_t)> value) {
    return llvm::all_of(points, [&](auto point) { return value(point.first) == point.second; });
  };
  if (holds([&](int64_t query) { return query + diagonal.offset; }))
    return diagonal;
  if (block == 0)
    return constant;
  Edge blocks{Edge::Block, key - query / block * block, block};
  if (block > 1 && holds([&](int64_t query) { return query / block * block + blocks.offset; }))
    return blocks;
  return std::nullopt;
}

/// Keys from one edge to before the other.
MaskAttrInterface Describer::makeBand(std::optional<Edge> lower, std::optional<Edge> upper) const {
  if (!lower || !upper)
    return {};
  int64_t left = -lower->offset, right = upper->offset - 1;
  if (lower->kind == Edge::Diagonal && upper->kind == Edge::Diagonal && left >= 0 && right >= 0)
    return WindowAttr::get(context, left, right);
  // A block begins and ends with blocks, or reaches into their middle.
  auto inBlocks = [](const Edge &edge) { return edge.kind == Edge::Block && edge.offset % edge.block == 0; };
  auto block = [&](const Edge &edge, int64_t least, int64_t greatest) -> Mask {
    if (least > 0 || greatest < 0)
      return {};
    return BlocksAttr::get(context, edge.block, -least, greatest);
  };
  if (inBlocks(*lower) && inBlocks(*upper) && lower->block == upper->block)
    if (Mask both = block(*lower, lower->offset / lower->block, upper->offset / upper->block - 1))
      return both;
  Mask above, below;
  auto start = [&](const Edge &edge) { return i.floorDiv(edge.block) * edge.block + edge.offset; };
  if (lower->kind == Edge::Constant)
    above = set(j - lower->offset);
  else if (lower->kind == Edge::Diagonal)
    above = set(j - i - lower->offset);
  else if (lower->kind == Edge::Block)
    above = inBlocks(*lower) ? block(*lower, lower->offset / lower->block, kMaskLimit) : Mask();
  if (lower->kind == Edge::Block && !above)
    above = set(j - start(*lower));
  if (upper->kind == Edge::Constant)
    below = prefix(upper->offset);
  else if (upper->kind == Edge::Diagonal)
    below = causal(right);
  else if (upper->kind == Edge::Block)
    below = inBlocks(*upper) ? block(*upper, -kMaskLimit, upper->offset / upper->block - 1) : Mask();
  if (upper->kind == Edge::Block && !below)
    below = set(start(*upper) - 1 - j);
  return conjunction({above, below});
}

/// One run of keys for each query. A border of the table hides where a run would begin or end; the greatest end of all
/// may be one, too: keys behind it are padding.
bool Describer::tryBands() {
  if (llvm::any_of(rows, [](const Row &row) { return row.runs > 1; }))
    return false;
  int64_t columns = table.getColumns(), greatest = 0;
  for (const Row &row : rows)
    greatest = std::max(greatest, row.end);
  auto lower = fit([](const Row &row) { return row.first > 0 ? std::optional(row.first) : std::nullopt; });
  auto upperBelow = [&](int64_t end) {
    return fit([&](const Row &row) { return row.end < end ? std::optional(row.end) : std::nullopt; });
  };
  std::optional<Edge> upper = upperBelow(columns);
  if (upper && upper->kind == Edge::Diagonal && lower && lower->kind == Edge::None && readsSizes &&
      upper->offset - 1 == columns - table.getRows() && columns != table.getRows() &&
      attempt(CausalAttr::get(context, 0, /*bottomRight=*/true)))
    return true;
  if (attempt(makeBand(lower, upper)))
    return true;
  // A prompt that all may see, before what follows it causally.
  int64_t shared = rows.front().end;
  auto after = fit(
      [&](const Row &row) { return row.end > shared && row.end < columns ? std::optional(row.end) : std::nullopt; });
  if (lower && lower->kind == Edge::None && attempt(disjunction(prefix(shared), makeBand(lower, after))))
    return true;
  Mask padded = greatest < columns ? makeBand(lower, upperBelow(greatest)) : Mask();
  return padded && attempt(conjunction({padded, prefix(greatest)}));
}

/// First keys that all queries see, and a band: within the causal keys, or of its own.
bool Describer::trySinks() {
  int64_t sinks = 0, columns = table.getColumns();
  for (const Row &row : rows)
    if (row.runs == 2 && row.first == 0)
      sinks = sinks == 0 ? row.firstEnd : std::min(sinks, row.firstEnd);
  if (sinks == 0)
    return false;
  auto lower = fit([&](const Row &row) { return row.runs == 2 ? std::optional(row.last) : std::nullopt; });
  auto upper = fit(
      [&](const Row &row) { return row.end < columns && row.last > sinks ? std::optional(row.end) : std::nullopt; });
  Mask band = makeBand(lower, upper);
  if (!band)
    return false;
  if (attempt(disjunction(prefix(sinks), band)))
    return true;
  if (upper->kind != Edge::Diagonal)
    return false;
  Mask limit = causal(upper->offset - 1);
  return attempt(conjunction({limit, disjunction(prefix(sinks), band)})) ||
         attempt(conjunction({limit, disjunction(prefix(sinks), makeBand(lower, Edge{}))}));
}

/// First queries that see all keys; the rest is described alone.
bool Describer::tryGlobalRows() {
  int64_t count = 0, columns = table.getColumns();
  while (count < table.getRows() && rows[count].runs == 1 && rows[count].end - rows[count].first == columns)
    ++count;
  if (count == 0 || count == table.getRows())
    return false;
  std::vector<Row> all = rows;
  std::fill(rows.begin(), rows.begin() + count, Row());
  auto lower =
      fit([&](const Row &row) { return row.runs == 2 || row.first > 0 ? std::optional(row.last) : std::nullopt; });
  auto upper = fit([&](const Row &row) { return row.end < columns ? std::optional(row.end) : std::nullopt; });
  int64_t sinks = columns;
  for (const Row &row : llvm::drop_begin(rows, count))
    sinks = std::min(sinks, row.runs > 0 && row.first == 0 ? row.firstEnd : 0);
  rows = std::move(all);
  Mask band = makeBand(lower, upper), global = set(mlir::getAffineConstantExpr(count - 1, context) - i);
  if (!band)
    return false;
  return attempt(disjunction(global, band)) ||
         (sinks > 0 && attempt(OrAttr::get(context, {global, prefix(sinks), band})));
}

//===----------------------------------------------------------------------===//
// Distances, keys, grids
//===----------------------------------------------------------------------===//

/// Keys at the distances from `least` to `greatest`, both included; beyond what the table shows on either side there is
/// no limit.
MaskAttrInterface Describer::makeDistances(int64_t least, int64_t greatest) const {
  bool isOpenBelow = least <= 1 - table.getColumns(), isOpenAbove = greatest >= table.getRows() - 1;
  if (isOpenBelow)
    return isOpenAbove ? Mask() : set(j - i + greatest);
  if (isOpenAbove)
    return causal(-least);
  if (least == greatest)
    return set(i - j - least, /*isEqual=*/true);
  if (least <= 0 && greatest >= 0)
    return WindowAttr::get(context, greatest, -least);
  return set({i - j - least, j - i + greatest});
}

/// Whether who sees whom depends on the distance alone.
bool Describer::dependsOnDistance() const {
  for (int64_t row = 1; row < table.getRows(); ++row)
    for (int64_t column = 1; column < table.getColumns(); ++column)
      if (table.get(row, column) != table.get(row - 1, column - 1))
        return false;
  return true;
}

/// Distances that are equally far from each other: the keys at each of them, and beyond what the table shows.
MaskAttrInterface Describer::makeEvery(llvm::ArrayRef<int64_t> some) const {
  int64_t step = some.size() < 3 ? 0 : some[1] - some[0], lowest = 1 - table.getColumns(),
          highest = table.getRows() - 1;
  if (step < 2 || some.back() - some.front() != step * static_cast<int64_t>(some.size() - 1))
    return {};
  int64_t least = some.front() - step < lowest ? lowest : some.front();
  int64_t greatest = some.back() + step > highest ? highest : some.back();
  int64_t rest = ((some.front() % step) + step) % step;
  return conjunction({makeDistances(least, greatest), set((i - j) % step - rest, /*isEqual=*/true)});
}

/// A run of distances, and every so many, which may lie in the run.
MaskAttrInterface Describer::makeRunAndEvery(std::pair<int64_t, int64_t> run, llvm::ArrayRef<int64_t> distances) const {
  llvm::SmallVector<int64_t> spread, all;
  for (int64_t distance : distances)
    if (distance < run.first || distance > run.second)
      spread.push_back(distance);
  if (run.first == run.second || spread.size() < 2)
    return {};
  for (int64_t distance : distances)
    if ((distance - spread[0]) % (spread[1] - spread[0]) == 0)
      all.push_back(distance);
  return disjunction(makeDistances(run.first, run.second), makeEvery(all));
}

/// Every so many keys of a band, with a run around the query or without, or a few runs of distances.
bool Describer::tryDistances() {
  int64_t height = table.getRows(), width = table.getColumns();
  if (height < 2 || width < 2 || !dependsOnDistance())
    return false;
  llvm::SmallVector<int64_t> distances;
  llvm::SmallVector<std::pair<int64_t, int64_t>> runs;
  for (int64_t distance = 1 - width; distance < height; ++distance) {
    if (!table.get(std::max<int64_t>(distance, 0), std::max<int64_t>(-distance, 0)))
      continue;
    distances.push_back(distance);
    if (!runs.empty() && runs.back().second == distance - 1)
      runs.back().second = distance;
    else
      runs.push_back({distance, distance});
  }
  if (runs.empty())
    return false;
  auto isShorter = [](auto a, auto b) { return a.second - a.first < b.second - b.first; };
  if (attempt(makeEvery(distances)) ||
      attempt(makeRunAndEvery(*std::max_element(runs.begin(), runs.end(), isShorter), distances)))
    return true;
  constexpr size_t most = 16;
  if (runs.size() > most)
    return false;
  llvm::SmallVector<Mask> parts;
  for (auto [least, greatest] : runs)
    parts.push_back(makeDistances(least, greatest));
  return parts.size() == 1 ? attempt(parts.front()) : attempt(OrAttr::get(context, parts));
}

/// All queries see the same keys: a run of every so many.
bool Describer::tryKeys() {
  const Row &row = rows.front();
  if (row.runs < 2)
    return false;
  int64_t next = row.firstEnd;
  while (!table.get(0, next))
    ++next;
  int64_t period = next - row.first, begin = row.first % period, end = begin + row.firstEnd - row.first;
  AffineExpr place = j % period;
  return attempt(end - begin == 1 ? set(place - begin, /*isEqual=*/true)
                                  : set({place - begin, mlir::getAffineConstantExpr(end - 1, context) - place}));
}

/// The first query of a grid sees a box in its corner, whose sides say the window and the length of a row.
bool Describer::tryGrids() {
  int64_t tokens = table.getRows();
  const Row &corner = rows.front();
  if (!readsSizes || tokens != table.getColumns() || corner.runs == 0 || corner.first != 0)
    return false;
  auto attemptGrid = [&](llvm::ArrayRef<int64_t> grid, llvm::ArrayRef<int64_t> window) {
    llvm::SmallVector<int64_t> ones(grid.size(), 1);
    llvm::SmallVector<bool> never(grid.size(), false);
    if (llvm::any_of(llvm::zip(grid, window), [](auto axis) { return std::get<1>(axis) > std::get<0>(axis); }))
      return false;
    return attempt(NeighborhoodAttr::get(context, grid, window, ones, ones, never)) ||
           attempt(NeighborhoodAttr::get(context, grid, window, window, ones, never));
  };
  if (corner.runs == 1)
    return attemptGrid({tokens}, {corner.firstEnd});
  int64_t width = corner.firstEnd;
  while (!table.get(0, width))
    ++width;
  return tokens % width == 0 && attemptGrid({tokens / width, width}, {corner.runs, corner.firstEnd});
}

std::optional<MaskAttrInterface> Describer::run() {
  int64_t visible = table.count();
  if (visible == 0)
    answer = prefix(0);
  else if (visible == table.getRows() * table.getColumns())
    answer = prefix(kMaskLimit);
  bool isFound = answer || tryBands() || trySinks() || tryGrids() || tryGlobalRows() || tryDistances() || tryKeys();
  return isFound ? std::optional(answer) : std::nullopt;
}

} // namespace

std::optional<MaskAttrInterface> attn::describeTable(mlir::MLIRContext *context, const MaskTable &table,
                                                     bool readsSizes) {
  if (table.getRows() == 0 || table.getColumns() == 0)
    return std::nullopt;
  return Describer(context, table, readsSizes).run();
}
