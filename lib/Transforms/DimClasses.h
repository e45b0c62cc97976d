// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which dimensions of a function's tensors have to be equal, because an op says
// so. Nothing is emitted or changed.
#ifndef LIB_TRANSFORMS_DIMCLASSES_H
#define LIB_TRANSFORMS_DIMCLASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include <optional>

namespace attn {

class DimClasses {
public:
  explicit DimClasses(mlir::func::FuncOp func);

  /// A number that equal dimensions share; none when no op relates the
  /// dimension to another.
  std::optional<unsigned> classOf(mlir::Value tensor, int64_t axis) const;
  void unite(mlir::Value lhs, int64_t lhsAxis, mlir::Value rhs, int64_t rhsAxis);

private:
  void visit(mlir::Operation *op);
  void visitAttention(mlir::Operation *op);
  void visitRows(mlir::Operation *op);
  void visitLinalg(mlir::Operation *op);
  void visitCall(mlir::Operation *op);
  void visitReshape(mlir::Operation *op);
  void visitSizes(mlir::Operation *op);
  void uniteAll(mlir::Value lhs, mlir::Value rhs);
  unsigned idOf(mlir::Value tensor, int64_t axis);

  llvm::DenseMap<std::pair<mlir::Value, int64_t>, unsigned> ids;
  llvm::EquivalenceClasses<unsigned> classes;
};

} // namespace attn

#endif // LIB_TRANSFORMS_DIMCLASSES_H
