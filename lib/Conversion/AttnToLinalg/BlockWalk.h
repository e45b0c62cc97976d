// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk of a task over its keys: copies the task's queries, then takes the blocks of keys that the mask's hull
// names. A block is proved full, proved empty or neither by one test at run time; each of the three has its own code.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_BLOCKWALK_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_BLOCKWALK_H

#include "MaskPlan.h"
#include "RowState.h"

namespace attn {

/// What a task owns.
struct TaskRows {
  /// Batch and heads; the query of the first row.
  StripPosition at;
  /// Rows of the task, and the strips they take.
  mlir::Value rows, strips;
  /// The queries whose keys are walked over.
  MaskPlan::Range queries;
  /// The keys that belong to the task; null when all do. The first is that of a block.
  MaskPlan::Range keys;
};

/// Emits the walk; the tiles computed, of a strip and a panel each, are counted.
struct WalkedKeys {
  RowState state;
  mlir::Value visited;
};
WalkedKeys emitBlockWalk(TileBuilder &b, const AttentionProblem &problem, const MaskPlan &mask, const TaskRows &task,
                         const RowState &initial);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_BLOCKWALK_H
