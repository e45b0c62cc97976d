// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One attention while it is being lowered: its sizes as values, its schedule, and the packed operands. Built once per
// op, then read by the emitters.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_ATTENTIONPROBLEM_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_ATTENTIONPROBLEM_H

#include "OperandView.h"
#include "TokenGrid.h"
#include "attn/Analysis/MaskReadings.h"
#include "dialects/Attn/AttnOps.h"

namespace attn {

struct AttentionProblem {
  AttentionProblem(TileBuilder &b, ScoringOpInterface op);

  /// Handles: accessors of ops are not const. `op` is null where there are scores but no values.
  mutable ScoringOpInterface scoring;
  mutable AttentionOp op;
  ScheduleAttr schedule;
  /// What all arithmetic is in. Operands of narrower types are widened where they are packed.
  mlir::Type element;
  /// Run-time sizes; D and E are static.
  mlir::Value batch, queryHeads, keyHeads, keyBatch, queries, keys;
  int64_t headSize, valueSize;
  /// The width of the accumulator and of packed values: `valueSize`, rounded up to whole native vectors where values
  /// are packed.
  int64_t paddedValueSize;
  /// For few queries: the query heads of a key head, and the queries of each. 0 in a schedule without split.
  int64_t group = 0, rowsPerHead = 0;
  OperandView query, key, value;
  /// On which queries and keys lie for a walk by boxes: one line each where the mask reads no coordinates.
  TokenGrid queryGrid, keyGrid;
  /// Whether the mask is asked with coordinates on them.
  Coordinates coordinates = Coordinates::Flat;
  /// [Bk, Hk, ceil(N / panel), D, panel]: keys transposed in panels, zero beyond N.
  mlir::Value packedKey;
  /// Values with whole native vectors in each row: `value` itself, or a padded copy.
  OperandView vectorValue;
  /// Scores are kept in base 2, so that a weight is one exp2 of a difference. Only where nobody else sees the scores.
  bool baseTwo;
  /// Position of the operands in the larger problem, and its sizes.
  mlir::Value originBatch, originHead, originQuery, originKey, totalQueries, totalKeys;

  /// Sets the grids: emitted behind what says that they fit the sizes.
  void layOutGrid(TileBuilder &b);

  /// Few queries: the rows of a task are the queries of all heads that share a key head.
  bool isShort() const { return schedule.isShort(); }
  /// The head, counted from the first that shares the key head, and the query of a row of such a task.
  struct HeadAndQuery {
    mlir::Value member, query;
  };
  HeadAndQuery splitRow(TileBuilder &b, mlir::Value row) const;

  /// Head and batch of key and value for those of a query.
  mlir::Value keyHeadOf(TileBuilder &b, mlir::Value head) const;
  mlir::Value keyBatchOf(TileBuilder &b, mlir::Value batchIndex) const;

  /// Column tiles that cover `paddedValueSize`: panels first, then single vectors.
  mlir::Value overValueTiles(TileBuilder &b, mlir::Value state, TileBuilder::ColumnFn body) const;
};

/// Emits the loops that make `packedKey`, and `vectorValue` where a copy is needed.
void packOperands(TileBuilder &b, AttentionProblem &problem);

/// Emits the loop that copies `rows` queries, scaled, to `copy` [rows, D]. `place` names the element of the operand at
/// which a row's columns begin.
mlir::Value copyQueries(TileBuilder &b, const AttentionProblem &problem, mlir::Value copy, mlir::Value rows,
                        llvm::function_ref<Index4(mlir::Value row, mlir::OpFoldResult column)> place);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_ATTENTIONPROBLEM_H
