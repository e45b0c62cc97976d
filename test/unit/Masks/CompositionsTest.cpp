// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random compositions of all masks and all terms against brute force, with coordinates computed and with coordinates
// given: points are exactly right, nothing called full or empty is not, and no visible key lies outside of the bounds.
// ATTN_MASK_COMPOSITIONS in the environment says how many; what was compared is logged, and zero fails.
#include "Composition.h"
#include "mlir/Support/LLVM.h"
#include "gtest/gtest.h"
#include <cstdlib>
#include <iostream>

using namespace attn;
using namespace attn::test;

namespace {

/// How many compositions are compared; compositions-100000.txt is the log of a long form.
uint32_t countCompositions() {
  const char *text = std::getenv("ATTN_MASK_COMPOSITIONS");
  return text ? std::strtoul(text, nullptr, 10) : 1500;
}

/// What was compared over all trials.
struct Tally {
  long points = 0, tiles = 0, full = 0, empty = 0, hulls = 0, narrowed = 0, gaps = 0;
};

/// Inclusive ranges of flat positions, or of coordinates.
struct Range {
  int64_t first, last;
};

Range drawRange(std::mt19937 &random, int64_t size, int64_t longest) {
  int64_t first = random() % size;
  return {first, std::min<int64_t>(size - 1, first + random() % longest)};
}

/// A problem of one composition.
struct Problem {
  Problem(const Composition &mask, int64_t queries, int64_t keys, std::mt19937 &random)
      : mask(mask), queries(queries), keys(keys), batch(random() % 3), head(random() % 3), salt(random()) {}

  bool isVisibleAt(int64_t i, int64_t j) const {
    Point point{batch, head, i, j, queries, keys, {}};
    for (unsigned number = 0; number < kCompositionSymbols; ++number)
      point.symbols.push_back(mask.symbol(number, i, j, salt));
    return isVisible([&](MaskBuilder &b) { return mask.build(b); }, point);
  }

  /// Inputs of a reading for some queries, the values of symbols included.
  std::vector<int64_t> inputs(llvm::ArrayRef<int64_t> rows, Range seen) const {
    std::vector<int64_t> values(MaskInput::symbolLow(kCompositionSymbols), -1);
    values[MaskInput::Batch] = batch;
    values[MaskInput::Head] = head;
    values[MaskInput::QueryFirst] = *std::min_element(rows.begin(), rows.end());
    values[MaskInput::QueryLast] = *std::max_element(rows.begin(), rows.end());
    values[MaskInput::KeyFirst] = seen.first;
    values[MaskInput::KeyLast] = seen.last;
    values[MaskInput::Queries] = queries;
    values[MaskInput::Keys] = keys;
    for (unsigned number = 0; number < kCompositionSymbols; ++number) {
      int64_t least = INT64_MAX, greatest = INT64_MIN;
      for (int64_t i : rows) {
        least = std::min(least, mask.symbol(number, i, seen.first, salt));
        greatest = std::max(greatest, mask.symbol(number, i, seen.first, salt));
      }
      values[MaskInput::symbolLow(number)] = least;
      values[MaskInput::symbolHigh(number)] = greatest;
    }
    return values;
  }

  const Composition &mask;
  int64_t queries, keys, batch, head;
  uint64_t salt;
};

//===----------------------------------------------------------------------===//
// Flat positions
//===----------------------------------------------------------------------===//

/// Readings that compute coordinates themselves, on a tile of flat ranges. Problems need not be as large as the grid.
class FlatTrial {
public:
  FlatTrial(const Composition &mask, Tally &tally)
      : mask(mask), tally(tally), point(readPoint(define)), tile(readTile(define, kCompositionKinds)),
        bounds(readBounds(define, kCompositionKinds)), pointValue(point.graph, point.visible.id),
        tileValue(tile.graph, {tile.full.id, tile.empty.id}), boundsValue(bounds.graph, {bounds.lo.id, bounds.hi.id}) {}

  void run(std::mt19937 &random) {
    bool isGrid = random() % 2 == 0;
    int64_t queries = isGrid ? mask.getTokens() : 1 + random() % 40, keys = isGrid ? queries : 1 + random() % 40;
    Problem problem(mask, queries, keys, random);
    Range rows = drawRange(random, queries, 1 + random() % 16), columns = drawRange(random, keys, 1 + random() % 16);
    checkTile(problem, rows, columns);
    if (!::testing::Test::HasFatalFailure())
      checkBounds(problem, rows);
  }

private:
  static llvm::SmallVector<int64_t> all(Range range) {
    return llvm::to_vector(llvm::seq<int64_t>(range.first, range.last + 1));
  }

