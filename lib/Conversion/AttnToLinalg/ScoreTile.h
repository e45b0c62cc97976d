// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The element-wise work on a register tile of scores: the score region with its captured elements, and the mask; and on
// one of weights: the gain region.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_SCORETILE_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_SCORETILE_H

#include "MaskPlan.h"
#include <limits>

namespace attn {

/// Where a tile of scores lies: positions of its first query and key in the operands. For few queries, `head` is the
/// first of those that share a key head, and `row` the tile's first row among theirs.
struct TilePosition {
  mlir::Value batch, head, query, key, row;
};

/// Applies the score region of the op to `tile`, if it has one. `keysInRange`: all keys of the tile exist.
mlir::Value applyScoreRegion(TileBuilder &b, const AttentionProblem &problem, const TilePosition &at, bool keysInRange,
                             mlir::Value tile);

/// Multiplies the weights in `tile` by what the gain region of the op says.
mlir::Value applyGainRegion(TileBuilder &b, const AttentionProblem &problem, const TilePosition &at, bool keysInRange,
                            mlir::Value tile);

/// Replaces the scores of invisible keys by `hidden`.
mlir::Value applyMask(TileBuilder &b, const AttentionProblem &problem, const MaskPlan &mask, const TilePosition &at,
                      mlir::Value tile, double hidden = -std::numeric_limits<double>::infinity());

/// The element of `tensor` that `map` names at a position. Rows and columns that only fill up a tile are moved back to
/// the last real ones.
mlir::Value loadElement(TileBuilder &b, mlir::Value tensor, mlir::AffineMap map, mlir::ValueRange globalPosition);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_SCORETILE_H
