// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers and shapes of the ops that work row by row: norm and rotary. Labelled with the constraints of
// AttnOps.td.
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace attn;

static bool mayBeEqual(int64_t lhs, int64_t rhs) {
  return ShapedType::isDynamic(lhs) || ShapedType::isDynamic(rhs) || lhs == rhs;
}

//===----------------------------------------------------------------------===//
// norm
//===----------------------------------------------------------------------===//

LogicalResult NormOp::verify() {
  RankedTensorType weight = cast<RankedTensorType>(getWeight().getType());
  int64_t width = cast<RankedTensorType>(getInput().getType()).getShape().back();
  if (!mayBeEqual(width, weight.getDimSize(0))) // C1
    return emitOpError("expects the last dimension of input and weight to have the same size, but got ")
           << width << " and " << weight.getDimSize(0);
  Type element = getElementTypeOrSelf(getInput()), stored = weight.getElementType();
  if (stored != element && !stored.isBF16() && !stored.isF16()) // C2
    return emitOpError("expects the element type of weight to be ") << element << ", bf16 or f16, but got " << stored;
  if (getBias() && getBias().getType() != weight)
    return emitOpError("expects bias to have the type of weight, but got ")
           << getBias().getType() << " and " << Type(weight);
  if (!getEpsilon().isFinite() || getEpsilon().isNegative()) // C3
    return emitOpError("expects eps to be finite and not negative, but got ") << getEpsilon().convertToDouble();
  return success();
}

LogicalResult NormOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getInput()));
  return success();
}

//===----------------------------------------------------------------------===//
// rotary
//===----------------------------------------------------------------------===//

LogicalResult RotaryOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto tables = cast<RankedTensorType>(getCos().getType());
  if (!mayBeEqual(input.getDimSize(2), tables.getDimSize(0))) // C1
    return emitOpError("expects input and the tables to have the same number of positions, but got ")
           << input.getDimSize(2) << " and " << tables.getDimSize(0);
  int64_t size = input.getDimSize(3), pairs = tables.getDimSize(1);
  if (ShapedType::isDynamic(pairs)) // C2
    return emitOpError("expects the number of columns of the tables to be known, but got ") << Type(tables);
  if (!ShapedType::isDynamic(size) && pairs > size / 2)
    return emitOpError("expects the tables to have at most half as many columns as a head has elements, but got ")
           << pairs << " and " << size;
  if (input.getElementType() != tables.getElementType()) // C3
    return emitOpError("expects the tables to have the element type of input, but got ")
           << tables.getElementType() << " and " << input.getElementType();
  return success();
}

LogicalResult RotaryOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getInput()));
  return success();
}
