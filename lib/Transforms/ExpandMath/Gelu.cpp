// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The exact GELU as x times an approximation of the normal distribution: on
// AVX-512 a table of polynomials in registers, elsewhere one polynomial.
#include "FloatBuilder.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <cmath>

using namespace mlir;

namespace attn {

#include "GeluCoefficients.inc"

/// 31 pieces of degree 4; which piece is in the low bits of x * scale + magic,
/// where the permutes of two registers look for it.
static Value geluAvx512(FloatBuilder &f, Value x) {
  auto vector = cast<VectorType>(f.type);
  Value magic = f.constant(12582912.0 + 16.0), scale = f.constant(geluScale);
  // Immediate 2: the smaller magnitude, with the sign of x.
  Value held = f.intrinsic("llvm.x86.avx512.mask.range.ps.512",
                           {x, f.constant(15.49 / geluScale), f.i32(2), x, f.i16(-1), f.i32(4)});
  Value shifted = f.fma(held, scale, magic);
  Value piece = f.subtract(shifted, magic);
  Value at = f.fma(held, scale, f.subtract(f.constant(0.0), piece));
  Value index = arith::BitcastOp::create(f.b, f.loc, vector.clone(f.b.getI32Type()), shifted);
  auto lookUp = [&](int degree) {
    auto half = [&](const float *row) {
      return arith::ConstantOp::create(f.b, f.loc, DenseElementsAttr::get(vector, ArrayRef<float>(row, 16)));
    };
    return f.intrinsic("llvm.x86.avx512.vpermi2var.ps.512",
                       {half(geluTable[degree]), index, half(geluTable[degree] + 16)});
  };
  Value result = lookUp(4);
  for (int degree = 3; degree >= 0; --degree)
    result = f.fma(result, at, lookUp(degree));
  return f.multiply(x, result);
}

Value expandGelu(OpBuilder &b, Location loc, Value x, MathIsa isa) {
  if (isa == MathIsa::Avx512 && fitsWholeRegister(x.getType()))
    return onWholeRegister(b, loc, x, geluAvx512);
  FloatBuilder f(b, loc, x.getType());
  const double root2 = std::sqrt(2.0);
  Value u = f.clamp(f.multiply(x, f.constant(root2 / geluBound)), -root2, root2);
  // Centred at 0: a polynomial in u * u alone loses its digits in cancellation.
  Value s = f.fma(u, u, f.constant(-1.0));
  Value half = f.polynomial(s, geluPortable);
  Value result = f.fma(half, u, f.constant(0.5));
  // Far below the result is 0, not x times the last rounding.
  result = f.whereBelow(x, -5.35, f.constant(0.0), result);
  return f.multiply(x, result);
}

} // namespace attn
