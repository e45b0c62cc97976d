// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each normaliser computes, as scalar arithmetic in natural units. NaN must travel from a score to the output, so
// nothing here carries nnan flags.
#include "dialects/Attn/AttnAttrs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

using namespace mlir;
using namespace attn;

static Value constantLike(OpBuilder &b, Location loc, Value like, double value) {
  return arith::ConstantOp::create(b, loc, b.getFloatAttr(like.getType(), value));
}

//===----------------------------------------------------------------------===//
// softmax
//===----------------------------------------------------------------------===//

bool SoftmaxAttr::usesRowMax() const { return true; }

unsigned SoftmaxAttr::getNumInputs() const { return getSink() ? 1 : 0; }

Value SoftmaxAttr::weight(OpBuilder &b, Location loc, Value score, Value max, bool baseTwo) const {
  // The difference comes first: a score of -FLT_MAX times log2(e) would be -inf.
  Value difference = arith::SubFOp::create(b, loc, score, max);
  if (baseTwo)
    return math::Exp2Op::create(b, loc, difference);
  return math::ExpOp::create(b, loc, difference);
}

Value SoftmaxAttr::finish(OpBuilder &b, Location loc, Value sum) const {
  Value zero = constantLike(b, loc, sum, 0.0);
  Value one = constantLike(b, loc, sum, 1.0);
  Value empty = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, sum, zero);
  Value inverse = arith::DivFOp::create(b, loc, one, sum);
  return arith::SelectOp::create(b, loc, empty, zero, inverse);
}

Value SoftmaxAttr::logSumExp(OpBuilder &b, Location loc, Value max, Value sum) const {
  Value zero = constantLike(b, loc, sum, 0.0);
  Value minusInf = constantLike(b, loc, sum, -std::numeric_limits<double>::infinity());
  Value empty = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, sum, zero);
  Value lse = arith::AddFOp::create(b, loc, max, math::LogOp::create(b, loc, sum));
  return arith::SelectOp::create(b, loc, empty, minusInf, lse);
}

//===----------------------------------------------------------------------===//
// Pointwise normalisers: no maximum, no division; log-sum-exp is the log of the sum of weights.
//===----------------------------------------------------------------------===//

static Value logOfSum(OpBuilder &b, Location loc, Value sum) { return math::LogOp::create(b, loc, sum); }

bool SigmoidAttr::usesRowMax() const { return false; }

Value SigmoidAttr::weight(OpBuilder &b, Location loc, Value score, Value, bool) const {
  Value one = constantLike(b, loc, score, 1.0);
  Value e = math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, score));
  return arith::DivFOp::create(b, loc, one, arith::AddFOp::create(b, loc, one, e));
}

Value SigmoidAttr::finish(OpBuilder &, Location, Value) const { return {}; }

Value SigmoidAttr::logSumExp(OpBuilder &b, Location loc, Value, Value sum) const { return logOfSum(b, loc, sum); }

bool ReluAttr::usesRowMax() const { return false; }

Value ReluAttr::weight(OpBuilder &b, Location loc, Value score, Value, bool) const {
  Value zero = constantLike(b, loc, score, 0.0);
  // The comparison is false for NaN, which must stay NaN.
  Value negative = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, score, zero);
  return arith::SelectOp::create(b, loc, negative, zero, score);
}

Value ReluAttr::finish(OpBuilder &, Location, Value) const { return {}; }

Value ReluAttr::logSumExp(OpBuilder &b, Location loc, Value, Value sum) const { return logOfSum(b, loc, sum); }
