// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-register-tile: the pass around the walk.
#include "RegisterTiler.h"
#include "attn/Analysis/TargetVariant.h"
#include "attn/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

namespace attn {
#define GEN_PASS_DEF_REGISTERTILEPASS
#include "attn/Conversion/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

struct RegisterTile : impl::RegisterTilePassBase<RegisterTile> {
  using RegisterTilePassBase::RegisterTilePassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    int64_t width = lanes;
    if (const TargetVariant *variant = getTargetVariant(function); !width && variant)
      width = variant->getF32Lanes();
    if (width < 2 || !llvm::isPowerOf2_64(width)) {
      function.emitError() << "expects the lanes of '" << function.getName()
                           << "' to be a power of two, as an option or from an attribute '" << kVariantAttr
                           << "' around it, but got " << width;
      return signalPassFailure();
    }
    if (failed(RegisterTiler(&getContext(), width).run(function)))
      signalPassFailure();
  }
};

} // namespace
} // namespace attn
