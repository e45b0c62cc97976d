// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which linalg ops work row by row, and which of them can share one pass over the rows. A row is a point of all loops
// but the last; the last loop, over the columns, has a static extent.
#ifndef LIB_TRANSFORMS_ROWGROUP_H
#define LIB_TRANSFORMS_ROWGROUP_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <optional>

namespace attn {

/// A linalg.generic that works row by row.
struct RowOp {
  enum Kind {
    Pointwise, ///< (rows, columns) from rows and columns
    Scalar,    ///< (rows) from rows; there is no loop over columns
    Sum,       ///< (rows), a sum over the columns
    Column,    ///< a reduction over one loop that is not the last, column by column
  };
  mlir::linalg::GenericOp op;
  Kind kind;
  /// The extent of the last loop; 0 for Scalar.
  int64_t width;

  unsigned getNumRowLoops() { return op.getNumLoops() - (kind == Scalar ? 0 : 1); }
  /// What the result is written to: the init, or for reductions what the init was filled into.
  mlir::Value getDestination();
  /// What a reduction starts with.
  mlir::Value getStart();
};

/// The values of a body that are the same in all columns of a row.
class UniformValues {
public:
  explicit UniformValues(const RowOp &row);
  /// Values from outside of the body are uniform.
  bool contains(mlir::Value value) const { return !varying.contains(value); }
  /// Whether all ops of the body can be computed on vectors of columns.
  bool isSupported() const { return supported; }

private:
  void visit(const RowOp &row, mlir::Operation &op);

  llvm::SmallPtrSet<mlir::Value, 16> varying;
  bool supported = true;
};

/// Whether the operand of a Pointwise, Sum or Column op varies along its columns.
bool variesByColumn(const RowOp &row, mlir::OpOperand &operand);

/// What the op is when it stands by itself, if it works row by row.
std::optional<RowOp> classifyRowOp(mlir::linalg::GenericOp op);

/// The ops that one pass over the rows of `root` computes, `root` last: those that yield one value for each row, to be
/// read by these ops only.
llvm::SmallVector<RowOp> collectRowGroup(RowOp root);

} // namespace attn

#endif // LIB_TRANSFORMS_ROWGROUP_H