  void checkTile(const Problem &problem, Range rows, Range columns) {
    long visible = 0, area = (rows.last - rows.first + 1) * (columns.last - columns.first + 1);
    for (int64_t i = rows.first; i <= rows.last; ++i)
      for (int64_t j = columns.first; j <= columns.last; ++j) {
        bool expected = problem.isVisibleAt(i, j);
        pointValue.run(problem.inputs(i, {j, j}));
        ASSERT_EQ(pointValue.get(point.visible), expected) << "query " << i << ", key " << j;
        visible += expected;
        ++tally.points;
      }
    tileValue.run(problem.inputs(all(rows), columns));
    bool isFull = tileValue.get(tile.full), isEmpty = tileValue.get(tile.empty);
    ASSERT_TRUE(!isFull || visible == area);
    ASSERT_TRUE(!isEmpty || visible == 0);
    tally.full += isFull;
    tally.empty += isEmpty;
    ++tally.tiles;
  }

  void checkBounds(const Problem &problem, Range rows) {
    boundsValue.run(problem.inputs(all(rows), {0, 0}));
    int64_t lo = boundsValue.get(bounds.lo), hi = boundsValue.get(bounds.hi);
    ASSERT_TRUE(0 <= lo && lo <= hi && hi <= problem.keys) << lo << ", " << hi;
    for (int64_t j = 0; j < problem.keys; ++j) {
      auto sees = [&](int64_t i) { return problem.isVisibleAt(i, j); };
      bool isInside = lo <= j && j < hi;
      if (isInside && !bounds.singleBand)
        continue;
      bool isSeen = llvm::any_of(all(rows), sees);
      ASSERT_TRUE(isInside == isSeen) << "key " << j << " of " << lo << ", " << hi;
      tally.gaps += isInside;
    }
    tally.narrowed += hi - lo < problem.keys;
    ++tally.hulls;
  }

  const Composition &mask;
  Tally &tally;
  std::function<Truth(MaskBuilder &)> define = [this](MaskBuilder &b) { return mask.build(b); };
  PointReading point;
  TileReading tile;
  BoundsReading bounds;
  IndexGraphEvaluator pointValue, tileValue, boundsValue;
};

//===----------------------------------------------------------------------===//
// Coordinates
//===----------------------------------------------------------------------===//

/// Readings that are given coordinates, on a box of queries and a box of keys.
class GridTrial {
public:
  GridTrial(const Composition &mask, Tally &tally)
      : mask(mask), grid(mask.getGrid()), tally(tally), point(readPoint(define, Coordinates::Given)),
        tile(readTile(define, kCompositionKinds, Coordinates::Given)), pointValue(point.graph, point.visible.id),
        tileValue(tile.graph, {tile.full.id, tile.empty.id}) {}

  void run(std::mt19937 &random) {
    Problem problem(mask, mask.getTokens(), mask.getTokens(), random);
    llvm::SmallVector<Range> queryBox, keyBox;
    for (int64_t extent : grid) {
      queryBox.push_back(drawRange(random, extent, 1 + random() % 4));
      keyBox.push_back(drawRange(random, extent, 1 + random() % 4));
    }
    llvm::SmallVector<int64_t> rows = tokensOf(queryBox), columns = tokensOf(keyBox);
    checkTile(problem, rows, queryBox, columns, keyBox);
    for (unsigned axis = 0; axis < grid.size() && !::testing::Test::HasFatalFailure(); ++axis)
      checkAxis(problem, rows, queryBox, keyBox, axis);
  }

private:
  /// The flat positions of a box, in order.
  llvm::SmallVector<int64_t> tokensOf(llvm::ArrayRef<Range> box) const {
    llvm::SmallVector<int64_t> tokens{0};
    for (auto [range, extent] : llvm::zip(box, grid)) {
      llvm::SmallVector<int64_t> next;
      for (int64_t token : tokens)
        for (int64_t at = range.first; at <= range.last; ++at)
          next.push_back(token * extent + at);
      tokens = next;
    }
    return tokens;
  }

  void locate(std::vector<int64_t> &inputs, llvm::ArrayRef<Range> queryBox, llvm::ArrayRef<Range> keyBox) const {
    for (unsigned axis = 0; axis < grid.size(); ++axis) {
      inputs[MaskInput::queryAxisFirst(axis)] = queryBox[axis].first;
      inputs[MaskInput::queryAxisLast(axis)] = queryBox[axis].last;
      inputs[MaskInput::keyAxisFirst(axis)] = keyBox[axis].first;
      inputs[MaskInput::keyAxisLast(axis)] = keyBox[axis].last;
    }
  }

  llvm::SmallVector<Range> boxOf(int64_t token) const {
    llvm::SmallVector<Range> box(grid.size());
    for (size_t axis = grid.size(); axis-- > 0; token /= grid[axis])
      box[axis] = {token % grid[axis], token % grid[axis]};
    return box;
  }

