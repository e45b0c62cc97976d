// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elementwise ops, one register at a time.
#include "Elementwise.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include <limits>

using namespace mlir;

namespace attn {

//===----------------------------------------------------------------------===//
// Maxima and minima
//===----------------------------------------------------------------------===//

/// `first` where it is beyond `second`, else `second`, also where one of the
/// two is a NaN: exactly what vmaxps and vminps do.
static Value select(LaneBuilder &builder, Value first, Value second, bool larger) {
  Value beyond = arith::CmpFOp::create(builder.b, builder.loc,
                                       larger ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, first, second);
  return arith::SelectOp::create(builder.b, builder.loc, beyond, first, second);
}

static bool isNumber(Value value) {
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return false;
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  auto number = dyn_cast<FloatAttr>(attribute);
  return number && !number.getValue().isNaN();
}

Value emitExtremum(LaneBuilder &builder, Value lhs, Value rhs, bool larger, bool propagate) {
  // The side that the select falls back on decides what becomes of a NaN on
  // the other; where one side is a number, that is all.
  if (isNumber(lhs))
    std::swap(lhs, rhs);
  if (isNumber(rhs))
    return propagate ? select(builder, rhs, lhs, larger) : select(builder, lhs, rhs, larger);
  Value result = select(builder, lhs, rhs, larger);
  Value suspect = propagate ? lhs : rhs;
  Value isNaN = arith::CmpFOp::create(builder.b, builder.loc, arith::CmpFPredicate::UNO, suspect, suspect);
  return arith::SelectOp::create(builder.b, builder.loc, isNaN, lhs, result);
}

Value emitRunningExtremum(LaneBuilder &builder, Value value, Value running, bool larger) {
  return select(builder, value, running, larger);
}

Value emitCombine(LaneBuilder &builder, vector::CombiningKind kind, Value lhs, Value rhs) {
  using K = vector::CombiningKind;
  OpBuilder &b = builder.b;
  Location loc = builder.loc;
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(lhs.getType()));
  switch (kind) {
  case K::ADD:
    return isFloat ? Value(arith::AddFOp::create(b, loc, lhs, rhs)) : Value(arith::AddIOp::create(b, loc, lhs, rhs));
  case K::MUL:
    return isFloat ? Value(arith::MulFOp::create(b, loc, lhs, rhs)) : Value(arith::MulIOp::create(b, loc, lhs, rhs));
  case K::MAXIMUMF:
    return emitExtremum(builder, lhs, rhs, true, true);
  case K::MAXNUMF:
    return emitExtremum(builder, lhs, rhs, true, false);
  case K::MINIMUMF:
    return emitExtremum(builder, lhs, rhs, false, true);
  case K::MINNUMF:
    return emitExtremum(builder, lhs, rhs, false, false);
  case K::MAXSI:
    return arith::MaxSIOp::create(b, loc, lhs, rhs);
  case K::MINSI:
    return arith::MinSIOp::create(b, loc, lhs, rhs);
  case K::MAXUI:
    return arith::MaxUIOp::create(b, loc, lhs, rhs);
  case K::MINUI:
    return arith::MinUIOp::create(b, loc, lhs, rhs);
  case K::AND:
    return arith::AndIOp::create(b, loc, lhs, rhs);
  case K::OR:
    return arith::OrIOp::create(b, loc, lhs, rhs);
  case K::XOR:
    return arith::XOrIOp::create(b, loc, lhs, rhs);
  }
  llvm_unreachable("every kind is handled");
}

