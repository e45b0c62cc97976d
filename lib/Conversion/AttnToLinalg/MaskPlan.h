// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What one attention needs to know of its mask while a task runs: the hull of
// keys for some rows, whether a block of keys is full or empty, and whether one
// element is visible. Positions are those of the operands; the mask itself sees
// those of the larger problem.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_MASKPLAN_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_MASKPLAN_H

#include "AttentionProblem.h"
#include "attn/Codegen/MaskReadings.h"

namespace attn {

/// A half-open range of positions or coordinates.
struct IndexRangeValues {
  mlir::Value from, to;
};

/// Queries and keys that are boxes of the grid of tokens: coordinates by axis, those of keys as far as they are known,
/// and flat positions.
struct GridBox {
  llvm::SmallVector<IndexRangeValues> queries, keys;
  IndexRangeValues rows, columns;
};

class MaskPlan {
public:
  /// Loads the run-time symbols that hold for the whole (batch, head). For few queries, `head` is the first of those
  /// that share a key head.
  MaskPlan(TileBuilder &b, const AttentionProblem &problem, mlir::Value batch, mlir::Value head);

  using Range = IndexRangeValues;
  /// Keys that some query of `rows` may see: [from, to) within [0, keys).
  Range hull(TileBuilder &b, Range rows) const;
  /// Whether the hull can be narrower than all keys.
  bool hasHull() const { return hasFirstKey() || readings.hasUpperBound(); }
  /// Whether it can begin behind the first key.
  bool hasFirstKey() const { return readings.hasLowerBound(); }

  struct Tile {
    /// Every query of the tile sees every key of it.
    mlir::Value full;
    /// No query sees any; null where the hull alone excludes empty tiles.
    mlir::Value empty;
  };
  Tile tile(TileBuilder &b, Range rows, Range keys) const;

  /// Coordinates on `axis` of keys that some query of the box may see, the axes before it being known: a range for each
  /// disjunct of the mask. They may overlap or be empty, and lie within the axis.
  llvm::SmallVector<Range> bands(TileBuilder &b, const GridBox &box, unsigned axis) const;
  /// One range that holds all of them.
  Range axisHull(TileBuilder &b, const GridBox &box, unsigned axis) const;
  /// Whether stretches of a band may hold no visible key, and whether they may hold visible keys alone.
  bool mayBeEmpty() const;
  bool mayBeFull() const { return readings.getKnownFull() != false; }
  /// The same of a box as a run finds it.
  TileTest boxTest(TileBuilder &b, const GridBox &box) const;
  /// Whether keys between two that a box sees may be seen by none of its queries.
  bool hasGaps() const { return readings.readsRemainders(); }

  /// Inside a linalg body: is key `j` visible to query `i` of `head`? Null when every key that exists is. On a grid,
  /// `axes` are their coordinates.
  mlir::Value visible(TileBuilder &b, mlir::Value head, mlir::Value i, mlir::Value j,
                      llvm::ArrayRef<AxisPoint> axes = {}) const;

private:
  const AttentionProblem &problem;
  MaskReadings readings;
  /// Those of the parts of a union, where boxes walk on their own.
  llvm::SmallVector<MaskReadings, 0> disjuncts;
  mlir::Value batch;
  /// What is known of one head: its position, and one value for each symbol; null for those that depend on the query or
  /// the key.
  struct Head {
    mlir::Value position;
    llvm::SmallVector<mlir::Value> symbols;
  };
  /// One that stands for all where they do not differ.
  llvm::SmallVector<Head> heads;

  bool differByHead() const;
  void readDisjuncts();
  mlir::Value loadSymbol(TileBuilder &b, unsigned symbol, mlir::Value head, mlir::Value i, mlir::Value j) const;
  SymbolBounds boundsOf(TileBuilder &b, const Head &head, unsigned symbol, Range rows, Range keys) const;
  MaskTile globalTile(TileBuilder &b, const Head &head, Range rows, Range keys) const;
  MaskTile globalBox(TileBuilder &b, const GridBox &box) const;
  Range hullOfHead(TileBuilder &b, const MaskReadings &readings, const Head &head, Range rows) const;
  Range band(TileBuilder &b, const MaskReadings &part, const GridBox &box, unsigned axis) const;
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_MASKPLAN_H