  void checkTile(const Problem &problem, llvm::ArrayRef<int64_t> rows, llvm::ArrayRef<Range> queryBox,
                 llvm::ArrayRef<int64_t> columns, llvm::ArrayRef<Range> keyBox) {
    size_t visible = 0;
    for (int64_t i : rows)
      for (int64_t j : columns) {
        bool expected = problem.isVisibleAt(i, j);
        std::vector<int64_t> inputs = problem.inputs(i, {j, j});
        locate(inputs, boxOf(i), boxOf(j));
        pointValue.run(inputs);
        ASSERT_EQ(pointValue.get(point.visible), expected) << "query " << i << ", key " << j;
        visible += expected;
        ++tally.points;
      }
    std::vector<int64_t> inputs = problem.inputs(rows, {columns.front(), columns.back()});
    locate(inputs, queryBox, keyBox);
    tileValue.run(inputs);
    bool isFull = tileValue.get(tile.full), isEmpty = tileValue.get(tile.empty);
    ASSERT_TRUE(!isFull || visible == rows.size() * columns.size());
    ASSERT_TRUE(!isEmpty || visible == 0);
    tally.full += isFull;
    tally.empty += isEmpty;
    ++tally.tiles;
  }

  void checkAxis(const Problem &problem, llvm::ArrayRef<int64_t> rows, llvm::ArrayRef<Range> queryBox,
                 llvm::ArrayRef<Range> keyBox, unsigned axis) {
    std::optional<AxisBoundsReading> bounds = readAxisBounds(define, kCompositionKinds, axis);
    // A composition may have drawn no coordinate.
    if (!bounds)
      return;
    // The keys whose coordinates before the axis are where the box begins.
    llvm::SmallVector<Range> known;
    for (unsigned other = 0; other < grid.size(); ++other)
      known.push_back(other < axis ? Range{keyBox[other].first, keyBox[other].first} : Range{0, grid[other] - 1});
    int64_t first = tokensOf(known).front();
    std::vector<int64_t> inputs = problem.inputs(rows, {axis + 1 == grid.size() ? first : -1, -1});
    locate(inputs, queryBox, known);
    // What lies behind must not be looked at.
    for (unsigned other = axis; other < grid.size(); ++other)
      inputs[MaskInput::keyAxisFirst(other)] = inputs[MaskInput::keyAxisLast(other)] = -1;
    IndexGraphEvaluator value(bounds->graph, {bounds->lo.id, bounds->hi.id});
    value.run(inputs);
    int64_t lo = value.get(bounds->lo), hi = value.get(bounds->hi);
    ASSERT_TRUE(0 <= lo && lo <= hi && hi <= grid[axis]) << lo << ", " << hi;
    for (int64_t at = 0; at < grid[axis]; ++at) {
      if (lo <= at && at < hi)
        continue;
      known[axis] = {at, at};
      for (int64_t j : tokensOf(known))
        for (int64_t i : rows)
          ASSERT_FALSE(problem.isVisibleAt(i, j)) << "axis " << axis << " at " << at << " of " << lo << ", " << hi;
    }
    tally.narrowed += hi - lo < grid[axis];
    ++tally.hulls;
  }

  const Composition &mask;
  llvm::ArrayRef<int64_t> grid;
  Tally &tally;
  std::function<Truth(MaskBuilder &)> define = [this](MaskBuilder &b) { return mask.build(b); };
  PointReading point;
  TileReading tile;
  IndexGraphEvaluator pointValue, tileValue;
};

template <typename TrialTy> Tally compareAll() {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<AttnDialect>();
  std::mt19937 random(20251122);
  Tally tally;
  for (uint32_t seed = 0; seed < countCompositions(); ++seed) {
    Composition mask(context, seed);
    TrialTy trial(mask, tally);
    for (unsigned repeat = 0; repeat < 3; ++repeat) {
      trial.run(random);
      if (::testing::Test::HasFatalFailure()) {
        ADD_FAILURE() << "composition " << seed;
        return tally;
      }
    }
  }
  std::cout << "compared " << tally.points << " points, " << tally.tiles << " tiles (" << tally.full << " full, "
            << tally.empty << " empty), " << tally.hulls << " hulls (" << tally.narrowed << " narrower than all, "
            << tally.gaps << " keys of bands)\n";
  EXPECT_GT(tally.points, 10L * countCompositions());
  EXPECT_GT(tally.full, countCompositions() / 20);
  EXPECT_GT(tally.empty, countCompositions() / 20);
  EXPECT_GT(tally.narrowed, countCompositions() / 20);
  return tally;
}

TEST(Compositions, FlatPositionsAgreeWithBruteForce) {
  Tally tally = compareAll<FlatTrial>();
  EXPECT_GT(tally.gaps, countCompositions() / 20);
}

TEST(Compositions, GivenCoordinatesAgreeWithBruteForce) { compareAll<GridTrial>(); }

} // namespace
