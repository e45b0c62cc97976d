// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-bind-weights: one view of the weight memory for each load of a global.
// Whoever laid out the weights said where they lie.
#include "attn/Codegen/FrameAccess.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_BINDWEIGHTSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

struct BindWeightsPass : public attn::impl::BindWeightsPassBase<BindWeightsPass> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (failed(bindIn(func)))
        return signalPassFailure();
    for (auto global : llvm::make_early_inc_range(getOperation().getOps<ml_program::GlobalOp>()))
      global.erase();
  }

  LogicalResult bindIn(func::FuncOp func) {
    SmallVector<ml_program::GlobalLoadConstOp> loads;
    func.walk([&](ml_program::GlobalLoadConstOp load) { loads.push_back(load); });
    if (loads.empty())
      return success();
    auto builder = OpBuilder::atBlockBegin(&func.getBody().front());
    Value weights = attn::loadFrameMemory(builder, func.getLoc(), func.getArgument(0), attn::FrameField::Weights);
    for (ml_program::GlobalLoadConstOp load : loads)
      if (failed(bind(load, weights)))
        return failure();
    return success();
  }

  LogicalResult bind(ml_program::GlobalLoadConstOp load, Value weights) {
    auto global = SymbolTable::lookupNearestSymbolFrom<ml_program::GlobalOp>(load, load.getGlobalAttr());
    auto offset = global ? global->getAttrOfType<IntegerAttr>("attn.offset") : IntegerAttr();
    auto type = dyn_cast<RankedTensorType>(load.getType());
    if (!offset || !type || !type.hasStaticShape())
      return load.emitError("expects global '")
             << load.getGlobal() << "' to be a static tensor with attn.offset, but got " << load.getType();
    OpBuilder builder(load);
    Location loc = load.getLoc();
    Value shift = arith::ConstantIndexOp::create(builder, loc, offset.getInt());
    auto bufferType = MemRefType::get(type.getShape(), type.getElementType());
    Value view = memref::ViewOp::create(builder, loc, bufferType, weights, shift, ValueRange());
    Value tensor = bufferization::ToTensorOp::create(builder, loc, type, view, /*restrict=*/true, /*writable=*/false);
    load.replaceAllUsesWith(tensor);
    load.erase();
    return success();
  }
};

} // namespace
