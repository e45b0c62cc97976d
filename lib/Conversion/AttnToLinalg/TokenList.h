// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens by their numbers in memory: the keys that a box of queries meets, and the queries of a strip. Each has its
// flat position, and its coordinates where the mask reads them.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_TOKENLIST_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_TOKENLIST_H

#include "AttentionProblem.h"

namespace attn {

/// A tensor [1 + axes, capacity] of i32: positions, then coordinates axis by axis. Positions are below 2^31.
class TokenList {
public:
  /// Scratch for `capacity` tokens of the problem.
  static TokenList allocate(TileBuilder &b, const AttentionProblem &problem, mlir::Value capacity);
  explicit TokenList(mlir::Value tensor) : tensor(tensor) {}

  mlir::Value getTensor() const { return tensor; }
  int64_t countNumbers() const { return mlir::cast<mlir::RankedTensorType>(tensor.getType()).getDimSize(0); }
  /// The list with a token at place `at`; coordinates that it has no room for are dropped.
  TokenList write(TileBuilder &b, mlir::Value at, mlir::Value position, mlir::ValueRange coordinates) const;
  /// The list with the token at `from` also at `to`.
  TokenList copy(TileBuilder &b, mlir::Value from, mlir::Value to) const;
  /// The position of one token.
  mlir::Value getPosition(TileBuilder &b, mlir::Value at) const;
  /// One number of `count` tokens from `first` on: 0 for their positions, 1 + axis for coordinates.
  mlir::Value getNumbers(TileBuilder &b, int64_t number, mlir::OpFoldResult first, int64_t count) const;

private:
  mlir::Value tensor;
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_TOKENLIST_H
