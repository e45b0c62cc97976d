// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops and branches carry lists of registers where they carried tiles.
#include "RegisterTiler.h"

using namespace mlir;

namespace attn {

/// The type in which a register crosses a region's border.
static Type carriedType(Type element, int64_t width) {
  if (width == 1)
    return element;
  if (isa<IndexType>(element))
    element = IntegerType::get(element.getContext(), 32);
  return VectorType::get({width}, element);
}

static SmallVector<Type> carriedTypes(TypeRange types, int64_t lanes) {
  SmallVector<Type> result;
  for (Type type : types) {
    auto vector = dyn_cast<VectorType>(type);
    if (!vector) {
      result.push_back(type);
      continue;
    }
    TileLayout layout(vector, lanes);
    for (int64_t reg = 0; reg < layout.getNumRegisters(); ++reg)
      result.push_back(carriedType(vector.getElementType(), layout.getWidth(reg % layout.getChunks())));
  }
  return result;
}

/// `lanes` as a value of the type in which it is carried.
static Value carried(LaneBuilder &builder, const Lanes &lanes) {
  Type type = carriedType(lanes.element, lanes.width);
  if (auto vector = dyn_cast<VectorType>(type))
    return builder.toVectorOf(lanes, vector.getElementType());
  return builder.toScalar(lanes);
}

static bool hasVectors(TypeRange types) {
  return llvm::any_of(types, [](Type type) { return isa<VectorType>(type); });
}

/// Takes the registers of `old` from the front of `values`.
static SmallVector<Lanes> uncarried(VectorType type, int64_t lanes, ValueRange &values) {
  SmallVector<Lanes> registers;
  for (int64_t n = TileLayout(type, lanes).getNumRegisters(); n > 0; --n) {
    Value value = values.front();
    values = values.drop_front();
    registers.push_back(isa<VectorType>(value.getType()) ? Lanes::ofVector(value, type.getElementType())
                                                         : Lanes::ofScalar(value, 1));
  }
  return registers;
}

LogicalResult RegisterTiler::visitYield(scf::YieldOp op) {
  LaneBuilder builder = at(op);
  SmallVector<Value> values;
  for (Value value : op.getOperands()) {
    if (!isa<VectorType>(value.getType())) {
      values.push_back(value);
      continue;
    }
    for (const Lanes &lanes : get(value).registers)
      values.push_back(carried(builder, lanes));
  }
  op->setOperands(values);
  return success();
}

LogicalResult RegisterTiler::visitFor(scf::ForOp op) {
  if (!hasVectors(op.getResultTypes()))
    return visitRegion(op.getRegion());
  LaneBuilder builder = at(op);
  SmallVector<Value> inits;
  for (Value init : op.getInitArgs()) {
    if (!isa<VectorType>(init.getType())) {
      inits.push_back(init);
      continue;
    }
    for (const Lanes &lanes : get(init).registers)
      inits.push_back(carried(builder, lanes));
  }
  auto loop = scf::ForOp::create(b, op.getLoc(), op.getLowerBound(), op.getUpperBound(), op.getStep(), inits, nullptr,
                                 op.getUnsignedCmp());
  loop->setDiscardableAttrs(llvm::to_vector(op->getDiscardableAttrDictionary()));
  // Without iteration arguments the builder adds a terminator of its own.
  Block *body = loop.getBody();
  body->getOperations().clear();
  body->getOperations().splice(body->end(), op.getBody()->getOperations());
  op.getInductionVar().replaceAllUsesWith(loop.getInductionVar());
  auto connect = [&](ValueRange before, ValueRange after) {
    for (Value value : before) {
      if (auto type = dyn_cast<VectorType>(value.getType())) {
        set(value, uncarried(type, lanes, after));
        continue;
      }
      value.replaceAllUsesWith(after.front());
      after = after.drop_front();
    }
  };
  connect(op.getRegionIterArgs(), loop.getRegionIterArgs());
  retire(op);
  if (failed(visitRegion(loop.getRegion())))
    return failure();
  connect(op.getResults(), loop.getResults());
  return success();
}

LogicalResult RegisterTiler::visitIf(scf::IfOp op) {
  if (!hasVectors(op.getResultTypes())) {
    if (failed(visitRegion(op.getThenRegion())))
      return failure();
    return visitRegion(op.getElseRegion());
  }
  b.setInsertionPoint(op);
  auto branch = scf::IfOp::create(b, op.getLoc(), carriedTypes(op.getResultTypes(), lanes), op.getCondition(),
                                  /*addThenBlock=*/false,
                                  /*addElseBlock=*/false);
  branch.getThenRegion().takeBody(op.getThenRegion());
  branch.getElseRegion().takeBody(op.getElseRegion());
  retire(op);
  if (failed(visitRegion(branch.getThenRegion())) || failed(visitRegion(branch.getElseRegion())))
    return failure();
  ValueRange values = branch.getResults();
  for (Value result : op.getResults()) {
    if (auto type = dyn_cast<VectorType>(result.getType())) {
      set(result, uncarried(type, lanes, values));
      continue;
    }
    result.replaceAllUsesWith(values.front());
    values = values.drop_front();
  }
  return success();
}

} // namespace attn
