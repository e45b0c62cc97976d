// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// sin and cos of f32 by way of f64: angles of rotary embeddings grow with the
// position, and single precision cannot subtract multiples of pi / 2 from 2^20
// without losing all digits.
#include "FloatBuilder.h"

using namespace mlir;

namespace attn {

/// sin(r) / r and cos(r) in r^2 for |r| <= pi / 4: Taylor, whose next terms are
/// 9e-12 and 4e-13 of the result, against 6e-8 for half a unit of f32.
static constexpr double sinCoefficients[] = {1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800};
static constexpr double cosCoefficients[] = {1.0,         -1.0 / 2,       1.0 / 24,       -1.0 / 720,
                                             1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600};

/// sin(x + quarters * pi / 2).
static Value expandSinFrom(OpBuilder &b, Location loc, Value x, int64_t quarters) {
  auto withElement = [&](Type element) -> Type {
    auto shaped = dyn_cast<ShapedType>(x.getType());
    return shaped ? Type(shaped.clone(element)) : element;
  };
  Type integers = withElement(b.getI64Type());
  auto bits = [&](int64_t value) -> Value {
    TypedAttr attribute = b.getI64IntegerAttr(value);
    if (auto shaped = dyn_cast<ShapedType>(integers))
      attribute = DenseElementsAttr::get(shaped, Attribute(attribute));
    return arith::ConstantOp::create(b, loc, attribute);
  };
  FloatBuilder f(b, loc, withElement(b.getF64Type()));
  Value wide = arith::ExtFOp::create(b, loc, f.type, x);
  // Adding 1.5 * 2^52 rounds to a whole number, which is in the low bits then.
  Value magic = f.constant(6755399441055744.0);
  Value shifted = f.fma(wide, f.constant(0.63661977236758134308), magic);
  Value whole = f.subtract(shifted, magic);
  // pi / 2 in two parts (Cody and Waite): the first has 33 bits, so its
  // products with numbers of 20 bits are exact where fma is a product and a sum.
  Value rest = f.fma(whole, f.constant(-1.57079632673412561417), wide);
  rest = f.fma(whole, f.constant(-6.07710050650619224932e-11), rest);
  // Of numbers that a double cannot reduce, nothing is left; what remains must
  // be a sine at least.
  rest = f.clamp(rest, -0.7853981633974484, 0.7853981633974484);
  Value square = f.multiply(rest, rest);
  Value sine = f.multiply(rest, f.polynomial(square, sinCoefficients));
  Value cosine = f.polynomial(square, cosCoefficients);

  Value quadrant = arith::AddIOp::create(b, loc, arith::BitcastOp::create(b, loc, integers, shifted), bits(quarters));
  auto hasBit = [&](int64_t bit) -> Value {
    Value masked = arith::AndIOp::create(b, loc, quadrant, bits(bit));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, masked, bits(0));
  };
  Value magnitude = arith::SelectOp::create(b, loc, hasBit(1), cosine, sine);
  Value negated = arith::NegFOp::create(b, loc, magnitude);
  Value result = arith::SelectOp::create(b, loc, hasBit(2), negated, magnitude);
  return arith::TruncFOp::create(b, loc, x.getType(), result);
}

Value expandSin(OpBuilder &b, Location loc, Value x) { return expandSinFrom(b, loc, x, 0); }

Value expandCos(OpBuilder &b, Location loc, Value x) { return expandSinFrom(b, loc, x, 1); }

} // namespace attn
