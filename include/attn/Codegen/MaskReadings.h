// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits the readings of a mask as scalar index arithmetic: the exact test of one score, the full/empty test of a tile,
// the loop bounds of a block of queries. All lowerings use it, so that a mask means the same on every path. Positions
// are global: a caller that computes a slice
// (`at`, `of`) adds the slice's origin and passes the whole problem's sizes.
#ifndef ATTN_CODEGEN_MASKREADINGS_H
#define ATTN_CODEGEN_MASKREADINGS_H

#include "attn/Analysis/MaskReadings.h"
#include "dialects/Attn/AttnAttrs.h"
#include "mlir/IR/OpDefinition.h"

namespace attn {

class ScoringOpInterface;

/// The coordinates of one query and one key on an axis of the mask's grid.
struct AxisPoint {
  mlir::OpFoldResult query, key;
};

/// One score. Positions and sizes are of index type; those that the mask does not read may be null. `axes` has one
/// element for each axis of the grid where coordinates are given, outermost first.
struct MaskPoint {
  mlir::OpFoldResult batch, head, query, key, queries, keys;
  llvm::SmallVector<AxisPoint, kMaxGridAxes> axes = {};
};

/// Half-open ranges of coordinates on an axis of the mask's grid.
struct AxisRange {
  mlir::OpFoldResult queryBegin, queryEnd, keyBegin, keyEnd;
};

/// The scores of queries [queryBegin, queryEnd) and keys [keyBegin, keyEnd), neither range empty. Bounds do not read
/// the key range. Where coordinates are given, the tile is the box of `axes`, one for each axis of the grid, outermost
/// first; the flat ranges then only have to hold the tokens of the box, and may be null when the mask reads coordinates
/// only (MaskReadings::readsFlat).
struct MaskTile {
  mlir::OpFoldResult batch, head, queryBegin, queryEnd, keyBegin, keyEnd, queries, keys;
  llvm::SmallVector<AxisRange, kMaxGridAxes> axes = {};
};

/// A symbol's least and greatest value over the queries of a tile, as index values. `greatest` is read for
/// SymbolKind::Rows only.
struct SymbolBounds {
  mlir::Value least, greatest;
};

/// Whether a tile's scores all count (`full`) or none does (`empty`); neither when the test cannot tell.
struct TileTest {
  mlir::Value full, empty;
};

/// The half-open range of keys outside which a block of queries sees none: 0 <= lo <= hi <= keys.
struct KeyBounds {
  mlir::Value lo, hi;
};

/// The readings of one op's mask. What is known before any code is emitted can be asked first.
class MaskReadings {
public:
  /// `mask` may be null: then every score is visible. `symbols[k]` says what the caller will know of symbol k where it
  /// emits tile tests and bounds; kinds that are missing count as unknown.
  /// Coordinates may be given only if the mask has a grid.
  MaskReadings(MaskAttrInterface mask, llvm::ArrayRef<SymbolKind> symbols = {},
               Coordinates coordinates = Coordinates::Flat);
  /// The same for a mask that is not an attribute, or that of an op (buildMask).
  explicit MaskReadings(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols = {},
                        Coordinates coordinates = Coordinates::Flat);

  /// The one grid whose coordinates the mask reads, if there is one.
  const std::optional<MaskGrid> &getGrid() const { return grid; }

