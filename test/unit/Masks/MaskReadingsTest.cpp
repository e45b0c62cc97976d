// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random masks against brute force: a point is exactly right, nothing that is called full or empty is not, no visible
// key lies outside the bounds, and inside the bounds of a single band no tile is empty. Logs how much was compared;
// zero fails.
#include "attn/Analysis/MaskReadings.h"
#include "MaskZoo.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace attn;
using namespace attn::test;

namespace {

constexpr unsigned kSymbolCount = 3;
/// How the property tests bind symbols: one value, a value for each row, a value for each score.
constexpr SymbolKind kKinds[kSymbolCount] = {SymbolKind::Scalar, SymbolKind::Rows, SymbolKind::Unknown};

/// A random problem, a random tile of it and the values of its symbols.
class Trial {
public:
  Trial(const Mask &mask, std::mt19937 &random) : mask(mask), salt(random()) {
    queries = 1 + random() % 40;
    keys = 1 + random() % 40;
    batch = random() % 3;
    head = random() % 3;
    unsigned sizes[] = {1, 3, 4, 8, 16};
    unsigned rows = sizes[random() % 5], columns = sizes[random() % 5];
    i0 = random() % queries;
    i1 = std::min(queries, i0 + rows);
    j0 = random() % keys;
    j1 = std::min(keys, j0 + columns);
  }

  int64_t symbol(unsigned number, int64_t i, int64_t j) const {
    uint64_t place = number == 0 ? 0 : number == 1 ? i : i * 64 + j;
    uint64_t hash = (place + 1) * 0x9E3779B97F4A7C15u ^ salt * 0xD1B54A32D192ED03u ^ number;
    return static_cast<int64_t>((hash >> 33) % 45) - 4;
  }

  bool isVisibleAt(int64_t i, int64_t j) const {
    Point point{batch, head, i, j, queries, keys, {}};
    for (unsigned number = 0; number < kSymbolCount; ++number)
      point.symbols.push_back(symbol(number, i, j));
    return isVisible(mask, point);
  }

  std::vector<int64_t> inputs(int64_t first, int64_t last, int64_t keyFirst, int64_t keyLast) const {
    std::vector<int64_t> values{batch, head, first, last, keyFirst, keyLast, queries, keys};
    values.resize(MaskInput::kSymbols);
    for (unsigned number = 0; number < kSymbolCount; ++number) {
      int64_t least = symbol(number, first, keyFirst), greatest = least;
      for (int64_t i = first; i <= last; ++i) {
        least = std::min(least, symbol(number, i, keyFirst));
        greatest = std::max(greatest, symbol(number, i, keyFirst));
      }
      values.push_back(least);
      values.push_back(greatest);
    }
    return values;
  }

  const Mask &mask;
  uint64_t salt;
  int64_t queries, keys, batch, head, i0, i1, j0, j1;
};

/// A mask as all of its readings.
struct Readings {
  explicit Readings(const Mask &mask)
      : point(readPoint(mask)), tile(readTile(mask, kKinds)), bounds(readBounds(mask, kKinds)),
        pointValue(point.graph, point.visible.id), tileValue(tile.graph, {tile.full.id, tile.empty.id}),
        boundsValue(bounds.graph, {bounds.lo.id, bounds.hi.id}) {}

