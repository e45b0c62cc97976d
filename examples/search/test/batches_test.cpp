// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every sentence is in one batch, and no batch is above its bounds.
#include "batches.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace attn::search;

namespace {

TEST(Batches, LongestFirstAndBounded) {
  std::vector<Batch> batches = makeBatches({3, 9, 3, 5, 9}, 2, 100);
  EXPECT_EQ(batches, (std::vector<Batch>{{1, 4}, {3, 0}, {2}}));
}

TEST(Batches, PaddingCountsAsTokens) {
  std::vector<Batch> batches = makeBatches({4, 10, 4}, 8, 20);
  EXPECT_EQ(batches, (std::vector<Batch>{{1, 0}, {2}}));
}

TEST(Batches, ALongSentenceGoesAlone) { EXPECT_EQ(makeBatches({50, 60}, 8, 20), (std::vector<Batch>{{1}, {0}})); }

TEST(Batches, NothingGivesNothing) { EXPECT_TRUE(makeBatches({}, 8, 20).empty()); }

TEST(Batches, EverySentenceOnce) {
  std::vector<size_t> lengths;
  for (size_t i = 0; i < 1000; ++i)
    lengths.push_back(2 + i * 7919 % 511);
  std::vector<size_t> seen;
  for (const Batch &batch : makeBatches(lengths, 32, 8192)) {
    EXPECT_LE(batch.size(), 32u);
    EXPECT_LE(batch.size() * lengths[batch.front()], 8192u);
    seen.insert(seen.end(), batch.begin(), batch.end());
  }
  std::sort(seen.begin(), seen.end());
  ASSERT_EQ(seen.size(), lengths.size());
  for (size_t i = 0; i < seen.size(); ++i)
    EXPECT_EQ(seen[i], i);
}

} // namespace
