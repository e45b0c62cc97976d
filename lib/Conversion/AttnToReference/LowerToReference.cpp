// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-lower-to-reference: each op by itself, wherever it stands.
#include "Reference.h"
#include "attn/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_LOWERTOREFERENCEPASS
#include "attn/Conversion/Passes.h.inc"
} // namespace attn

namespace {

struct LowerToReferencePass : public attn::impl::LowerToReferencePassBase<LowerToReferencePass> {
  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      if (auto attention = dyn_cast<attn::AttentionOp>(op))
        lower(attention);
      else if (auto reduce = dyn_cast<attn::ScoreReduceOp>(op))
        lower(reduce);
      else if (auto merge = dyn_cast<attn::MergeOp>(op))
        lower(merge);
      else if (auto norm = dyn_cast<attn::NormOp>(op))
        lower(norm);
      else if (auto rotary = dyn_cast<attn::RotaryOp>(op))
        lower(rotary);
    });
  }

  /// A result whose static type says more, or less, than what was computed is
  /// cast to it.
  template <typename OpT> static void lower(OpT op) {
    OpBuilder builder(op);
    for (auto [result, value] : llvm::zip(op->getResults(), attn::emitReference(builder, op))) {
      if (value.getType() != result.getType())
        value = tensor::CastOp::create(builder, op.getLoc(), result.getType(), value);
      result.replaceAllUsesWith(value);
    }
    op->erase();
  }
};

} // namespace
