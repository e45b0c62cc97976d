// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A query, key, value or output in the order (batch, head, position, element), read or written where it lies:
// transposes around an attention are absorbed into the slices, so that no copy in another order is ever made.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_OPERANDVIEW_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_OPERANDVIEW_H

#include "TileBuilder.h"

namespace attn {

/// A logical index (batch, head, position, element).
using Index4 = std::array<mlir::OpFoldResult, 4>;

class OperandView {
public:
  /// Looks through a linalg.transpose that keeps the elements innermost.
  static OperandView ofOperand(mlir::Value value);
  OperandView(mlir::Value source, llvm::ArrayRef<int64_t> permutation) : source(source), permutation(permutation) {}

  mlir::Value getSource() const { return source; }
  OperandView withSource(mlir::Value other) const { return OperandView(other, permutation); }
  /// Rows [position, +rows) times elements [element, +columns) of one head, as a matrix.
  mlir::Value matrix(TileBuilder &b, const Index4 &at, int64_t rows, int64_t columns) const;
  /// The same with a run-time number of rows.
  mlir::Value matrix(TileBuilder &b, const Index4 &at, mlir::Value rows, int64_t columns) const;

  /// Offsets, sizes and strides of such a matrix in the source.
  struct Slice {
    llvm::SmallVector<mlir::OpFoldResult> offsets, sizes, strides;
  };
  Slice slice(TileBuilder &b, const Index4 &at, mlir::OpFoldResult rows, mlir::OpFoldResult columns) const;

private:
  mlir::Value source;
  /// Logical dimension d lies at dimension permutation[d] of the source.
  llvm::SmallVector<int64_t> permutation;
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_OPERANDVIEW_H
