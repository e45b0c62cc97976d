// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the tests of mask readings share: an oracle that computes a mask point by point without any graph, random compositions, and the
// masks whose recognised tiles are pinned.
#ifndef ATTN_TEST_UNIT_MASKS_MASKZOO_H
#define ATTN_TEST_UNIT_MASKS_MASKZOO_H

#include "dialects/Attn/MaskBuilder.h"
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace attn::test {

using Mask = std::function<Truth(MaskBuilder &)>;

/// One (batch, head, query, key) of a problem, and what its symbols are worth there.
struct Point {
  int64_t batch, head, query, key, queries, keys;
  std::vector<int64_t> symbols;
};

/// Whether a mask shows a point, by plain arithmetic.
bool isVisible(const Mask &mask, const Point &point);

/// A random mask: comparisons of random terms under random connectives. The same seed gives the same mask to every builder. `numSymbols`
/// bounds the symbols it reads.
Truth buildRandom(MaskBuilder &b, uint32_t seed, unsigned depth, unsigned numSymbols);

} // namespace attn::test

#endif // ATTN_TEST_UNIT_MASKS_MASKZOO_H
