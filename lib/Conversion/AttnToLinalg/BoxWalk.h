// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk of a task over boxes of queries on the grid of tokens: each box lists the keys that the mask's readings
// leave to it, line by line of the grid, and its strips take the list.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_BOXWALK_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_BOXWALK_H

#include "LaneStrip.h"
#include "RowState.h"

namespace attn {

/// A task owns a slab of the grid: some steps along its first axis, and all along the others.
mlir::Value countSlabs(TileBuilder &b, const AttentionProblem &problem);
/// The queries of a slab, [from, to).
MaskPlan::Range queriesOfSlab(TileBuilder &b, const AttentionProblem &problem, mlir::Value slab);
/// Strips of all boxes of a head.
mlir::Value countStripsOfBoxes(TileBuilder &b, const AttentionProblem &problem);

struct WalkedBoxes {
  TaskResult rows;
  mlir::Value visited; // tiles computed
};
/// Emits the walk over a slab and writes its rows.
WalkedBoxes emitBoxWalk(TileBuilder &b, const AttentionProblem &problem, const MaskPlan &mask, const LanePlace &place,
                        mlir::Value slab, TaskResult destination);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_BOXWALK_H
