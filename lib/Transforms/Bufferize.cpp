// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-bufferize: function by function, because no tensor crosses a function
// border any more.
#include "attn/Analysis/FunctionSymbols.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_BUFFERIZEPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

/// The state that a buffer is a view of; none for other memory.
BlockArgument getState(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>())
    buffer = view.getViewSource();
  auto arg = dyn_cast<BlockArgument>(buffer);
  auto func = arg ? dyn_cast<func::FuncOp>(arg.getOwner()->getParentOp()) : func::FuncOp();
  return func && func.getArgAttr(arg.getArgNumber(), attn::kStateAttr) ? arg : BlockArgument();
}

/// A state is as large as the memory of a session: a conflict that a copy would settle is the program's to settle.
LogicalResult verifyStatesInPlace(func::FuncOp func) {
  WalkResult result =
      func.walk(
          [&](memref::CopyOp copy) {
            BlockArgument state = getState(copy.getSource());
            // What settles a conflict is a new buffer as a whole; a part of one is filled because somebody asked for
            // it.
            bool isNew = copy.getTarget().getDefiningOp<memref::AllocOp>();
            if (!state || !isNew || getState(copy.getTarget()) == state)
              return WalkResult::advance();
            copy.emitError("expects state ")
                << func.getArgAttr(state.getArgNumber(), attn::kNameAttr)
                << " to be updated in place, but got an update while its old content is still read";
            return WalkResult::interrupt();
          });
  return failure(result.wasInterrupted());
}

/// CSE makes one empty tensor of all that have the same sizes. Whoever writes one of them gets memory of its own
/// anyway, but a shared one cannot be a slice of several states.
void separateEmptyTensors(func::FuncOp func) {
  SmallVector<tensor::EmptyOp> empties;
  func.walk([&](tensor::EmptyOp op) { empties.push_back(op); });
  for (tensor::EmptyOp op : empties)
    for (OpOperand &use : llvm::make_early_inc_range(llvm::drop_begin(op->getUses(), op->use_empty() ? 0 : 1)))
      use.set(OpBuilder(op).clone(*op)->getResult(0));
}

struct BufferizePass : public attn::impl::BufferizePassBase<BufferizePass> {
  void runOnOperation() override {
    bufferization::OneShotBufferizationOptions options;
    options.unknownTypeConverterFn = [](TensorType type, Attribute space, const bufferization::BufferizationOptions &) {
      return bufferization::getMemRefTypeWithStaticIdentityLayout(type, space);
    };
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      IRRewriter rewriter(func);
      bufferization::BufferizationState state;
      separateEmptyTensors(func);
      if (failed(bufferization::eliminateEmptyTensors(rewriter, func)) ||
          failed(bufferization::runOneShotBufferize(func, options, state)) || failed(verifyStatesInPlace(func)))
        return signalPassFailure();
    }
  }
};

} // namespace
