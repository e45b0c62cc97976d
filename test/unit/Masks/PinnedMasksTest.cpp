// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much the readings recognise of each published pattern, on all tiles of some problems: never unsound, and never
// less than pinned.
#include "MaskZoo.h"
#include "attn/Analysis/MaskCount.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace attn;
using namespace attn::test;

namespace {

struct Numbers {
  long full = 0, fullFound = 0, empty = 0, emptyFound = 0, neededKeys = 0, excessKeys = 0;
};

/// Which scores a mask shows, by the oracle.
class Picture {
public:
  Picture(const Mask &mask, int64_t queries, int64_t keys) : keys(keys), bits(queries * keys) {
    for (int64_t i = 0; i < queries; ++i)
      for (int64_t j = 0; j < keys; ++j)
        bits[i * keys + j] = isVisible(mask, {0, 0, i, j, queries, keys, {}});
  }
  long count(const ScoreRange &range) const {
    long visible = 0;
    for (int64_t i = range.queryBegin; i < range.queryEnd; ++i)
      for (int64_t j = range.keyBegin; j < range.keyEnd; ++j)
        visible += bits[i * keys + j];
    return visible;
  }

private:
  int64_t keys;
  std::vector<char> bits;
};

void addTile(const Picture &picture, MaskCounter &counter, const ScoreRange &tile, Numbers &numbers) {
  long visible = picture.count(tile);
  TileClass kind = counter.classify(tile);
  ASSERT_TRUE(kind != TileClass::Full || visible == tile.getArea());
  ASSERT_TRUE(kind != TileClass::Empty || visible == 0);
  numbers.full += visible == tile.getArea();
  numbers.fullFound += kind == TileClass::Full;
  numbers.empty += visible == 0;
  numbers.emptyFound += kind == TileClass::Empty;
}

void addBounds(const Picture &picture, const BoundsReading &bounds, ScoreRange block, int64_t queries,
               Numbers &numbers) {
  int64_t keys = block.keyEnd, first = keys, end = 0;
  for (int64_t j = 0; j < keys; ++j)
    if (picture.count({block.queryBegin, block.queryEnd, j, j + 1}) != 0) {
      first = std::min(first, j);
      end = j + 1;
    }
  IndexGraphEvaluator value(bounds.graph, {bounds.lo.id, bounds.hi.id});
  value.run({0, 0, block.queryBegin, block.queryEnd - 1, 0, 0, queries, keys});
  int64_t lo = value.get(bounds.lo), hi = value.get(bounds.hi);
  ASSERT_TRUE(first >= end || (lo <= first && hi >= end));
  ASSERT_TRUE(!bounds.singleBand || picture.count({block.queryBegin, block.queryEnd, lo, hi}) >= hi - lo);
  long needed = std::max<int64_t>(0, end - first);
  numbers.neededKeys += needed;
  numbers.excessKeys += hi - lo - needed;
}

Numbers measure(const PinnedMask &pinned) {
  Numbers numbers;
  BoundsReading bounds = readBounds(pinned.mask, {});
  for (auto [queries, keys] : pinned.problems) {
    Picture picture(pinned.mask, queries, keys);
    MaskProblem problem{0, 0, queries, keys, {}, {}};
    MaskCounter counter(pinned.mask, problem);
    EXPECT_EQ(counter.countVisible({0, queries, 0, keys}), picture.count({0, queries, 0, keys})) << pinned.name;
    for (int64_t size : {4, 8, 16})
      for (int64_t i = 0; i < queries; i += size) {
        int64_t end = std::min(queries, i + size);
        for (int64_t j = 0; j < keys; j += size)
          addTile(picture, counter, {i, end, j, std::min(keys, j + size)}, numbers);
        addBounds(picture, bounds, {i, end, 0, keys}, queries, numbers);
      }
  }
  return numbers;
}

TEST(PinnedMasks, RecogniseAtLeastWhatIsPinned) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  long tiles = 0;
  for (const PinnedMask &pinned : makePinnedMasks(context)) {
    Numbers numbers = measure(pinned);
    ASSERT_FALSE(HasFatalFailure()) << pinned.name;
    std::cout << pinned.name << ": full " << numbers.fullFound << " of " << numbers.full << ", empty "
              << numbers.emptyFound << " of " << numbers.empty << ", needed keys " << numbers.neededKeys << " + "
              << numbers.excessKeys << "\n";
    // The mask itself is the one that was pinned.
    EXPECT_EQ(numbers.full, pinned.full) << pinned.name;
    EXPECT_EQ(numbers.empty, pinned.empty) << pinned.name;
    EXPECT_EQ(numbers.neededKeys, pinned.neededKeys) << pinned.name;
    EXPECT_GE(numbers.fullFound, pinned.fullFound) << pinned.name;
    EXPECT_GE(numbers.emptyFound, pinned.emptyFound) << pinned.name;
    EXPECT_LE(numbers.excessKeys, pinned.excessKeys) << pinned.name;
    tiles += numbers.full + numbers.empty;
  }
  std::cout << "compared " << tiles << " full or empty tiles\n";
  EXPECT_GT(tiles, 10000);
}

/// What is known of a mask before any code is emitted.
TEST(PinnedMasks, BandsNeedNoEmptyTest) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  unsigned bands = 0, others = 0;
  for (const PinnedMask &pinned : makePinnedMasks(context)) {
    bool isBand = pinned.name == "causal" || pinned.name == "causal bottom-right" || pinned.name == "window" ||
                  pinned.name == "causal and window" || pinned.name == "prefix-LM" || pinned.name == "not causal";
    BoundsReading bounds = readBounds(pinned.mask, {});
    EXPECT_EQ(bounds.singleBand, isBand) << pinned.name;
    EXPECT_TRUE(bounds.hasLower || bounds.hasUpper) << pinned.name;
    ++(isBand ? bands : others);
  }
  EXPECT_EQ(bands, 6u);
  EXPECT_EQ(others, 17u);
}

} // namespace
