// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The arithmetic of the conversions. What is compared and shifted are the bits of the magnitude, which order floats as
// integers do; a NaN lies above infinity.
#include "HalfConversions.h"

using namespace mlir;

namespace attn {

/// Bits of f32.
constexpr uint32_t kSign = 0x80000000, kMagnitude = 0x7fffffff, kInfinity = 0x7f800000;
/// The exponents of f32 and f16 are biased by 127 and 15, and their fractions have 23 and 10 bits.
constexpr uint32_t kBiasDifference = 112u << 23, kFractionDifference = 13;
/// 2^-14, the least normal f16, and 2^16, beyond which every f16 is infinite.
constexpr uint32_t kLeastNormal = 113u << 23, kTooLarge = 143u << 23;
/// A NaN of each format that is not signalling.
constexpr uint32_t kQuietBFloat16 = 0x40, kQuietFloat16 = 0x7e00, kInfiniteFloat16 = 0x7c00;

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

Type HalfConverter::like(Value value, Type element) {
  auto shaped = dyn_cast<ShapedType>(value.getType());
  return shaped ? Type(shaped.clone(element)) : element;
}

Value HalfConverter::constant(Value model, uint32_t value) {
  TypedAttr attribute = b.getI32IntegerAttr(static_cast<int32_t>(value));
  if (auto shaped = dyn_cast<ShapedType>(like(model, b.getI32Type())))
    attribute = DenseElementsAttr::get(shaped, Attribute(attribute));
  return arith::ConstantOp::create(b, loc, attribute);
}

Value HalfConverter::bitcast(Value value, Type element) {
  return b.createOrFold<arith::BitcastOp>(loc, like(value, element), value);
}

Value HalfConverter::isAtLeast(Value bits, uint32_t bound) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, bits, constant(bits, bound));
}

Value HalfConverter::andBits(Value bits, uint32_t mask) {
  return arith::AndIOp::create(b, loc, bits, constant(bits, mask));
}

Value HalfConverter::add(Value bits, uint32_t value) {
  return arith::AddIOp::create(b, loc, bits, constant(bits, value));
}

Value HalfConverter::shiftLeft(Value bits, unsigned by) {
  return arith::ShLIOp::create(b, loc, bits, constant(bits, by));
}

Value HalfConverter::shiftRight(Value bits, unsigned by) {
  return arith::ShRUIOp::create(b, loc, bits, constant(bits, by));
}

Value HalfConverter::select(Value condition, Value yes, Value no) {
  return arith::SelectOp::create(b, loc, condition, yes, no);
}

//===----------------------------------------------------------------------===//
// To f32
//===----------------------------------------------------------------------===//

Value HalfConverter::extend(Value bits, HalfFormat format) {
  if (format == HalfFormat::Float16)
    return extendFloat16(bits);
  Value wide = arith::ExtUIOp::create(b, loc, like(bits, b.getI32Type()), bits);
  return bitcast(shiftLeft(wide, 16), b.getF32Type());
}

Value HalfConverter::extendFloat16(Value bits) {
  Type f32 = b.getF32Type();
  if (hasF16C)
    return arith::ExtFOp::create(b, loc, like(bits, f32), bitcast(bits, b.getF16Type()));
  Value wide = arith::ExtUIOp::create(b, loc, like(bits, b.getI32Type()), bits);
  Value sign = shiftLeft(andBits(wide, 0x8000), 16);
  Value magnitude = shiftLeft(andBits(wide, 0x7fff), kFractionDifference);
  Value normal = add(magnitude, kBiasDifference);
  Value special = add(normal, kBiasDifference);
  // The fraction of a denormal behind the exponent of 2^-14 is 2^-14 more than the number. All of these are normal in
  // f32, so that no mode flushes them.
  Value least = constant(magnitude, kLeastNormal);
  Value moved = bitcast(add(magnitude, kLeastNormal), f32);
  Value denormal = bitcast(arith::SubFOp::create(b, loc, moved, bitcast(least, f32)), b.getI32Type());
  Value result = select(isAtLeast(magnitude, 31u << 23), special, normal);
  result = select(isAtLeast(magnitude, 1u << 23), result, denormal);
  return bitcast(arith::OrIOp::create(b, loc, result, sign), f32);
}

