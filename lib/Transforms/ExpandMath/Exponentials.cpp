// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 2^x and e^x: a polynomial on the fraction, times a power of two made of the
// whole part. All forms give the same bits where the result is a normal number.
#include "FloatBuilder.h"
#include <cmath>

using namespace mlir;

namespace attn {

/// 2^r for r in [0, 1), relative error 8.2e-8 before rounding; exact at 0, so
/// that a factor which should be 1 never compounds.
static constexpr double exp2Coefficients[] = {
    1.0, 0.6931513118388059, 0.24016444974858098, 0.05579991456810939, 0.009017028289297006, 0.001867131025358168};

/// vreduceps with floor, then vscalefps, which scales by 2^floor(x) and
/// saturates to 0 and infinity by itself.
static Value exp2Avx512(FloatBuilder &f, Value x) {
  // Immediate 1: round down, no fraction bits; 8: raise no exceptions;
  // rounding 4: the current direction.
  Value fraction = f.intrinsic("llvm.x86.avx512.mask.reduce.ps.512", {x, f.i32(9), x, f.i16(-1), f.i32(4)});
  Value power = f.polynomial(fraction, exp2Coefficients);
  return f.intrinsic("llvm.x86.avx512.mask.scalef.ps.512", {power, x, power, f.i16(-1), f.i32(4)});
}

Value expandExp2(OpBuilder &b, Location loc, Value x, MathIsa isa) {
  if (isa == MathIsa::Avx512 && fitsWholeRegister(x.getType()))
    return onWholeRegister(b, loc, x, exp2Avx512);
  FloatBuilder f(b, loc, x.getType());
  // 2^-127 is made as 0 and 2^128 as infinity, so the ends are exact.
  Value held = f.clamp(x, -127.0, 128.0);
  Value whole = f.floor(held);
  Value power = f.polynomial(f.subtract(held, whole), exp2Coefficients);
  return f.multiply(power, f.powerOfTwo(whole));
}

Value expandExp(OpBuilder &b, Location loc, Value x) {
  FloatBuilder f(b, loc, x.getType());
  // x = (whole + fraction) ln 2, with ln 2 in two parts of which the first is
  // short: its products with whole are exact. One product with log2(e) alone
  // would lose |x| units in the last place. The bounds give 2^-127 and 2^128.
  const double log2e = 1.4426950408889634;
  const double high = 0.693359375, low = -2.12194440054690583e-4;
  Value held = f.clamp(x, -88.02, 89.0);
  Value whole = f.floor(f.multiply(held, f.constant(log2e)));
  Value rest = f.fma(whole, f.constant(-high), held);
  rest = f.fma(whole, f.constant(-low), rest);
  Value fraction = f.multiply(rest, f.constant(log2e));
  Value power = f.polynomial(fraction, exp2Coefficients);
  return f.multiply(power, f.powerOfTwo(whole));
}

} // namespace attn
