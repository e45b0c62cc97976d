// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-check-no-alloc-in-loops: changes nothing. What it finds is a mistake of
// a lowering, and silence would only make it slow.
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_CHECKNOALLOCINLOOPSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

struct CheckNoAllocInLoopsPass : public attn::impl::CheckNoAllocInLoopsPassBase<CheckNoAllocInLoopsPass> {
  void runOnOperation() override {
    WalkResult result = getOperation().walk([](Operation *op) {
      if (!isa<memref::AllocOp, memref::AllocaOp, memref::CopyOp>(op) || isOutsideOfLoops(op) || isMovement(op))
        return WalkResult::advance();
      op->emitError("expects loops to neither allocate nor copy buffers, but got ") << op->getName();
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

  /// A copy into a part of a buffer is an insertion that the program asked for;
  /// what a conflict asks for fills a whole buffer.
  static bool isMovement(Operation *op) {
    auto copy = dyn_cast<memref::CopyOp>(op);
    return copy && copy.getTarget().getDefiningOp<memref::SubViewOp>();
  }

  /// The body of an outermost scf.forall is a task, not an iteration: what it
  /// allocates is the scratch memory of its worker.
  static bool isOutsideOfLoops(Operation *op) {
    auto loop = op->getParentOfType<LoopLikeOpInterface>();
    if (!loop)
      return true;
    return isa<scf::ForallOp>(loop) && !loop->getParentOfType<LoopLikeOpInterface>();
  }
};

} // namespace
