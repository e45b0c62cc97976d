// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parallel tasks of an attention: one block of queries of one head each; or, for few queries, all queries and a
// part of the keys of one key head.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_TASK_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_TASK_H

#include "RowState.h"

namespace attn {

/// What the tasks of an attention make, each its own slice.
struct AttentionResults {
  OperandView output;  // possibly in the order of a transpose that follows
  mlir::Value lse;     // null unless asked for
  mlir::Value visited; // [B, heads, tasks of a head]: tiles of scores computed
};

/// How many tasks a head has: a query head, or for few queries a key head.
mlir::Value countTasks(TileBuilder &b, const AttentionProblem &problem);

/// Emits the scf.forall over all tasks, writing into `destination`.
AttentionResults emitTasks(TileBuilder &b, const AttentionProblem &problem, const AttentionResults &destination);
/// The same for few queries: the tasks of parts, and then those that merge them.
AttentionResults emitShortTasks(TileBuilder &b, const AttentionProblem &problem, const AttentionResults &destination);

/// The rows of one head in the results, [from, from + rows), inside of a parallel loop.
class HeadRows {
public:
  HeadRows(TileBuilder &b, const AttentionProblem &problem, const AttentionResults &results, mlir::ValueRange outs,
           mlir::Value batch, mlir::Value head, mlir::Value from, mlir::Value rows);
  TaskResult getDestination() const { return destination; }
  /// Emits the end of the loop's body for them.
  void insert(TileBuilder &b, const TaskResult &done) const;

private:
  OperandView::Slice output, lse;
  mlir::Value outputTensor, lseTensor;
  TaskResult destination;
};

/// Replaces one attn.score_reduce by tasks like those of an attention without values.
void lowerScoreReduce(mlir::RewriterBase &rewriter, ScoreReduceOp op);

/// Replaces one attn.merge by element-wise linalg.
void lowerMerge(mlir::RewriterBase &rewriter, MergeOp op);

/// Replaces one attn.norm by reductions and element-wise linalg in the form that attn-tile-linalg makes one pass over
/// the rows of.
void lowerNorm(mlir::RewriterBase &rewriter, NormOp op);

/// Replaces one attn.rotary by loops over vectors of pairs. `lanes`: f32 in a vector of the CPU.
void lowerRotary(mlir::RewriterBase &rewriter, RotaryOp op, int64_t lanes);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_TASK_H
