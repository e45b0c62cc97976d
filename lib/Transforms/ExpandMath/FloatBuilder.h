// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Float arithmetic on values of one type, a scalar or a vector of f32 or f64:
// what the approximations of attn-expand-math are written in.
#ifndef ATTN_LIB_TRANSFORMS_EXPANDMATH_FLOATBUILDER_H
#define ATTN_LIB_TRANSFORMS_EXPANDMATH_FLOATBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace attn {

/// The instructions that approximations may count on.
enum class MathIsa { Sse, Avx2, Avx512 };

class FloatBuilder {
public:
  FloatBuilder(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type) : b(b), loc(loc), type(type) {}

  mlir::Value constant(double value);
  mlir::Value bits(int32_t value);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value subtract(mlir::Value lhs, mlir::Value rhs);
  mlir::Value multiply(mlir::Value lhs, mlir::Value rhs);
  /// lhs * rhs + addend as `math.fma`, which the pass splits where the CPU
  /// has no such instruction.
  mlir::Value fma(mlir::Value lhs, mlir::Value rhs, mlir::Value addend);
  mlir::Value floor(mlir::Value value);
  /// `value` held between two numbers; a NaN stays one.
  mlir::Value clamp(mlir::Value value, double low, double high);
  /// `yes` where `value` is below `bound`, else `no`.
  mlir::Value whereBelow(mlir::Value value, double bound, mlir::Value yes, mlir::Value no);
  /// The polynomial with these coefficients, lowest first, at `at`.
  template <typename Range> mlir::Value polynomial(mlir::Value at, const Range &coefficients) {
    auto it = std::rbegin(coefficients), end = std::rend(coefficients);
    mlir::Value result = constant(*it);
    for (++it; it != end; ++it)
      result = fma(result, at, constant(*it));
    return result;
  }
  /// 2^n for a whole number n in [-127, 128]; 0 and infinity at the ends.
  mlir::Value powerOfTwo(mlir::Value whole);

  /// An AVX-512 intrinsic on 16 lanes.
  mlir::Value intrinsic(llvm::StringRef name, mlir::ValueRange arguments);
  mlir::Value i32(int32_t value);
  mlir::Value i16(int16_t value);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type type;
};

/// 2^x and e^x for f32 scalars or vectors.
mlir::Value expandExp2(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathIsa isa);
mlir::Value expandExp(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);

/// x * 0.5 * (1 + erf(x / sqrt 2)).
mlir::Value expandGelu(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, MathIsa isa);

/// sin(x) and cos(x) for f32 scalars or vectors, correctly rounded but for a
/// few in a million; good for |x| up to 2^20.
mlir::Value expandSin(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);
mlir::Value expandCos(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);

/// Runs `body` on a whole register of 16 lanes whose first ones are `x`.
mlir::Value onWholeRegister(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x,
                            llvm::function_ref<mlir::Value(FloatBuilder &, mlir::Value)> body);

/// True where `type` fits one register of 16 lanes, so that its instructions
/// apply.
bool fitsWholeRegister(mlir::Type type);

} // namespace attn

#endif // ATTN_LIB_TRANSFORMS_EXPANDMATH_FLOATBUILDER_H
