// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Handlers for what computes lane by lane: constants, elementwise ops, masks.
#include "Elementwise.h"
#include "RegisterTiler.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

using namespace mlir;

namespace attn {

static bool isSame(const Lanes &a, const Lanes &b) {
  return a.vector == b.vector && a.base == b.base && a.offset == b.offset && a.stride == b.stride &&
         a.width == b.width && a.element == b.element;
}

LogicalResult RegisterTiler::visitElementwise(Operation *op) {
  if (op->getNumResults() != 1)
    return op->emitOpError() << "expects an elementwise op to have 1 result, "
                                "but got "
                             << op->getNumResults();
  LaneBuilder builder = at(op);
  auto type = cast<VectorType>(op->getResult(0).getType());
  TileLayout to = layout(type);
  SmallVector<Lanes> registers;
  SmallVector<SmallVector<Lanes>> done;
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
    int64_t width = to.getWidth(reg % to.getChunks());
    SmallVector<Lanes> operands;
    for (Value operand : op->getOperands())
      operands.push_back(isa<VectorType>(operand.getType()) ? get(operand).registers[reg]
                                                            : Lanes::ofScalar(operand, width));
    // Rows that share their operands share the result.
    auto *before =
        llvm::find_if(done, [&](const SmallVector<Lanes> &other) { return llvm::equal(other, operands, isSame); });
    registers.push_back(before == done.end() ? applyElementwise(builder, op, operands, type.getElementType(), width)
                                             : registers[before - done.begin()]);
    done.push_back(std::move(operands));
  }
  set(op->getResult(0), std::move(registers));
  retire(op);
  return success();
}

/// The elements [first, first + width) of `elements` as a register.
static Lanes constantLanes(LaneBuilder &builder, DenseElementsAttr elements, int64_t first, int64_t width) {
  Type element = elements.getElementType();
  SmallVector<Attribute> values;
  auto range = elements.getValues<Attribute>();
  for (int64_t lane = 0; lane < width; ++lane)
    values.push_back(range[first + lane]);
  if (llvm::all_equal(values))
    return Lanes::ofScalar(arith::ConstantOp::create(builder.b, builder.loc, cast<TypedAttr>(values.front())), width);
  if (element.isIntOrIndex() && !element.isInteger(1)) {
    auto value = [&](int64_t lane) { return cast<IntegerAttr>(values[lane]).getValue().getSExtValue(); };
    Lanes lanes = Lanes::ofConstant(value(0), element, width);
    lanes.stride = value(1) - value(0);
    if (llvm::all_of(llvm::seq<int64_t>(0, width),
                     [&](int64_t lane) { return value(lane) == lanes.offset + lane * lanes.stride; }))
      return lanes;
    if (isa<IndexType>(element))
      for (auto [lane, attribute] : llvm::enumerate(values))
        attribute = builder.b.getI32IntegerAttr(value(lane));
  }
  VectorType type = builder.type(width, cast<TypedAttr>(values.front()).getType());
  return Lanes::ofVector(arith::ConstantOp::create(builder.b, builder.loc, DenseElementsAttr::get(type, values)),
                         element);
}

LogicalResult RegisterTiler::visitConstant(arith::ConstantOp op) {
  auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!elements)
    return op.emitOpError() << "expects a vector constant to be dense, but got " << op.getValue();
  LaneBuilder builder = at(op);
  TileLayout to = layout(cast<VectorType>(op.getType()));
  SmallVector<Lanes> registers;
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg)
    registers.push_back(constantLanes(builder, elements, to.getFirst(reg), to.getWidth(reg % to.getChunks())));
  set(op.getResult(), std::move(registers));
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitPoison(Operation *op) {
  b.setInsertionPoint(op);
  auto type = cast<VectorType>(op->getResult(0).getType());
  Value scalar = ub::PoisonOp::create(b, op->getLoc(), type.getElementType(), cast<ub::PoisonOp>(op).getValue());
  TileLayout to = layout(type);
  SmallVector<Lanes> registers;
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg)
    registers.push_back(Lanes::ofScalar(scalar, to.getWidth(reg % to.getChunks())));
  set(op->getResult(0), std::move(registers));
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitStep(vector::StepOp op) {
  TileLayout to = layout(op.getType());
  SmallVector<Lanes> registers;
  for (int64_t chunk = 0; chunk < to.getNumRegisters(); ++chunk) {
    Lanes lanes = Lanes::ofConstant(to.getColumn(chunk), op.getType().getElementType(), to.getWidth(chunk));
    lanes.stride = lanes.width > 1 ? 1 : 0;
    registers.push_back(lanes);
  }
  set(op.getResult(), std::move(registers));
  retire(op);
  return success();
}

/// An element of the mask is set where each coordinate is below its bound.
void RegisterTiler::maskTile(Operation *op, ArrayRef<Lanes> bounds) {
  LaneBuilder builder = at(op);
  TileLayout to = layout(cast<VectorType>(op->getResult(0).getType()));
  Type i1 = b.getI1Type(), index = b.getIndexType();
  auto below = [&](Lanes position, Lanes bound) {
    bound.width = position.width;
    if (std::optional<Lanes> lazy = builder.compare(arith::CmpIPredicate::slt, position, bound))
      return *lazy;
    if (bound.getConstant() && position.getConstant())
      return Lanes::ofConstant(*position.getConstant() < *bound.getConstant(), i1, position.width);
    Value scalar = arith::CmpIOp::create(b, op->getLoc(), arith::CmpIPredicate::slt, builder.toScalar(position),
                                         builder.toScalar(bound));
    return Lanes::ofScalar(scalar, position.width);
  };
  SmallVector<Lanes> registers;
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
    int64_t width = to.getWidth(reg % to.getChunks());
    SmallVector<int64_t> at = to.getCoordinates(to.getFirst(reg));
    Lanes mask = Lanes::ofConstant(1, i1, width);
    for (auto [d, bound] : llvm::enumerate(bounds)) {
      Lanes position = Lanes::ofConstant(at[d], index, width);
      bool isLaneDim = d + 1 == bounds.size() && width > 1;
      position.stride = isLaneDim ? 1 : 0;
      Lanes test = below(position, bound);
      if (isLaneDim && bound.getConstant() && *bound.getConstant() >= at[d] + width)
        test = Lanes::ofConstant(1, i1, width);
      if (mask.getConstant() && *mask.getConstant() != 0)
        mask = test;
      else if (!test.getConstant() || *test.getConstant() == 0)
        mask =
            Lanes::ofVector(arith::AndIOp::create(b, op->getLoc(), builder.toVector(mask), builder.toVector(test)), i1);
    }
    registers.push_back(mask);
  }
  set(op->getResult(0), std::move(registers));
  retire(op);
}

LogicalResult RegisterTiler::visitCreateMask(vector::CreateMaskOp op) {
  SmallVector<Lanes> bounds;
  for (Value bound : op.getOperands())
    bounds.push_back(Lanes::ofScalar(bound, 1));
  maskTile(op, bounds);
  return success();
}

LogicalResult RegisterTiler::visitConstantMask(vector::ConstantMaskOp op) {
  SmallVector<Lanes> bounds;
  for (int64_t bound : op.getMaskDimSizes())
    bounds.push_back(Lanes::ofConstant(bound, b.getIndexType(), 1));
  maskTile(op, bounds);
  return success();
}

} // namespace attn
