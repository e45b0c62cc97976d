// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The readings of a mask as expressions: when is one score visible, is a tile of scores full or empty, which keys can a
// block of queries see. Each runs the mask's definition once through a builder of its own. lib/Codegen emits the
// expressions; tools compute them.
#ifndef ATTN_ANALYSIS_MASKREADINGS_H
#define ATTN_ANALYSIS_MASKREADINGS_H

#include "attn/Analysis/IndexGraph.h"
#include "dialects/Attn/MaskBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attn {

/// How much is known of a run-time symbol when a tile or a block of queries is judged, the batch and the head being
/// given.
enum class SymbolKind : uint8_t {
  /// One value.
  Scalar,
  /// It depends on the query: its least and its greatest value over the rows of the block.
  Rows,
  /// It depends on the key, or nobody knows: any value.
  Unknown
};

/// The numbers of a reading's inputs. A point has one query and one key: their first positions. Last positions are
/// inclusive. Symbol k is input `kSymbols + 2 * k` (its value, or its least value over the rows), and the next input is
/// its greatest value over the rows.
struct MaskInput {
  enum : unsigned { Batch, Head, QueryFirst, QueryLast, KeyFirst, KeyLast, Queries, Keys, kSymbols };
  static unsigned symbolLow(unsigned symbol) { return kSymbols + 2 * symbol; }
  static unsigned symbolHigh(unsigned symbol) { return kSymbols + 2 * symbol + 1; }
};

/// A mask's definition: MaskAttrInterface::build, or a function in a test.
using MaskDefinition = llvm::function_ref<Truth(MaskBuilder &)>;

/// When is one score visible? Exact.
struct PointReading {
  IndexGraph graph;
  BoolExpr visible;
};
PointReading readPoint(MaskDefinition mask);

/// Does every score of a tile count (full), does none (empty)? Sound: what is called full or empty is; a tile may be
/// neither although it is one, which costs time and never changes a result. The tile holds at least one query and one
/// key.
struct TileReading {
  IndexGraph graph;
  BoolExpr full, empty;
};
TileReading readTile(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols);

/// Which keys can a block of at least one query see? None outside [lo, hi), where 0 <= lo <= hi <= keys whatever the
/// inputs hold, were they out of their ranges or overflowing.
struct BoundsReading {
  IndexGraph graph;
  IndexExpr lo, hi;
  /// Whether the mask bounds the keys at that end at all.
  bool hasLower, hasUpper;
  /// Every tile that holds a key of [lo, hi) and all the queries of the block has a visible score: there is no empty
  /// tile to skip.
  bool singleBand;
};
BoundsReading readBounds(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols);

} // namespace attn

#endif // ATTN_ANALYSIS_MASKREADINGS_H
