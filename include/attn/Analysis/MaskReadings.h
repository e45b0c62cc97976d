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

/// Where the coordinates of a query or key on a grid come from.
enum class Coordinates : uint8_t {
  /// They are computed from its flat position, by divisions.
  Flat,
  /// They are inputs: whoever walks over the grid knows them. The mask reads coordinates of one grid (findMaskGrid).
  /// Flat positions remain inputs of their own, for masks that read them, too.
  Given
};

/// The numbers of a reading's inputs. A point has one query and one key: their first positions. Last positions are
/// inclusive. Coordinates on an axis are read where they are given. Symbol k is input `kSymbols + 2 * k` (its value, or
/// its least value over the rows), and the next input is its greatest value over the rows.
struct MaskInput {
  enum : unsigned { Batch, Head, QueryFirst, QueryLast, KeyFirst, KeyLast, Queries, Keys, kAxes };
  static constexpr unsigned kSymbols = kAxes + 4 * kMaxGridAxes;
  static unsigned queryAxisFirst(unsigned axis) { return kAxes + 4 * axis; }
  static unsigned queryAxisLast(unsigned axis) { return kAxes + 4 * axis + 1; }
  static unsigned keyAxisFirst(unsigned axis) { return kAxes + 4 * axis + 2; }
  static unsigned keyAxisLast(unsigned axis) { return kAxes + 4 * axis + 3; }
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
PointReading readPoint(MaskDefinition mask, Coordinates coordinates = Coordinates::Flat);

/// Does every score of a tile count (full), does none (empty)? Sound: what is called full or empty is; a tile may be
/// neither although it is one, which costs time and never changes a result. The tile holds at least one query and one
/// key. Given coordinates say that it is a box: all queries and keys of it whose coordinates lie between the first and
/// the last on each axis.
struct TileReading {
  IndexGraph graph;
  BoolExpr full, empty;
};
TileReading readTile(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols,
                     Coordinates coordinates = Coordinates::Flat);

/// Whether of keys next to each other, on the last axis of a grid of `rank` axes, some may be seen and some not: a tile
/// is empty by remainders that depend on them.
bool readsRemaindersOfKeys(const TileReading &tile, unsigned rank);

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

/// The grid whose coordinates a mask reads, outermost axis first.
struct MaskGrid {
  llvm::SmallVector<MaskExtent, kMaxGridAxes> extents;

  /// The tokens of the grid where symbols are worth this; none where no size of a problem is so large, or negative.
  std::optional<int64_t> countTokens(llvm::ArrayRef<int64_t> symbols) const;
};

/// The one grid whose coordinates the mask reads; none when it reads no coordinate or those of several grids.
std::optional<MaskGrid> findMaskGrid(MaskDefinition mask);

/// Which coordinates on one axis can the keys have that a box of queries sees? None outside [lo, hi), where 0 <= lo <=
/// hi <= the extent of the axis whatever the inputs hold. The queries' first and last coordinates on each axis are
/// inputs; so are the keys' on the axes before this one, one value each: their first ones. On the axes behind it keys
/// are anywhere. Flat positions of keys are unknown but on the last axis, where KeyFirst is that of the key whose last
/// coordinate is 0. QueryFirst and QueryLast are the least and the greatest flat position of the box.
///
/// Exact for neighborhoods without dilation. With it the hull may exceed the keys that are seen by less than the
/// dilation at either end, as it knows nothing of which remainders the queries of a box have; for one query it is
/// exact.
struct AxisBoundsReading {
  IndexGraph graph;
  IndexExpr lo, hi;
  /// Whether the mask bounds the coordinate at that end at all.
  bool hasLower, hasUpper;
};
/// None when the mask has no such axis.
std::optional<AxisBoundsReading> readAxisBounds(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols, unsigned axis);

} // namespace attn

#endif // ATTN_ANALYSIS_MASKREADINGS_H
