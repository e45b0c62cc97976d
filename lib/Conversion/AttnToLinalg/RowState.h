// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a task carries from one block of keys to the next for each of its rows. Sums are kept lane by lane and joined
// once at the end, so that no horizontal operation stands in the loop over panels.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_ROWSTATE_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_ROWSTATE_H

#include "AttentionProblem.h"

namespace attn {

struct RowState {
  mlir::Value acc;   // [rows, E']: weighted sum of values
  mlir::Value sum;   // [rows, lanes]: sum of weights
  mlir::Value strip; // [strip, keys]: scores, then weights, of the strip at work; null where no keys follow
  mlir::Value max;   // [rows]: running maximum; null unless the normaliser uses it
  mlir::Value alpha; // [rows]: what the last change of the maximum multiplied older weights by

  llvm::SmallVector<mlir::Value> values() const {
    llvm::SmallVector<mlir::Value> list{acc, sum};
    if (max)
      list.append({max, alpha});
    if (strip)
      list.push_back(strip);
    return list;
  }
  static RowState from(mlir::ValueRange list) {
    RowState state{list[0], list[1], {}, {}, {}};
    if (list.size() >= 4) {
      state.max = list[2];
      state.alpha = list[3];
    }
    if (list.size() % 2)
      state.strip = list.back();
    return state;
  }
};

/// Where a strip lies: `row` within the task's block, `query` in the operand, and the block of keys starting at `key`.
struct StripPosition {
  mlir::Value batch, head, keyBatch, keyHead, row, query, key;
};

class MaskPlan;

/// The keys that a strip may see, relative to the first key of its block: whole panels of scores [from, to), and the
/// values [firstValue, lastValue) within them. What other values hold has no effect, not even NaN.
struct StripKeys {
  mlir::Value from, to, firstValue, lastValue;
};

/// Emits one strip of queries against the keys [from, to) of a block, relative to its first key and multiples of a
/// panel. Without a mask plan all of them exist and are visible.
RowState emitStrip(TileBuilder &b, const AttentionProblem &problem, const MaskPlan *mask, const StripPosition &at,
                   mlir::Value query, const StripKeys &keys, RowState state);

/// Scratch for the state of `rows` rows.
RowState allocateState(TileBuilder &b, const AttentionProblem &problem, int64_t rows);
/// Scratch for the scores of one strip and a block of keys.
mlir::Value allocateScores(TileBuilder &b, const AttentionProblem &problem);

/// The state before the first key, written into `state` for so many strips of so many rows. A sink may be left to
/// another that this one is merged with.
struct InitialRows {
  int64_t strip;
  mlir::Value strips;
  bool withSink;
};
RowState emitInitialState(TileBuilder &b, const AttentionProblem &problem, const StripPosition &at,
                          const InitialRows &rows, RowState state);

/// Divides, and writes rows [0, rows) to `output` [rows, E] and, where asked for, `lse` [rows].
struct TaskResult {
  mlir::Value output, lse;
};
TaskResult emitFinish(TileBuilder &b, const AttentionProblem &problem, const RowState &state, mlir::Value rows,
                      TaskResult destination);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_ROWSTATE_H
