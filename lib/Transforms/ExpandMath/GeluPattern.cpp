// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the exact GELU among the ops that spell it.
#include "GeluPattern.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;

namespace attn {

/// True where `value` is the constant `wanted`, up to the rounding of f32.
static bool isNumber(Value value, double wanted) {
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return false;
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  auto number = dyn_cast<FloatAttr>(attribute);
  return number && std::abs(number.getValueAsDouble() - wanted) < 1e-6;
}

/// The x of x / sqrt 2, or null.
static Value overRootTwo(Value value) {
  if (auto product = value.getDefiningOp<arith::MulFOp>()) {
    if (isNumber(product.getRhs(), std::sqrt(0.5)))
      return product.getLhs();
    if (isNumber(product.getLhs(), std::sqrt(0.5)))
      return product.getRhs();
  }
  if (auto quotient = value.getDefiningOp<arith::DivFOp>())
    if (isNumber(quotient.getRhs(), std::sqrt(2.0)))
      return quotient.getLhs();
  return Value();
}

/// The other operand of `op`, which has two.
static Value other(Operation *op, Value one) {
  return op->getOperand(0) == one ? op->getOperand(1) : op->getOperand(0);
}

std::optional<GeluMatch> matchGelu(math::ErfOp erf) {
  Value x = overRootTwo(erf.getOperand());
  if (!x || !erf.getResult().hasOneUse())
    return std::nullopt;
  auto sum = dyn_cast<arith::AddFOp>(*erf->getUsers().begin());
  if (!sum || !isNumber(other(sum, erf.getResult()), 1.0))
    return std::nullopt;
  bool hasX = false, hasHalf = false;
  auto take = [&](Value factor) {
    if (factor == x && !hasX)
      return hasX = true;
    if (isNumber(factor, 0.5) && !hasHalf)
      return hasHalf = true;
    return false;
  };
  Value top = sum.getResult();
  while (!(hasX && hasHalf)) {
    if (!top.hasOneUse())
      return std::nullopt;
    auto product = dyn_cast<arith::MulFOp>(*top.getUsers().begin());
    if (!product)
      return std::nullopt;
    Value factor = other(product, top);
    if (!take(factor)) {
      // 0.5 * x may have been multiplied out before.
      auto inner = factor.getDefiningOp<arith::MulFOp>();
      if (!inner || !take(inner.getLhs()) || !take(inner.getRhs()))
        return std::nullopt;
    }
    top = product.getResult();
  }
  return GeluMatch{x, top.getDefiningOp()};
}

} // namespace attn
