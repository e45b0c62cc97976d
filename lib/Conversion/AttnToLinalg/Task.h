// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parallel task of an attention: one block of queries of one head.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_TASK_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_TASK_H

#include "RowState.h"

namespace attn {

/// What the tasks of an attention make, each its own slice.
struct AttentionResults {
  OperandView output;  // possibly in the order of a transpose that follows
  mlir::Value lse;     // null unless asked for
  mlir::Value visited; // [B, Hq, blocks of queries]: blocks of keys computed
};

/// Emits the scf.forall over all tasks, writing into `destination`.
AttentionResults emitTasks(TileBuilder &b, const AttentionProblem &problem, const AttentionResults &destination);

/// Replaces one attn.merge by element-wise linalg.
void lowerMerge(mlir::RewriterBase &rewriter, MergeOp op);

/// Replaces one attn.norm by reductions and element-wise linalg in the form that attn-tile-linalg makes one pass over
/// the rows of.
void lowerNorm(mlir::RewriterBase &rewriter, NormOp op);

/// Replaces one attn.rotary by loops over vectors of pairs. `lanes`: f32 in a vector of the CPU.
void lowerRotary(mlir::RewriterBase &rewriter, RotaryOp op, int64_t lanes);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_TASK_H
