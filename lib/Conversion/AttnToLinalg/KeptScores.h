// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a reduction keeps of each row of a strip while panels of scores go by: lanes of maxima or of sums, or the K
// greatest in ascending order.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_KEPTSCORES_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_KEPTSCORES_H

#include "AttentionProblem.h"

namespace attn {

class KeptScores {
public:
  KeptScores(ScoreReduceOp op, const AttentionProblem &problem);

  /// Scratch for one strip, and what it is changed to: tensors that loops carry.
  struct State {
    mlir::Value kept;   // a row for each of the strip's: what is kept of it
    mlir::Value scores; // the panel of scores at work
    mlir::Value best;   // the greatest of each row of it; null unless the K greatest are kept

    llvm::SmallVector<mlir::Value> values() const {
      llvm::SmallVector<mlir::Value> list{kept, scores};
      if (best)
        list.push_back(best);
      return list;
    }
    static State from(mlir::ValueRange list) { return {list[0], list[1], list.size() > 2 ? list[2] : mlir::Value()}; }
  };
  State allocate(TileBuilder &b) const;
  /// Before the first key.
  State begin(TileBuilder &b, State state) const;
  /// Takes a panel of scores that was written to `state.scores`; only the first `rows` rows count.
  State take(TileBuilder &b, mlir::Value rows, State state) const;
  /// Writes what is to be said of one row to `results` at `to`.
  mlir::Value finish(TileBuilder &b, const State &state, mlir::Value row, mlir::Value to, mlir::Value results) const;

  /// The score of a pair that is not visible.
  double getHidden() const { return hidden; }

private:
  Reduction reduction;
  mlir::Type element;
  int64_t place, strip, panel, lanes, width;
  double hidden;

  bool keepsSeveral() const { return reduction == Reduction::KthLargest; }
  using Combine = mlir::Value (*)(TileBuilder &, mlir::ValueRange);
  Combine combine() const;
  mlir::Value insertScore(TileBuilder &b, mlir::Value kept, mlir::Value row, mlir::Value score) const;
  mlir::Value takeRow(TileBuilder &b, const State &state, mlir::Value row, mlir::Value kept) const;
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_KEPTSCORES_H
