// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rebuilds the size of a tensor or buffer somewhere else, from the symbols of
// the function alone: sizes of intermediate values are computed by a plan
// before the function runs, and by the function's first block. Equal
// expressions become one value, so that equal sizes can be recognised.
#ifndef LIB_TRANSFORMS_SIZEEXPRESSIONS_H
#define LIB_TRANSFORMS_SIZEEXPRESSIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"

namespace attn {

class SizeExpressions {
public:
  /// Whether a size that depends on data is unknown, or is what attn.bounded says that it is at most.
  enum class Data { Unknown, Bounded };

  /// Expressions about `func` are emitted where `builder` points; `symbols` are
  /// its symbols there. `before` guards dominance when that place is in `func`
  /// itself: everything is rebuilt, nothing of the function is used in place.
  SizeExpressions(mlir::OpBuilder builder, mlir::func::FuncOp func, const llvm::StringMap<mlir::Value> &symbols,
                  Data data = Data::Unknown)
      : builder(builder), func(func), symbols(symbols), data(data) {}

  /// An integer value of the function, rebuilt; null when it does not follow
  /// from the symbols.
  mlir::Value rebuild(mlir::Value value);
  /// The size of a dimension of a shaped value of the function; null when it
  /// does not follow from the symbols.
  mlir::Value sizeOf(mlir::Value shaped, int64_t axis);

  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value max(mlir::Value lhs, mlir::Value rhs);
  mlir::Value ceilTo(mlir::Value value, int64_t multiple);

  mlir::OpBuilder &getBuilder() { return builder; }

private:
  mlir::Value sizeOfArgument(mlir::BlockArgument arg, int64_t axis);
  mlir::Value sizeOfDefined(mlir::OpResult result, int64_t axis);
  /// The size of a dimension into which dimensions of `collapse`'s source went.
  mlir::Value sizeOfGroup(mlir::memref::CollapseShapeOp collapse, int64_t axis);
  mlir::Value sizeOfBranches(mlir::scf::IfOp branch, unsigned result, int64_t axis);
  mlir::Value sizeOfCallResult(mlir::OpResult result, int64_t axis);
  mlir::Value rebuildDefined(mlir::Operation *op);
  mlir::Value rebuildArithmetic(mlir::Operation *op);
  mlir::Value rebuildFold(mlir::OpFoldResult size);
  /// The earlier of `op` and an operation equal to it, which `op` is erased
  /// for.
  mlir::Operation *unique(mlir::Operation *op);

  mlir::OpBuilder builder;
  mlir::func::FuncOp func;
  llvm::StringMap<mlir::Value> symbols;
  Data data;
  llvm::DenseMap<mlir::Value, mlir::Value> rebuilt;
  /// Values of the function for which an upper bound was rebuilt.
  llvm::DenseSet<mlir::Value> inexact;
  /// Whether what is being rebuilt took a bound for a value.
  bool usedBound = false;
  llvm::DenseMap<llvm::hash_code, llvm::SmallVector<mlir::Operation *, 1>> emitted;
};

} // namespace attn

#endif // LIB_TRANSFORMS_SIZEEXPRESSIONS_H
