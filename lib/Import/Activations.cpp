// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Activations.h"
#include "GraphBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace attn;

/// x / 2 * (1 + erf(x / sqrt(2))).
static Value geluErf(GraphBuilder &s, Value x) {
  Value scaled = s.make<arith::MulFOp>(x, s.f32(M_SQRT1_2));
  Value erf = s.make<math::ErfOp>(scaled);
  Value half = s.make<arith::MulFOp>(x, s.f32(0.5));
  Value sum = s.make<arith::AddFOp>(erf, s.f32(1));
  return s.make<arith::MulFOp>(half, sum);
}

/// x / 2 * (1 + tanh(u)) = x / (1 + exp(-2u)), u = sqrt(2 / pi) * (x + 0.044715
/// x^3): the form without tanh is exact too, and exp is what attention needs
/// anyway.
static Value geluTanh(GraphBuilder &s, Value x) {
  double factor = -2 * std::sqrt(2 / M_PI);
  Value square = s.make<arith::MulFOp>(x, x);
  Value bend = s.make<arith::MulFOp>(square, s.f32(0.044715 * factor));
  Value slope = s.make<arith::AddFOp>(bend, s.f32(factor));
  Value exponent = s.make<arith::MulFOp>(x, slope);
  Value power = s.make<math::ExpOp>(exponent);
  Value divisor = s.make<arith::AddFOp>(power, s.f32(1));
  return s.make<arith::DivFOp>(x, divisor);
}

/// x / (1 + exp(-x)).
static Value silu(GraphBuilder &s, Value x) {
  Value power = s.make<math::ExpOp>(Value(s.make<arith::NegFOp>(x)));
  Value divisor = s.make<arith::AddFOp>(power, s.f32(1));
  return s.make<arith::DivFOp>(x, divisor);
}

Value attn::activate(GraphBuilder &s, Activation activation, Value x) {
  switch (activation) {
  case Activation::GeluErf:
    return geluErf(s, x);
  case Activation::GeluTanh:
    return geluTanh(s, x);
  case Activation::Relu:
    return s.make<arith::MaximumFOp>(x, s.f32(0));
  case Activation::Silu:
    return silu(s, x);
  }
  llvm_unreachable("every activation is emitted");
}
