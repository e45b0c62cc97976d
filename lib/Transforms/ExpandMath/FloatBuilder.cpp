// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The words in which the approximations are written.
#include "FloatBuilder.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attn {

constexpr int64_t wholeLanes = 16;

Value FloatBuilder::constant(double value) {
  TypedAttr attribute = b.getFloatAttr(getElementTypeOrSelf(type), value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    attribute = DenseElementsAttr::get(shaped, Attribute(attribute));
  return arith::ConstantOp::create(b, loc, attribute);
}

static Type withElement(Type type, Type element) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(element)) : element;
}

Value FloatBuilder::bits(int32_t value) {
  TypedAttr attribute = b.getI32IntegerAttr(value);
  Type integers = withElement(type, b.getI32Type());
  if (auto shaped = dyn_cast<ShapedType>(integers))
    attribute = DenseElementsAttr::get(shaped, Attribute(attribute));
  return arith::ConstantOp::create(b, loc, attribute);
}

Value FloatBuilder::add(Value lhs, Value rhs) { return arith::AddFOp::create(b, loc, lhs, rhs); }

Value FloatBuilder::subtract(Value lhs, Value rhs) { return arith::SubFOp::create(b, loc, lhs, rhs); }

Value FloatBuilder::multiply(Value lhs, Value rhs) { return arith::MulFOp::create(b, loc, lhs, rhs); }

Value FloatBuilder::fma(Value lhs, Value rhs, Value addend) { return math::FmaOp::create(b, loc, lhs, rhs, addend); }

Value FloatBuilder::floor(Value value) { return math::FloorOp::create(b, loc, value); }

Value FloatBuilder::whereBelow(Value value, double bound, Value yes, Value no) {
  Value below = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, value, constant(bound));
  return arith::SelectOp::create(b, loc, below, yes, no);
}

Value FloatBuilder::clamp(Value value, double low, double high) {
  // Both comparisons fail for a NaN, which then stays; the other order of the
  // operands would turn it into a bound.
  Value raised = whereBelow(value, low, constant(low), value);
  Value above = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, raised, constant(high));
  return arith::SelectOp::create(b, loc, above, constant(high), raised);
}

Value FloatBuilder::powerOfTwo(Value whole) {
  // In a float near 1.5 * 2^23 the low bits are the integer.
  Value shifted = add(whole, constant(12582912.0 + 127.0));
  Type integers = withElement(type, b.getI32Type());
  Value integer = arith::BitcastOp::create(b, loc, integers, shifted);
  Value exponent = arith::ShLIOp::create(b, loc, integer, bits(23));
  return arith::BitcastOp::create(b, loc, type, exponent);
}

Value FloatBuilder::intrinsic(StringRef name, ValueRange arguments) {
  return LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(name), arguments).getResult(0);
}

Value FloatBuilder::i32(int32_t value) { return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value)); }

Value FloatBuilder::i16(int16_t value) { return arith::ConstantOp::create(b, loc, b.getI16IntegerAttr(value)); }

bool fitsWholeRegister(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.getRank() == 1 && vector.getDimSize(0) > 1 && vector.getDimSize(0) <= wholeLanes;
}

Value onWholeRegister(OpBuilder &b, Location loc, Value x, function_ref<Value(FloatBuilder &, Value)> body) {
  auto narrow = cast<VectorType>(x.getType());
  int64_t width = narrow.getDimSize(0);
  auto whole = VectorType::get({wholeLanes}, narrow.getElementType());
  FloatBuilder builder(b, loc, whole);
  if (width == wholeLanes)
    return body(builder, x);
  // The lanes beyond repeat the first one: they raise no exception of their
  // own.
  SmallVector<int64_t> widen(wholeLanes, 0), narrowed;
  for (int64_t lane = 0; lane < width; ++lane) {
    widen[lane] = lane;
    narrowed.push_back(lane);
  }
  Value wide = vector::ShuffleOp::create(b, loc, x, x, widen);
  Value result = body(builder, wide);
  return vector::ShuffleOp::create(b, loc, result, result, narrowed);
}

} // namespace attn