  PointReading point;
  TileReading tile;
  BoundsReading bounds;
  IndexGraphEvaluator pointValue, tileValue, boundsValue;
};

/// What was compared over all trials.
struct Tally {
  long points = 0, tiles = 0, full = 0, empty = 0, bounded = 0, bandTiles = 0;
};

void checkPointsAndTile(Readings &readings, const Trial &trial, Tally &tally, uint32_t seed) {
  long visible = 0;
  for (int64_t i = trial.i0; i < trial.i1; ++i)
    for (int64_t j = trial.j0; j < trial.j1; ++j) {
      readings.pointValue.run(trial.inputs(i, i, j, j));
      bool expected = trial.isVisibleAt(i, j);
      ASSERT_EQ(readings.pointValue.get(readings.point.visible), expected)
          << "seed " << seed << " at " << i << ", " << j;
      visible += expected;
      ++tally.points;
    }
  readings.tileValue.run(trial.inputs(trial.i0, trial.i1 - 1, trial.j0, trial.j1 - 1));
  bool isFull = readings.tileValue.get(readings.tile.full), isEmpty = readings.tileValue.get(readings.tile.empty);
  if (isFull)
    ASSERT_EQ(visible, (trial.i1 - trial.i0) * (trial.j1 - trial.j0)) << "seed " << seed;
  if (isEmpty)
    ASSERT_EQ(visible, 0) << "seed " << seed;
  tally.full += isFull;
  tally.empty += isEmpty;
  ++tally.tiles;
}

void checkBounds(Readings &readings, const Trial &trial, Tally &tally, uint32_t seed) {
  const BoundsReading &bounds = readings.bounds;
  IndexGraphEvaluator &value = readings.boundsValue;
  value.run(trial.inputs(trial.i0, trial.i1 - 1, 0, 0));
  int64_t lo = value.get(bounds.lo), hi = value.get(bounds.hi);
  ASSERT_TRUE(0 <= lo && lo <= hi && hi <= trial.keys) << "seed " << seed << ": " << lo << ", " << hi;
  if (!bounds.hasLower)
    ASSERT_EQ(lo, 0) << "seed " << seed;
  if (!bounds.hasUpper)
    ASSERT_EQ(hi, trial.keys) << "seed " << seed;
  tally.bounded += hi - lo < trial.keys;
  for (int64_t j = 0; j < trial.keys; ++j) {
    bool isSeen = false;
    for (int64_t i = trial.i0; i < trial.i1 && !isSeen; ++i)
      isSeen = trial.isVisibleAt(i, j);
    if (isSeen)
      ASSERT_TRUE(lo <= j && j < hi) << "seed " << seed << ": key " << j << " outside " << lo << ", " << hi;
    else if (bounds.singleBand)
      ASSERT_FALSE(lo <= j && j < hi) << "seed " << seed << ": key " << j << " is a gap in " << lo << ", " << hi;
    tally.bandTiles += bounds.singleBand;
  }
}

TEST(MaskReadings, RandomMasksAgreeWithBruteForce) {
  Tally tally;
  std::mt19937 random(20240601);
  for (uint32_t seed = 0; seed < 4000; ++seed) {
    Mask mask = [&](MaskBuilder &b) { return buildRandom(b, seed, 1 + seed % 4, kSymbolCount); };
    Readings readings(mask);
    for (unsigned repeat = 0; repeat < 3; ++repeat) {
      Trial trial(mask, random);
      checkPointsAndTile(readings, trial, tally, seed);
      checkBounds(readings, trial, tally, seed);
      if (HasFatalFailure())
        return;
    }
  }
  std::cout << "compared " << tally.points << " points, " << tally.tiles << " tiles (" << tally.full << " full, "
            << tally.empty << " empty), " << tally.bounded << " bounded blocks, " << tally.bandTiles
            << " keys of bands\n";
  EXPECT_GT(tally.points, 100000);
  EXPECT_GT(tally.full, 500);
  EXPECT_GT(tally.empty, 500);
  EXPECT_GT(tally.bounded, 500);
  EXPECT_GT(tally.bandTiles, 500);
}

/// Loops run over the bounds and read memory there: positions and symbols that are lies must not lead outside.
TEST(MaskReadings, BoundsStayInsideWhateverTheInputs) {
  std::mt19937_64 random(11);
  const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -IndexGraph::kLimit * 2, -1, 0, 1, IndexGraph::kLimit * 2,
                              INT64_MAX};
  long compared = 0;
  auto draw = [&] {
    return random() % 3 == 0 ? static_cast<int64_t>(random() % 100) : extremes[random() % std::size(extremes)];
  };
  for (uint32_t seed = 0; seed < 4000; ++seed) {
    BoundsReading bounds =
        readBounds([&](MaskBuilder &b) { return buildRandom(b, seed, 1 + seed % 4, kSymbolCount); }, kKinds);
    IndexGraphEvaluator value(bounds.graph, {bounds.lo.id, bounds.hi.id});
    for (unsigned repeat = 0; repeat < 10; ++repeat) {
      std::vector<int64_t> inputs;
      for (unsigned number = 0; number < MaskInput::symbolLow(kSymbolCount); ++number)
        inputs.push_back(draw());
      int64_t keys = inputs[MaskInput::Keys] = random() % 1000;
      value.run(inputs);
      int64_t lo = value.get(bounds.lo), hi = value.get(bounds.hi);
      ASSERT_TRUE(0 <= lo && lo <= hi && hi <= keys) << "seed " << seed << ": " << lo << ", " << hi << " of " << keys;
      ++compared;
    }
  }
  std::cout << "compared " << compared << " bounds\n";
  EXPECT_EQ(compared, 40000);
}

} // namespace
