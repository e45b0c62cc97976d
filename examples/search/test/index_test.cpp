// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An index file survives a round trip; every damaged one is refused with the
// reason; ranking is by cosine, and stable.
#include "index.h"

#include "hash.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace attn::search;

namespace {

Index smallIndex() {
  Index index;
  index.key = UINT64_C(0x0123456789ABCDEF);
  index.dimension = 2;
  index.sentences = {"one", "", "zwei é"};
  index.embeddings = {1, 0, 0, 1, 0.6f, -0.8f};
  return index;
}

std::string integer(uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes += static_cast<char>(value >> 8 * i);
  return bytes;
}

/// Bytes with the right hash behind them, so that a test reaches later checks.
std::string sealed(const std::string &body) { return body + integer(fnv1a(body)); }

std::string withHeader(uint64_t dimension, uint64_t count, uint64_t text, const std::string &body) {
  return sealed("ATTNIDX1" + integer(7) + integer(dimension) + integer(count) + integer(text) + body);
}

std::string refusal(const std::string &bytes) {
  std::string error;
  EXPECT_FALSE(Index::parse(bytes, error));
  return error;
}

TEST(Index, RoundTrip) {
  std::string error;
  Index before = smallIndex();
  std::optional<Index> after = Index::parse(before.serialise(), error);
  ASSERT_TRUE(after) << error;
  EXPECT_EQ(after->key, before.key);
  EXPECT_EQ(after->dimension, before.dimension);
  EXPECT_EQ(after->sentences, before.sentences);
  EXPECT_EQ(after->embeddings, before.embeddings);
}

TEST(Index, EveryTruncationAndEveryFlippedBitIsRefused) {
  std::string good = smallIndex().serialise(), error;
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(Index::parse(good.substr(0, size), error)) << size;
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(Index::parse(bad, error)) << bit;
  }
  EXPECT_FALSE(Index::parse(good + "x", error));
}

TEST(Index, RefusesWhatItCannotHaveWritten) {
  EXPECT_EQ(refusal("#!/bin/sh"), "to begin with ATTNIDX1, but got other bytes");
  EXPECT_EQ(refusal("ATTNIDX1"), "to have at least 48 bytes, but got 8");
  EXPECT_EQ(refusal("ATTNIDX1" + std::string(40, '\0')), "to end in a hash of its contents, but got another hash");
  EXPECT_EQ(refusal(withHeader(2, 3, 4, "a\nb\n")), "to have sizes that add up, but got 3 rows of 2 in 52 bytes");
  EXPECT_EQ(refusal(withHeader(1, 1, 4, "a\nb\n" + std::string(4, '\0'))),
            "to have a line for each embedding, but got 2 lines for 1");
  EXPECT_EQ(refusal(withHeader(1, 1, 1, "a" + std::string(4, '\0'))),
            "to have a line for each embedding, but got 0 lines for 1");
}

// dimension * 4 and count * row would wrap around to what is there.
TEST(Index, SizesCannotOverflow) {
  std::string body(8, '\0');
  for (uint64_t dimension : {UINT64_C(0), UINT64_C(1) << 62, UINT64_MAX})
    EXPECT_EQ(refusal(withHeader(dimension, 2, 0, body)).substr(0, 26), "to have sizes that add up,");
  for (uint64_t count : {UINT64_C(1) << 62, UINT64_MAX})
    EXPECT_EQ(refusal(withHeader(1, count, 0, body)).substr(0, 26), "to have sizes that add up,");
  // 8 - (2^64 - 4) wraps around to 12, room for three
  EXPECT_EQ(refusal(withHeader(1, 3, UINT64_MAX - 3, body)).substr(0, 26), "to have sizes that add up,");
}

TEST(Index, RefusesElementsThatNoUnitVectorHas) {
  Index index = smallIndex();
  index.embeddings[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(refusal(index.serialise()), "to hold vectors of unit length, but got an element nan");
  index.embeddings[3] = 3;
  EXPECT_EQ(refusal(index.serialise()), "to hold vectors of unit length, but got an element 3.000000");
}

TEST(Index, RanksByCosineAndThenByPlace) {
  Index index;
  index.dimension = 2;
  index.sentences = {"a", "b", "c", "d"};
  index.embeddings = {0, 1, 1, 0, 0.6f, 0.8f, 1, 0};
  float query[] = {1, 0};
  std::vector<Match> matches = rank(index, query, 3);
  ASSERT_EQ(matches.size(), 3u);
  EXPECT_EQ(matches[0].sentence, 1u);
  EXPECT_EQ(matches[1].sentence, 3u);
  EXPECT_EQ(matches[2].sentence, 2u);
  EXPECT_FLOAT_EQ(matches[2].score, 0.6f);
  EXPECT_EQ(rank(index, query, 99).size(), 4u);
}

} // namespace
