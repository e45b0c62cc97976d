// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the exact GELU among the ops that spell it.
#ifndef ATTN_LIB_TRANSFORMS_EXPANDMATH_GELUPATTERN_H
#define ATTN_LIB_TRANSFORMS_EXPANDMATH_GELUPATTERN_H

#include "mlir/Dialect/Math/IR/Math.h"

namespace attn {

struct GeluMatch {
  mlir::Value x;
  /// The product whose value is gelu(x).
  mlir::Operation *root;
};

/// The GELU around `erf`: x * 0.5 * (1 + erf(x / sqrt 2)), whatever the order
/// of the factors, if that is what it is.
std::optional<GeluMatch> matchGelu(mlir::math::ErfOp erf);

} // namespace attn

#endif // ATTN_LIB_TRANSFORMS_EXPANDMATH_GELUPATTERN_H