//===----------------------------------------------------------------------===//
// From f32
//===----------------------------------------------------------------------===//

Value HalfConverter::truncate(Value value, HalfFormat format) {
  if (format == HalfFormat::Float16 && hasF16C) {
    Value half = arith::TruncFOp::create(b, loc, like(value, b.getF16Type()), value);
    return bitcast(half, b.getI16Type());
  }
  Value bits =
      format == HalfFormat::Float16 ? truncateFloat16(value) : truncateBFloat16(bitcast(value, b.getI32Type()));
  return arith::TruncIOp::create(b, loc, like(value, b.getI16Type()), bits);
}

/// Adds half of the last place that stays, less one where that place is even, and so rounds to nearest even: what
/// carries goes to the exponent, as it should.
Value HalfConverter::truncateBFloat16(Value bits) {
  Value upper = shiftRight(bits, 16);
  Value odd = andBits(upper, 1);
  Value rounded = shiftRight(arith::AddIOp::create(b, loc, add(bits, 0x7fff), odd), 16);
  Value quiet = arith::OrIOp::create(b, loc, upper, constant(bits, kQuietBFloat16));
  return select(isAtLeast(andBits(bits, kMagnitude), kInfinity + 1), quiet, rounded);
}

Value HalfConverter::truncateFloat16(Value value) {
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  Value bits = bitcast(value, i32);
  Value sign = shiftRight(andBits(bits, kSign), 16);
  Value magnitude = andBits(bits, kMagnitude);
  Value odd = andBits(shiftRight(magnitude, kFractionDifference), 1);
  Value biased = add(magnitude, 0xfff - kBiasDifference);
  Value normal = shiftRight(arith::AddIOp::create(b, loc, biased, odd), kFractionDifference);
  // Below 2^-14 the last place is 2^-24, which is that of numbers from 1/2 on: adding 1/2 rounds there.
  constexpr uint32_t half = 126u << 23;
  Value shifter = bitcast(constant(bits, half), f32);
  Value moved = arith::AddFOp::create(b, loc, bitcast(magnitude, f32), shifter);
  Value denormal = add(bitcast(moved, i32), -half);
  Value special =
      select(isAtLeast(magnitude, kInfinity + 1), constant(bits, kQuietFloat16), constant(bits, kInfiniteFloat16));
  Value result = select(isAtLeast(magnitude, kLeastNormal), normal, denormal);
  result = select(isAtLeast(magnitude, kTooLarge), special, result);
  return arith::OrIOp::create(b, loc, result, sign);
}

//===----------------------------------------------------------------------===//
// From f64
//===----------------------------------------------------------------------===//

Value HalfConverter::narrow(Value value) {
  Value nearest = arith::TruncFOp::create(b, loc, like(value, b.getF32Type()), value);
  Value back = arith::ExtFOp::create(b, loc, value.getType(), nearest);
  // Both comparisons fail for a NaN.
  Value isInexact = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ONE, back, value);
  auto magnitude = [&](Value number) -> Value {
    Type i64 = b.getI64Type();
    TypedAttr mask = b.getI64IntegerAttr(INT64_MAX);
    if (auto shaped = dyn_cast<ShapedType>(like(number, i64)))
      mask = DenseElementsAttr::get(shaped, Attribute(mask));
    Value bits = arith::AndIOp::create(b, loc, bitcast(number, i64), arith::ConstantOp::create(b, loc, mask));
    return bitcast(bits, b.getF64Type());
  };
  Value isAway = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, magnitude(back), magnitude(value));
  Value bits = bitcast(nearest, b.getI32Type());
  Value towardsZero = select(isAway, add(bits, -1u), bits);
  Value marked = arith::OrIOp::create(b, loc, towardsZero, constant(bits, 1));
  return bitcast(select(isInexact, marked, bits), b.getF32Type());
}

} // namespace attn
