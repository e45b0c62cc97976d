// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The words in which the lowering of attention is written: index arithmetic that folds, slices with static result
// sizes, and linalg ops on static tiles. Nothing here knows about attention.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_TILEBUILDER_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_TILEBUILDER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace attn {

/// A builder with the location of the op being lowered.
class TileBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using Value = mlir::Value;
  using BodyFn = llvm::function_ref<Value(TileBuilder &, mlir::ValueRange)>;

  //===--- index arithmetic; operands that are constants fold -------------===//
  Value index(int64_t value);
  Value add(Value lhs, Value rhs);
  Value sub(Value lhs, Value rhs);
  Value mul(Value lhs, Value rhs);
  Value minimum(Value lhs, Value rhs);
  Value maximum(Value lhs, Value rhs);
  /// For non-negative `value`.
  Value divDown(Value value, int64_t divisor);
  Value divUp(Value value, int64_t divisor);
  Value alignDown(Value value, int64_t granule);
  Value alignUp(Value value, int64_t granule);
  Value less(Value lhs, Value rhs);
  Value lessEqual(Value lhs, Value rhs);
  Value scalar(mlir::Type type, double value);
  /// A float in another float type: itself, widened or rounded.
  Value toFloat(Value value, mlir::Type type);

  //===--- tensors ---------------------------------------------------------===//
  mlir::RankedTensorType tensorType(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  Value dim(Value tensor, int64_t axis);
  /// A scratch tensor of its own: unlike tensor.empty, two of them never become one.
  Value scratch(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  Value empty(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  /// `source[offsets..., +shape]`; leading unit dimensions that `shape` lacks are dropped.
  Value extract(Value source, llvm::ArrayRef<mlir::OpFoldResult> offsets, llvm::ArrayRef<int64_t> shape);
  Value insert(Value tile, Value dest, llvm::ArrayRef<mlir::OpFoldResult> offsets);

  //===--- linalg on static tiles ------------------------------------------===//
  Value fill(double value, Value dest);
  Value matmul(Value lhs, Value rhs, Value acc);
  /// The tile with elements of another float type: itself, or a copy.
  Value toFloats(Value tile, mlir::Type element);
  /// One parallel linalg.generic over `dest`; `maps` give the index of each input from that of the result.
  Value elementwise(mlir::ValueRange inputs, llvm::ArrayRef<mlir::AffineMap> maps, Value dest, BodyFn body);
  /// Reduces dimension `axis` of `source` into `dest`; `body` receives an element and the accumulator.
  Value reduce(Value source, int64_t axis, Value dest, BodyFn body);
  /// Maps of a two-dimensional tile: all of it, its row index, its column index.
  mlir::AffineMap whole(unsigned rank);
  mlir::AffineMap rowOf();

  //===--- loops -------------------------------------------------------------===//
  using LoopFn = llvm::function_ref<llvm::SmallVector<Value>(Value index, mlir::ValueRange state)>;
  llvm::SmallVector<Value> loop(Value from, Value to, int64_t step, mlir::ValueRange state, LoopFn body);
  /// Tiles of `width` columns that cover [from, to), the last one narrower where they do not divide. Those of full
  /// width are one loop: the size of the code does not depend on the number of columns.
  using ColumnFn = llvm::function_ref<Value(mlir::OpFoldResult column, int64_t width, Value state)>;
  Value columns(int64_t from, int64_t to, int64_t width, Value state, ColumnFn body);
  using BranchFn = llvm::function_ref<llvm::SmallVector<Value>()>;
  llvm::SmallVector<Value> branch(Value condition, mlir::TypeRange types, BranchFn then, BranchFn otherwise);
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_TILEBUILDER_H
