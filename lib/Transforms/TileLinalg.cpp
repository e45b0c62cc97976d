// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-tile-linalg: goes over the ops of each function from the last to the first, so that consumers take their producers along.
#include "TileLinalg.h"
#include "attn/Analysis/TargetVariant.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_TILELINALGPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

/// The first name in a location that may be fused of several.
static StringAttr findName(Location loc) {
  StringAttr name;
  loc->walk([&](Location inner) {
    if (auto named = dyn_cast<NameLoc>(inner)) {
      name = named.getName();
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return name;
}

static StringAttr nameOf(OpBuilder &builder, Location loc, StringRef kind) {
  StringAttr name = findName(loc);
  return name ? name : builder.getStringAttr(kind);
}

void attn::beginOp(OpBuilder &builder, Location loc, StringRef kind) {
  OpBeginOp::create(builder, loc, nameOf(builder, loc, kind), builder.getStringAttr(kind));
}

void attn::endOp(OpBuilder &builder, Location loc, StringRef kind) {
  OpEndOp::create(builder, loc, nameOf(builder, loc, kind), Value(), Value());
}

namespace {
struct TileLinalgPass : public attn::impl::TileLinalgPassBase<TileLinalgPass> {
  void runOnOperation() override {
    const attn::TargetVariant *variant = attn::getTargetVariant(getOperation());
    int64_t lanes = variant ? variant->getF32Lanes() : 4;
    SmallVector<linalg::MatmulOp> matmuls;
    for (Block &block : getOperation().getBody())
      for (auto matmul : block.getOps<linalg::MatmulOp>())
        if (attn::getPackedRight(matmul))
          matmuls.push_back(matmul);
    IRRewriter rewriter(&getContext());
    for (linalg::MatmulOp matmul : matmuls)
      if (failed(attn::tileMatmul(rewriter, matmul, lanes)))
        return signalPassFailure();
  }
};
} // namespace
