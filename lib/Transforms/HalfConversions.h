// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions between the bits of bf16 or f16 and wider floats, on scalars and vectors, in arithmetic that every
// variant has. They hold in the floating-point mode of compiled code: round to nearest, denormals flushed.
#ifndef LIB_TRANSFORMS_HALFCONVERSIONS_H
#define LIB_TRANSFORMS_HALFCONVERSIONS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace attn {

/// What the 16 bits mean.
enum class HalfFormat { BFloat16, Float16 };

class HalfConverter {
public:
  /// `hasF16C`: f16 is converted by instructions.
  HalfConverter(mlir::OpBuilder &builder, mlir::Location loc, bool hasF16C) : b(builder), loc(loc), hasF16C(hasF16C) {}

  /// The f32 that `bits`, of i16, stand for.
  mlir::Value extend(mlir::Value bits, HalfFormat format);
  /// The bits, as i16, of the number nearest to `value`, of f32; of two the even one.
  mlir::Value truncate(mlir::Value value, HalfFormat format);
  /// An f32 from which `value`, of f64, can be rounded further as if in one step: towards zero, with the last bit set
  /// where that loses something. Not a NaN unless `value` is.
  mlir::Value narrow(mlir::Value value);

private:
  mlir::Value extendFloat16(mlir::Value bits);
  mlir::Value truncateBFloat16(mlir::Value bits);
  mlir::Value truncateFloat16(mlir::Value value);
  /// `type` with other elements.
  mlir::Type like(mlir::Value value, mlir::Type element);
  mlir::Value constant(mlir::Value like, uint32_t value);
  mlir::Value bitcast(mlir::Value value, mlir::Type element);
  mlir::Value isAtLeast(mlir::Value bits, uint32_t bound);
  mlir::Value andBits(mlir::Value bits, uint32_t mask);
  mlir::Value add(mlir::Value bits, uint32_t value);
  mlir::Value shiftLeft(mlir::Value bits, unsigned by);
  mlir::Value shiftRight(mlir::Value bits, unsigned by);
  mlir::Value select(mlir::Value condition, mlir::Value yes, mlir::Value no);

  mlir::OpBuilder &b;
  mlir::Location loc;
  bool hasF16C;
};

} // namespace attn

#endif // LIB_TRANSFORMS_HALFCONVERSIONS_H
