// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk itself: which handler an op goes to, and the table of registers.
#include "RegisterTiler.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attn {

static bool usesVectors(Operation *op) {
  auto isVector = [](Type type) { return isa<VectorType>(type); };
  return llvm::any_of(op->getOperandTypes(), isVector) || llvm::any_of(op->getResultTypes(), isVector);
}

LogicalResult RegisterTiler::run(Operation *root) {
  for (Region &region : root->getRegions())
    if (failed(visitRegion(region)))
      return failure();
  for (Operation *op : llvm::reverse(dead)) {
    op->dropAllUses();
    op->erase();
  }
  return success();
}

LogicalResult RegisterTiler::visitRegion(Region &region) {
  for (BlockArgument argument : region.getArguments())
    if (isa<VectorType>(argument.getType()) && !tiles.contains(argument) && !isNative(argument.getType()))
      return reportForeign(region.getParentOp(), argument.getType());
  for (Block &block : region)
    for (Operation &op : llvm::make_early_inc_range(block))
      if (failed(visit(&op)))
        return failure();
  return success();
}

LogicalResult RegisterTiler::visit(Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return visitFor(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return visitIf(branch);
  for (Region &region : op->getRegions())
    if (failed(visitRegion(region)))
      return failure();
  if (!usesVectors(op))
    return success();
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](arith::ConstantOp o) { return visitConstant(o); })
      .Case([&](ub::PoisonOp o) { return visitPoison(o); })
      .Case([&](scf::YieldOp o) { return visitYield(o); })
      .Case([&](vector::StepOp o) { return visitStep(o); })
      .Case([&](vector::CreateMaskOp o) { return visitCreateMask(o); })
      .Case([&](vector::ConstantMaskOp o) { return visitConstantMask(o); })
      .Case([&](vector::TransferReadOp o) { return visitRead(o); })
      .Case([&](vector::TransferWriteOp o) { return visitWrite(o); })
      .Case([&](vector::LoadOp o) { return visitLoad(o); })
      .Case([&](vector::StoreOp o) { return visitStore(o); })
      .Case([&](vector::MaskedLoadOp o) { return visitMaskedLoad(o); })
      .Case([&](vector::MaskedStoreOp o) { return visitMaskedStore(o); })
      .Case([&](vector::GatherOp o) { return visitGather(o); })
      .Case([&](vector::BroadcastOp o) { return visitBroadcast(o); })
      .Case([&](vector::TransposeOp o) { return visitTranspose(o); })
      .Case([&](vector::ShapeCastOp o) { return visitShapeCast(o); })
      .Case([&](vector::ExtractOp o) { return visitExtract(o); })
      .Case([&](vector::InsertOp o) { return visitInsert(o); })
      .Case([&](vector::ExtractStridedSliceOp o) { return visitExtractSlice(o); })
      .Case([&](vector::InsertStridedSliceOp o) { return visitInsertSlice(o); })
      .Case([&](vector::ShuffleOp o) { return visitShuffle(o); })
      .Case([&](vector::FromElementsOp o) { return visitFromElements(o); })
      .Case([&](vector::ToElementsOp o) { return visitToElements(o); })
      .Case([&](vector::InterleaveOp o) { return visitInterleave(o); })
      .Case([&](vector::DeinterleaveOp o) { return visitDeinterleave(o); })
      .Case([&](vector::ContractionOp o) { return visitContract(o); })
      .Case([&](vector::OuterProductOp o) { return visitOuterProduct(o); })
      .Case([&](vector::MultiDimReductionOp o) { return visitMultiReduction(o); })
      .Case([&](vector::ReductionOp o) { return visitReduction(o); })
      .Default([&](Operation *o) {
        return OpTrait::hasElementwiseMappableTraits(o) || isa<vector::FMAOp>(o) ? visitElementwise(o) : visitOther(o);
      });
}

/// A vector that one register holds whatever made it.
bool RegisterTiler::isNative(Type type) const {
  auto vector = dyn_cast<VectorType>(type);
  return !vector || (vector.getRank() == 1 && vector.getDimSize(0) > 1 && vector.getDimSize(0) <= lanes &&
                     !vector.getElementType().isIndex());
}

LogicalResult RegisterTiler::reportForeign(Operation *op, Type type) {
  return op->emitOpError() << "expects vectors to have one dimension of 2 to " << lanes << " elements here, but got "
                           << type;
}

LogicalResult RegisterTiler::visitOther(Operation *op) {
  for (TypeRange types : {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types)
      if (!isNative(type))
        return reportForeign(op, type);
  LaneBuilder builder = at(op);
  for (OpOperand &operand : op->getOpOperands())
    if (isa<VectorType>(operand.get().getType()))
      operand.set(builder.toVector(get(operand.get()).registers.front()));
  return success();
}

//===----------------------------------------------------------------------===//
// The table of registers
//===----------------------------------------------------------------------===//

const Tile &RegisterTiler::get(Value value) {
  std::unique_ptr<Tile> &tile = tiles[value];
  if (!tile) {
    auto type = cast<VectorType>(value.getType());
    tile = std::make_unique<Tile>();
    tile->type = type;
    tile->registers.push_back(Lanes::ofVector(value, type.getElementType()));
  }
  return *tile;
}

Lanes RegisterTiler::getScalar(Value value, int64_t width) {
  if (!isa<VectorType>(value.getType()))
    return Lanes::ofScalar(value, width);
  Lanes only = get(value).registers.front();
  only.width = width;
  return only;
}

void RegisterTiler::set(Value value, SmallVector<Lanes> registers) {
  auto tile = std::make_unique<Tile>();
  tile->type = cast<VectorType>(value.getType());
  tile->registers = std::move(registers);
  tiles[value] = std::move(tile);
}

void RegisterTiler::setMoved(Value value, function_ref<Source(int64_t)> source) {
  auto type = cast<VectorType>(value.getType());
  TileLayout to = layout(type);
  LaneBuilder builder(b, value.getLoc());
  SmallVector<Lanes> registers;
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
    SmallVector<Lane> wanted;
    for (int64_t lane = 0; lane < to.getWidth(reg % to.getChunks()); ++lane) {
      auto [tile, element] = source(to.getFirst(reg) + lane);
      TileLayout from = layout(tile->type);
      wanted.push_back({&tile->registers[from.getRegister(element)], from.getLane(element)});
    }
    registers.push_back(builder.assemble(wanted));
  }
  set(value, std::move(registers));
}

void RegisterTiler::replaceScalar(Operation *op, Value scalar) {
  op->getResult(0).replaceAllUsesWith(scalar);
  retire(op);
}

} // namespace attn
