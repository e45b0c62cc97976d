// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A strip whose lanes are queries: an element of a key, wherever it lies, serves all lanes, and what a row of scores
// needs of its row is lane by lane. So a strip can meet any list of keys. Values are added up row by row.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_LANESTRIP_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_LANESTRIP_H

#include "MaskPlan.h"
#include "TokenList.h"

namespace attn {

/// Whose queries and keys a strip has.
struct LanePlace {
  mlir::Value batch, head, keyBatch, keyHead;
};

/// The scratch of a strip, whose queries are lanes of [.., strip] and rows of [strip, ..].
struct LaneState {
  mlir::Value rows;   // [strip, D]: queries, scaled
  mlir::Value query;  // [D, strip]: the same
  mlir::Value acc;    // [strip, E]: weighted sums of values, outputs at the end
  mlir::Value scores; // [keys, strip]: scores, then weights
  mlir::Value sum;    // [1, strip]
  mlir::Value max;    // [1, strip]; null unless the normaliser uses it
  mlir::Value alpha;  // [1, strip]: what a new maximum leaves of sums; null where there is none
  mlir::Value lse;    // [1, strip]: log-sum-exp at the end; null unless it is asked for

  static LaneState allocate(TileBuilder &b, const AttentionProblem &problem);
  llvm::SmallVector<mlir::Value> values() const;
  /// The same tensors later.
  LaneState with(mlir::ValueRange values) const;
};

class LaneStrip {
public:
  LaneStrip(TileBuilder &b, const AttentionProblem &problem, const MaskPlan &mask, const LanePlace &place,
            TokenList queries);

  /// Reads the queries and sets what no key has changed yet.
  LaneState begin(LaneState state);
  /// The keys [first, first + count) of a list; behind `count` follow as many that exist as fill a panel. All queries
  /// see the first `bare` of them, which are whole panels; null for none.
  LaneState visit(const TokenList &keys, mlir::Value first, mlir::Value bare, mlir::Value count, LaneState state);
  /// The normalised outputs, in `acc`, and the log-sum-exp where it is asked for.
  LaneState finish(LaneState state);

private:
  /// Native vectors of a row of values that share a weight, at most.
  static constexpr int64_t kMostVectors = 4;

  TileBuilder &b;
  const AttentionProblem &p;
  const MaskPlan &mask;
  LanePlace place;
  TokenList queries;
  int64_t strip, panel, lanes;

  using ElementFn = llvm::function_ref<mlir::Value(mlir::Value step, int64_t row)>;
  using RowFn = llvm::function_ref<mlir::Value(mlir::Value step)>;
  llvm::SmallVector<mlir::Value> multiply(mlir::Value steps, ElementFn element, RowFn row,
                                          llvm::ArrayRef<mlir::Value> sums);
  mlir::Value joinRows(llvm::ArrayRef<mlir::Value> rows, mlir::Value tile);
  mlir::Value products(const TokenList &keys, mlir::Value first, mlir::Value query, mlir::Value tile);
  mlir::Value overPairs(const TokenList &keys, mlir::Value first, mlir::Value tile,
                        llvm::function_ref<mlir::Value(TileBuilder &, const struct LanePair &, mlir::Value)> body);
  mlir::Value scoreTile(const TokenList &keys, mlir::Value first, mlir::Value left, mlir::Value tile);
  llvm::SmallVector<mlir::Value> scorePanels(const TokenList &keys, mlir::Value first, mlir::Value from, mlir::Value to,
                                             bool isBare, mlir::Value query, mlir::ValueRange carried);
  mlir::Value gainTile(const TokenList &keys, mlir::Value first, mlir::Value tile);
  LaneState weigh(mlir::Value end, LaneState state, mlir::Value newMax);
  mlir::Value accumulateRows(const TokenList &keys, mlir::Value first, mlir::Value count, mlir::OpFoldResult row,
                             int64_t rows, mlir::OpFoldResult column, int64_t width, const LaneState &state,
                             mlir::Value acc);
  mlir::Value accumulate(const TokenList &keys, mlir::Value first, mlir::Value count, const LaneState &state);
  mlir::Value transpose(mlir::Value from, mlir::Value to);
  mlir::Value overRow(mlir::Value row, mlir::Value acc, llvm::function_ref<mlir::Value(mlir::Value part)> body);
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_LANESTRIP_H