/// The kind of a float extremum op.
static std::optional<vector::CombiningKind> extremumKind(Operation *op) {
  using K = vector::CombiningKind;
  if (isa<arith::MaximumFOp>(op))
    return K::MAXIMUMF;
  if (isa<arith::MaxNumFOp>(op))
    return K::MAXNUMF;
  if (isa<arith::MinimumFOp>(op))
    return K::MINIMUMF;
  if (isa<arith::MinNumFOp>(op))
    return K::MINNUMF;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Lazy integers
//===----------------------------------------------------------------------===//

static std::optional<Lanes> applyLazily(LaneBuilder &builder, Operation *op, ArrayRef<Lanes> x, Type element) {
  if (isa<arith::AddIOp>(op))
    return builder.add(x[0], x[1]);
  if (isa<arith::SubIOp>(op))
    return builder.subtract(x[0], x[1]);
  if (isa<arith::MulIOp>(op))
    return builder.multiply(x[0], x[1]);
  if (isa<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(op))
    return builder.convert(x[0], element, /*isUnsigned=*/false);
  if (isa<arith::IndexCastUIOp, arith::ExtUIOp>(op))
    return builder.convert(x[0], element, /*isUnsigned=*/true);
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return builder.compare(compare.getPredicate(), x[0], x[1]);
  if (isa<arith::AndIOp, arith::OrIOp>(op) && element.isInteger(1)) {
    // A side that is constant either decides or does nothing.
    bool neutral = isa<arith::AndIOp>(op);
    for (int side = 0; side < 2; ++side)
      if (std::optional<int64_t> constant = x[side].getConstant())
        return (*constant != 0) == neutral ? x[1 - side] : x[side];
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

static Value createLike(LaneBuilder &builder, Operation *op, ArrayRef<Value> operands, Type result) {
  if (isa<vector::FMAOp>(op))
    return math::FmaOp::create(builder.b, builder.loc, operands[0], operands[1], operands[2]);
  OperationState state(builder.loc, op->getName());
  state.addAttributes(op->getAttrs());
  state.addOperands(operands);
  state.addTypes(result);
  return builder.b.create(state)->getResult(0);
}

/// Conversions between index and an integer, where lanes of index are i32 (or
/// i64 after a product of two unknowns).
static Value castIndexLanes(LaneBuilder &builder, Operation *op, const Lanes &operand, Type element) {
  Value value = builder.toVector(operand);
  Type have = cast<VectorType>(value.getType()).getElementType();
  bool isUnsigned = isa<arith::IndexCastUIOp>(op);
  Type want = isa<IndexType>(element) ? builder.b.getI32Type() : element;
  VectorType type = builder.type(operand.width, want);
  unsigned from = have.getIntOrFloatBitWidth();
  unsigned to = want.getIntOrFloatBitWidth();
  if (from == to)
    return value;
  if (from < to && isUnsigned)
    return arith::ExtUIOp::create(builder.b, builder.loc, type, value);
  if (from < to)
    return arith::ExtSIOp::create(builder.b, builder.loc, type, value);
  if (isa<IndexType>(element)) {
    auto bound = [&](int64_t limit) { return builder.toVector(Lanes::ofConstant(limit, have, operand.width)); };
    value = arith::MinSIOp::create(builder.b, builder.loc, value, bound(std::numeric_limits<int32_t>::max()));
    value = arith::MaxSIOp::create(builder.b, builder.loc, value, bound(std::numeric_limits<int32_t>::min()));
  }
  return arith::TruncIOp::create(builder.b, builder.loc, type, value);
}

/// The operands as vectors. Lanes of index get one common width: 64 bits where
/// one of them has it or two unknowns are multiplied, else 32.
static SmallVector<Value> vectorOperands(LaneBuilder &builder, Operation *op, ArrayRef<Lanes> operands) {
  bool isWide = isa<arith::MulIOp>(op) &&
                llvm::none_of(operands, [](const Lanes &lanes) { return lanes.getConstant().has_value(); });
  SmallVector<Value> values;
  for (auto [lanes, operand] : llvm::zip_equal(operands, op->getOperands())) {
    bool keepScalar = isa<arith::SelectOp>(op) && values.empty() && lanes.isUniform();
    values.push_back(keepScalar ? builder.toScalar(lanes) : builder.toVector(lanes));
    Type element = getElementTypeOrSelf(values.back().getType());
    isWide |= isa<IndexType>(lanes.element) && element.isInteger(64);
  }
  Type lane = isWide ? builder.b.getI64Type() : builder.b.getI32Type();
  for (auto [lanes, value] : llvm::zip_equal(operands, values))
    if (isa<IndexType>(lanes.element))
      value = builder.toVectorOf(Lanes::ofVector(value, lane), lane);
  return values;
}

Lanes applyElementwise(LaneBuilder &builder, Operation *op, ArrayRef<Lanes> operands, Type element, int64_t width) {
  if (std::optional<Lanes> lazy = applyLazily(builder, op, operands, element)) {
    lazy->width = width;
    return *lazy;
  }
  bool isUniform = llvm::all_of(operands, [](const Lanes &x) { return x.isUniform(); });
  std::optional<vector::CombiningKind> extremum = extremumKind(op);
  if (isUniform) {
    SmallVector<Value> scalars;
    for (const Lanes &lanes : operands)
      scalars.push_back(builder.toScalar(lanes));
    Value result =
        extremum ? emitCombine(builder, *extremum, scalars[0], scalars[1]) : createLike(builder, op, scalars, element);
    return Lanes::ofScalar(result, width);
  }
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op))
    return Lanes::ofVector(castIndexLanes(builder, op, operands[0], element), element);
  SmallVector<Value> values = vectorOperands(builder, op, operands);
  if (extremum)
    return Lanes::ofVector(emitCombine(builder, *extremum, values[0], values[1]), element);
  Type lane = element;
  if (isa<IndexType>(element))
    lane = cast<VectorType>(values.back().getType()).getElementType();
  Value result = createLike(builder, op, values, builder.type(width, lane));
  return Lanes::ofVector(result, element);
}

} // namespace attn
