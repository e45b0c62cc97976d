// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// linalg.generic on whole tensors with little to say about it: inputs with
// their maps, one output, and the scalar that the body yields. Shared by the
// reference lowerings of all attn ops.
#ifndef LIB_CONVERSION_ATTNTOREFERENCE_WHOLETENSORS_H
#define LIB_CONVERSION_ATTNTOREFERENCE_WHOLETENSORS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace attn {

/// An input and the loops that index it, in its order of dimensions.
struct Indexed {
  mlir::Value tensor;
  llvm::SmallVector<unsigned> loops;
};

/// A float in another float type: itself, widened or rounded.
inline mlir::Value toFloat(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, mlir::Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth(), to = type.getIntOrFloatBitWidth();
  if (value.getType() == type)
    return value;
  return from < to ? mlir::arith::ExtFOp::create(b, loc, type, value).getResult()
                   : mlir::arith::TruncFOp::create(b, loc, type, value).getResult();
}

class WholeTensors {
public:
  using Body = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange)>;

  WholeTensors(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  /// A tensor of `sizes` that holds nothing yet.
  mlir::Value empty(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element) {
    return mlir::tensor::EmptyOp::create(builder, loc, sizes, element);
  }
  mlir::Value filled(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::TypedAttr value) {
    mlir::Value scalar = mlir::arith::ConstantOp::create(builder, loc, value);
    return mlir::linalg::FillOp::create(builder, loc, scalar, empty(sizes, value.getType())).getResult(0);
  }

  /// out[loops] = body(inputs..., out). Loops that do not index the output are
  /// reductions, in ascending order.
  mlir::Value compute(llvm::ArrayRef<Indexed> inputs, const Indexed &out, unsigned loopCount, Body body) {
    llvm::SmallVector<mlir::AffineMap> maps;
    llvm::SmallVector<mlir::Value> tensors;
    for (const Indexed &input : inputs) {
      maps.push_back(mapOf(input, loopCount));
      tensors.push_back(input.tensor);
    }
    maps.push_back(mapOf(out, loopCount));
    llvm::SmallVector<mlir::utils::IteratorType> iterators(loopCount, mlir::utils::IteratorType::reduction);
    for (unsigned loop : out.loops)
      iterators[loop] = mlir::utils::IteratorType::parallel;
    return mlir::linalg::GenericOp::create(builder, loc, out.tensor.getType(), tensors, out.tensor, maps, iterators,
                                           [&](mlir::OpBuilder &b, mlir::Location l, mlir::ValueRange args) {
                                             mlir::linalg::YieldOp::create(b, l, body(b, args));
                                           })
        .getResult(0);
  }

private:
  mlir::AffineMap mapOf(const Indexed &value, unsigned loopCount) {
    llvm::SmallVector<mlir::AffineExpr> dims;
    for (unsigned loop : value.loops)
      dims.push_back(builder.getAffineDimExpr(loop));
    return mlir::AffineMap::get(loopCount, 0, dims, builder.getContext());
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace attn

#endif // LIB_CONVERSION_ATTNTOREFERENCE_WHOLETENSORS_H