  /// No score is masked; nothing needs to be emitted.
  bool isAlwaysVisible() const { return point.graph.getConstant(point.visible) == true; }
  /// What tile tests yield for every tile; none when it depends on the tile.
  std::optional<bool> getKnownFull() const { return tile.graph.getConstant(tile.full); }
  std::optional<bool> getKnownEmpty() const { return tile.graph.getConstant(tile.empty); }
  /// Whether the mask bounds the keys of a block of queries from below (above) at all.
  bool hasLowerBound() const { return bounds.hasLower; }
  bool hasUpperBound() const { return bounds.hasUpper; }
  /// A tile of all the block's queries that holds a key within the bounds is never empty: inside the bounds no empty
  /// test is needed.
  bool isSingleBand() const { return bounds.singleBand; }
  /// Whether tile tests or bounds read the head.
  bool readsHead() const;
  /// Whether the exact test reads the value of symbol k.
  bool readsSymbol(unsigned symbol) const;
  /// Whether tile tests take remainders that depend on the key, or on its last coordinate: of neighbouring keys, some
  /// may then be seen and some not.
  bool readsRemainders() const;
  /// Whether anything reads flat positions of queries or keys.
  bool readsFlat() const;
  /// Whether the mask bounds the keys' coordinates on an axis of its grid at that end. Coordinates are given.
  bool hasLowerBound(unsigned axis) const { return axisBounds[axis].hasLower; }
  bool hasUpperBound(unsigned axis) const { return axisBounds[axis].hasUpper; }

  /// An i1: is the score visible? Elementwise ops on index only, so that it may stand in the body of a linalg.generic.
  mlir::Value emitVisible(mlir::OpBuilder &builder, mlir::Location loc, const MaskPoint &at,
                          llvm::function_ref<mlir::Value(unsigned)> symbol = nullptr) const;
  TileTest emitTileTest(mlir::OpBuilder &builder, mlir::Location loc, const MaskTile &at,
                        llvm::function_ref<SymbolBounds(unsigned)> symbol = nullptr) const;
  KeyBounds emitKeyBounds(mlir::OpBuilder &builder, mlir::Location loc, const MaskTile &at,
                          llvm::function_ref<SymbolBounds(unsigned)> symbol = nullptr) const;
  /// The half-open range of coordinates on `axis` outside which the box of queries sees no key whose coordinates on the
  /// axes before it are those where `at.axes` begin: 0 <= lo <= hi <= the extent. Coordinates are given. `at.keyBegin`
  /// is read on the last axis only, and is the flat position of the key whose last coordinate is 0.
  KeyBounds emitAxisBounds(mlir::OpBuilder &builder, mlir::Location loc, unsigned axis, const MaskTile &at,
                           llvm::function_ref<SymbolBounds(unsigned)> symbol = nullptr) const;

private:
  std::optional<MaskGrid> grid;
  PointReading point;
  TileReading tile;
  BoundsReading bounds;
  /// One for each axis of the grid where coordinates are given.
  llvm::SmallVector<AxisBoundsReading, 0> axisBounds;
};

/// Says the op's mask, in which symbols that are bound to the same element are one, the first of them: parts that bind
/// the extents of one grid lie on one grid. All is visible where the op has no mask.
Truth buildMask(ScoringOpInterface op, MaskBuilder &b);

/// What the index maps of the op's mask symbols say: a symbol that is free of i and j is one value, one that is free of
/// j has a range over the rows, others are unknown. A caller that does not compute ranges over rows replaces Rows by
/// Unknown.
llvm::SmallVector<SymbolKind> getMaskSymbolKinds(ScoringOpInterface op);

/// What the walks of lib/Conversion/AttnToLinalg know of each symbol. A range over the rows of a tile is its first and
/// its last value where it does not fall; of others it would have to be searched for. An element of a table that is the
/// same for the whole tile is a range, too.
llvm::SmallVector<SymbolKind> getWalkedSymbolKinds(ScoringOpInterface op);
/// The grid of the op's mask that a walk over boxes lays out: one for all batches and heads.
std::optional<MaskGrid> findWalkedGrid(ScoringOpInterface op);
/// Whether queries and keys next to each other read the same element, and those between two that do read it, too:
/// blocks of a table.
bool isTableOfBlocks(mlir::AffineMap map);

/// An element of a symbol's tensor as an index: booleans become 0 or 1, integers keep their sign.
mlir::Value emitSymbolAsIndex(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value element);

} // namespace attn

#endif // ATTN_CODEGEN_MASKREADINGS_H
