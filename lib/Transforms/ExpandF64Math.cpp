// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-expand-f64-math: polynomials of degrees that only double precision
// needs. Single precision and everything that has no expansion at all is left
// to attn-expand-math.
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_EXPANDF64MATHPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

/// Scalar f64 arithmetic with less noise.
class F64 {
public:
  F64(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value constant(double value) { return arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(value)); }
  Value bits(int64_t value) { return arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(value)); }
  Value add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
  Value div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
  Value less(Value a, Value b) { return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, a, b); }
  Value select(Value c, Value a, Value b) { return arith::SelectOp::create(builder, loc, c, a, b); }
  Value toBits(Value a) { return arith::BitcastOp::create(builder, loc, builder.getI64Type(), a); }
  Value fromBits(Value a) { return arith::BitcastOp::create(builder, loc, builder.getF64Type(), a); }
  /// 1 + x * (c[0] + x * (c[1] + ...)) and the like, from the last coefficient
  /// to the first.
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value sum = constant(coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      sum = add(mul(sum, x), constant(coefficient));
    return sum;
  }

  OpBuilder &builder;
  Location loc;
};

/// exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2. The Taylor
/// polynomial of degree 13 leaves 4e-18.
Value expandExp(OpBuilder &builder, Location loc, Value x) {
  F64 f(builder, loc);
  // Beyond these bounds the answer is 0 or infinity; NaN fails both comparisons
  // and stays.
  Value tooSmall = f.less(x, f.constant(-745.2)), tooLarge = f.less(f.constant(709.79), x);
  Value inside = f.select(tooSmall, f.constant(-745.2), f.select(tooLarge, f.constant(709.79), x));
  // Adding and subtracting 1.5 * 2^52 rounds to nearest; the low bits of the
  // sum are the integer.
  Value shifter = f.constant(6755399441055744.0);
  Value shifted = f.add(f.mul(inside, f.constant(1.4426950408889634)), shifter);
  Value n = f.sub(shifted, shifter);
  Value high = f.sub(inside, f.mul(n, f.constant(6.93147180369123816490e-01)));
  Value r = f.sub(high, f.mul(n, f.constant(1.90821492927058770002e-10)));
  SmallVector<double> coefficients{1.0};
  for (int degree = 1; degree <= 13; ++degree)
    coefficients.push_back(coefficients.back() / degree);
  Value power = f.polynomial(r, coefficients);
  // 2^n in two factors, so that results near the ends of the range neither
  // overflow nor vanish on the way.
  Value integer = arith::SubIOp::create(builder, loc, f.toBits(shifted), f.toBits(shifter));
  Value half = arith::ShRSIOp::create(builder, loc, integer, f.bits(1));
  Value other = arith::SubIOp::create(builder, loc, integer, half);
  auto powerOfTwo = [&](Value exponent) {
    Value biased = arith::AddIOp::create(builder, loc, exponent, f.bits(1023));
    return f.fromBits(arith::ShLIOp::create(builder, loc, biased, f.bits(52)));
  };
  Value result = f.mul(f.mul(power, powerOfTwo(half)), powerOfTwo(other));
  Value infinity = f.constant(std::numeric_limits<double>::infinity());
  return f.select(tooSmall, f.constant(0.0), f.select(tooLarge, infinity, result));
}

/// log(x) = e ln 2 + log(m), m in [sqrt(1/2), sqrt(2)); log(m) = 2 artanh(s), s
/// = (m - 1) / (m + 1), |s| <= 0.172: odd terms to 21 leave 3e-19. Denormals
/// count as 0, as the runtime's floating-point mode has it.
Value expandLog(OpBuilder &builder, Location loc, Value x) {
  F64 f(builder, loc);
  Value bits = f.toBits(x);
  // Subtracting the bits of sqrt(1/2) before the shift splits at that mantissa.
  Value offset = arith::SubIOp::create(builder, loc, bits, f.bits(0x3fe6a09e667f3bcd));
  Value exponent = arith::ShRSIOp::create(builder, loc, offset, f.bits(52));
  Value scaled = arith::ShLIOp::create(builder, loc, exponent, f.bits(52));
  Value m = f.fromBits(arith::SubIOp::create(builder, loc, bits, scaled));
  Value e = arith::SIToFPOp::create(builder, loc, builder.getF64Type(), exponent);
  Value s = f.div(f.sub(m, f.constant(1.0)), f.add(m, f.constant(1.0)));
  SmallVector<double> coefficients;
  for (int degree = 1; degree <= 21; degree += 2)
    coefficients.push_back(2.0 / degree);
  Value logM = f.mul(s, f.polynomial(f.mul(s, s), coefficients));
  Value low = f.add(logM, f.mul(e, f.constant(1.90821492927058770002e-10)));
  Value result = f.add(low, f.mul(e, f.constant(6.93147180369123816490e-01)));
  double inf = std::numeric_limits<double>::infinity();
  Value tiny = f.less(x, f.constant(std::numeric_limits<double>::min()));
  Value negative = f.less(x, f.constant(0.0));
  Value special = f.select(negative, f.constant(std::numeric_limits<double>::quiet_NaN()), f.constant(-inf));
  Value finite = f.select(tiny, special, result);
  // Infinity and NaN are their own logarithms; both fail the comparison.
  return f.select(f.less(x, f.constant(inf)), finite, x);
}

template <typename OpT, Value (*Expand)(OpBuilder &, Location, Value)> struct ExpandF64 : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpT op, PatternRewriter &rewriter) const override {
    if (!op.getType().isF64())
      return failure();
    rewriter.replaceOp(op, Expand(rewriter, op.getLoc(), op.getOperand()));
    return success();
  }
};

/// tanh(x) = (1 - e) / (1 + e) with e = exp(-2 |x|), and the sign of x. Close
/// to 0 the difference is exact to about 1e-16, not to a unit in the last
/// place.
Value expandTanh(OpBuilder &builder, Location loc, Value x) {
  F64 f(builder, loc);
  Value magnitude = math::AbsFOp::create(builder, loc, x);
  Value e = expandExp(builder, loc, f.mul(magnitude, f.constant(-2.0)));
  Value one = f.constant(1.0);
  Value result = f.div(f.sub(one, e), f.add(one, e));
  return math::CopySignOp::create(builder, loc, result, x);
}

using Expansion = Value (*)(OpBuilder &, Location, Value);

Expansion findExpansion(Operation *op) {
  if (op->getNumResults() != 1 || !op->getResult(0).getType().isF64())
    return nullptr;
  return llvm::TypeSwitch<Operation *, Expansion>(op)
      .Case<math::ExpOp>([](auto) { return expandExp; })
      .Case<math::LogOp>([](auto) { return expandLog; })
      .Case<math::TanhOp>([](auto) { return expandTanh; })
      .Default([](auto) { return nullptr; });
}

struct ExpandF64MathPass : public attn::impl::ExpandF64MathPassBase<ExpandF64MathPass> {
  void runOnOperation() override {
    SmallVector<Operation *> found;
    getOperation().walk([&](Operation *op) {
      if (findExpansion(op))
        found.push_back(op);
    });
    for (Operation *op : found) {
      OpBuilder builder(op);
      Value expanded = findExpansion(op)(builder, op->getLoc(), op->getOperand(0));
      op->getResult(0).replaceAllUsesWith(expanded);
      op->erase();
    }
  }
};

} // namespace
