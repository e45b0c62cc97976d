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

class MaskPlan {
public:
  /// Loads the run-time symbols that hold for the whole (batch, head). For few queries, `head` is the first of those
  /// that share a key head.
  MaskPlan(TileBuilder &b, const AttentionProblem &problem, mlir::Value batch, mlir::Value head);

  struct Range {
    mlir::Value from, to;
  };
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

  /// Inside a linalg body: is key `j` visible to query `i` of `head`? Null when
  /// every key that exists is.
  mlir::Value visible(TileBuilder &b, mlir::Value head, mlir::Value i, mlir::Value j) const;

private:
  const AttentionProblem &problem;
  MaskReadings readings;
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
  mlir::Value loadSymbol(TileBuilder &b, unsigned symbol, mlir::Value head, mlir::Value i, mlir::Value j) const;
  MaskTile globalTile(TileBuilder &b, const Head &head, Range rows, Range keys) const;
  Range hullOfHead(TileBuilder &b, const Head &head, Range rows) const;
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_MASKPLAN_H
