// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What ops fold to.
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace attn;

/// A bound that holds anyway is not asked for: constants in order, a size that does not exceed itself, and what was
/// bounded by the same before.
OpFoldResult BoundedOp::fold(FoldAdaptor) {
  std::optional<int64_t> value = getConstantIntValue(getValue()), bound = getConstantIntValue(getBound());
  bool inOrder = value && bound && *value >= 0 && *value <= *bound;
  bool isItself = getValue() == getBound() && getValue().getDefiningOp<tensor::DimOp>();
  auto inner = getValue().getDefiningOp<BoundedOp>();
  bool again = inner && inner.getBound() == getBound();
  return inOrder || isItself || again ? getValue() : Value();
}

/// Nothing is rotated by tables without columns.
OpFoldResult RotaryOp::fold(FoldAdaptor) {
  if (cast<RankedTensorType>(getCos().getType()).getDimSize(1) == 0)
    return getInput();
  return {};
}
