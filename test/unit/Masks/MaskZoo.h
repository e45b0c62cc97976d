// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the tests of mask readings share: an oracle that computes a mask point by point without any graph, random
// compositions, and the masks whose recognised tiles are pinned.
#ifndef ATTN_TEST_UNIT_MASKS_MASKZOO_H
#define ATTN_TEST_UNIT_MASKS_MASKZOO_H

#include "dialects/Attn/AttnAttrs.h"
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

/// A mask, and which symbol of the problem each of its symbols is.
struct BoundMask {
  MaskAttrInterface mask;
  llvm::SmallVector<unsigned> symbols;
};

/// What random masks are made of besides positions, sizes and literals.
struct Vocabulary {
  unsigned numSymbols = 0;
  llvm::ArrayRef<BoundMask> masks = {};
  /// Coordinates are those of this grid; none when it is empty.
  llvm::ArrayRef<MaskExtent> grid = {};
  /// Whether terms of its own divide.
  bool hasDivisions = true;
};

/// A random mask: comparisons of random terms under random connectives. The same seed gives the same mask to every
/// builder.
Truth buildRandom(MaskBuilder &b, uint32_t seed, unsigned depth, const Vocabulary &words);
inline Truth buildRandom(MaskBuilder &b, uint32_t seed, unsigned depth, unsigned numSymbols) {
  return buildRandom(b, seed, depth, Vocabulary{numSymbols});
}

/// A mask of a published pattern, the problems on which its readings are pinned, and the pinned numbers, summed over
/// all tiles of 4, 8 and 16 queries and keys: tiles that are full, those of them that must be recognised at least, the
/// same for empty tiles, keys between the first and the last that a block of queries sees, and the most that the bounds
/// may add to them.
struct PinnedMask {
  std::string name;
  Mask mask;
  std::vector<std::pair<int64_t, int64_t>> problems;
  long full, fullFound, empty, emptyFound, neededKeys, excessKeys;
};

/// All pinned masks, attributes where there is one. The numbers are at
/// least as good as those of an independent prototype of the same interval arithmetic.
std::vector<PinnedMask> makePinnedMasks(mlir::MLIRContext &context);

} // namespace attn::test

#endif // ATTN_TEST_UNIT_MASKS_MASKZOO_H
