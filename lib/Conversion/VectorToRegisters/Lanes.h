// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What one native vector register holds, or the promise of it. Uniform values
// and arithmetic progressions stay scalars until somebody wants lanes: index
// arithmetic of masks and scores then costs scalar instructions, and a gather
// whose indices count up by one is seen to be a load.
#ifndef ATTN_LIB_CONVERSION_VECTORTOREGISTERS_LANES_H
#define ATTN_LIB_CONVERSION_VECTORTOREGISTERS_LANES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace attn {

/// Either `vector`, or lane l holds base + offset + l * stride. A missing base
/// is zero; floats are only ever a vector or a uniform base. A register of
/// width one is always a scalar.
struct Lanes {
  mlir::Type element;
  int64_t width = 1;
  mlir::Value vector;
  mlir::Value base;
  int64_t offset = 0;
  int64_t stride = 0;

  bool isLazy() const { return !vector; }
  bool isUniform() const { return !vector && stride == 0; }
  /// The constant that all lanes hold, if it is known.
  std::optional<int64_t> getConstant() const;

  static Lanes ofVector(mlir::Value vector, mlir::Type element);
  static Lanes ofScalar(mlir::Value scalar, int64_t width);
  static Lanes ofConstant(int64_t value, mlir::Type element, int64_t width);
};

/// One lane of one register.
struct Lane {
  const Lanes *lanes;
  int64_t index;
};

/// Makes values out of registers, and registers out of each other. Lanes of
/// type `index` become i32 where they are put in a vector: positions are below
/// 2^31, and sixteen of them then fit one register. What may be larger is
/// clamped first, which leaves every comparison with a position true.
class LaneBuilder {
public:
  mlir::OpBuilder &b;
  mlir::Location loc;

  LaneBuilder(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}

  /// The register as a vector; of i32 or i64 for `index`.
  mlir::Value toVector(const Lanes &lanes);
  /// The register as a vector whose elements have exactly the type `element`.
  mlir::Value toVectorOf(const Lanes &lanes, mlir::Type element);
  /// One lane, of the element type.
  mlir::Value toScalar(const Lanes &lanes, int64_t lane = 0);
  /// A register of lanes taken from anywhere, by the cheapest means.
  Lanes assemble(llvm::ArrayRef<Lane> given);

  /// Sum, difference and product where the result is again lazy.
  std::optional<Lanes> add(const Lanes &lhs, const Lanes &rhs);
  std::optional<Lanes> subtract(const Lanes &lhs, const Lanes &rhs);
  std::optional<Lanes> multiply(const Lanes &lhs, const Lanes &rhs);
  /// The same values in another integer type.
  std::optional<Lanes> convert(const Lanes &lanes, mlir::Type element, bool isUnsigned);
  /// A signed comparison of two progressions, exact for any base as long as one is nearer to zero than 2^61.
  std::optional<Lanes> compare(mlir::arith::CmpIPredicate predicate, const Lanes &lhs, const Lanes &rhs);

  mlir::Value index(int64_t value);
  /// `value + offset`, folded.
  mlir::Value plus(mlir::Value value, int64_t offset);
  mlir::VectorType type(int64_t width, mlir::Type element);

private:
  mlir::Value progression(const Lanes &lanes);
  mlir::Value narrowed(mlir::Value scalar);
  std::optional<Lanes> subtractable(const Lanes &lanes);
  std::optional<Lanes> assembleLazy(llvm::ArrayRef<Lane> lanes);
  mlir::Value shuffled(llvm::ArrayRef<Lane> lanes);
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_VECTORTOREGISTERS_LANES_H
