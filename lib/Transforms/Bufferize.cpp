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
            if (!state || getState(copy.getTarget()) == state)
              return WalkResult::advance();
            copy.emitError("expects state ")
                << func.getArgAttr(state.getArgNumber(), attn::kNameAttr)
                << " to be updated in place, but got an update while its old content is still read";
            return WalkResult::interrupt();
          });
  return failure(result.wasInterrupted());
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
      if (failed(bufferization::eliminateEmptyTensors(rewriter, func)) ||
          failed(bufferization::runOneShotBufferize(func, options, state)) || failed(verifyStatesInPlace(func)))
        return signalPassFailure();
    }
  }
};

} // namespace
