// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-bufferize: function by function, because no tensor crosses a function
// border any more.
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_BUFFERIZEPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

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
          failed(bufferization::runOneShotBufferize(func, options, state)))
        return signalPassFailure();
    }
  }
};

} // namespace
