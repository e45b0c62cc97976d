// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-clone-variants: the contents move into the last variant's module after
// every other variant has got a copy of them.
#include "attn/Analysis/TargetVariant.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_CLONEVARIANTSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

struct CloneVariantsPass : public attn::impl::CloneVariantsPassBase<CloneVariantsPass> {
  using CloneVariantsPassBase::CloneVariantsPassBase;

  void runOnOperation() override {
    if (llvm::any_of(getOperation().getOps<ModuleOp>(),
                     [](ModuleOp nested) { return nested->hasAttr(attn::kVariantAttr); }))
      return;
    SmallVector<StringRef> names(variants.begin(), variants.end());
    if (names.empty())
      for (const attn::TargetVariant &variant : attn::getTargetVariants())
        names.push_back(variant.name);
    for (StringRef name : names)
      if (!attn::findTargetVariant(name)) {
        getOperation().emitError("expects a variant to be known, but got '") << name << "'";
        return signalPassFailure();
      }
    cloneInto(names);
  }

  void cloneInto(ArrayRef<StringRef> names) {
    Block *body = getOperation().getBody();
    SmallVector<Operation *> contents = llvm::map_to_vector(*body, [](Operation &op) { return &op; });
    auto builder = OpBuilder::atBlockEnd(body);
    for (auto [index, name] : llvm::enumerate(names)) {
      auto nested = ModuleOp::create(builder, getOperation().getLoc(), name);
      nested->setAttr(attn::kVariantAttr, builder.getStringAttr(name));
      bool last = index + 1 == names.size();
      for (Operation *op : contents)
        if (last && !isWeight(op))
          op->moveBefore(nested.getBody(), nested.getBody()->end());
        else
          nested.getBody()->push_back(op->clone());
    }
  }

  /// Weights exist once for all variants, and the outer module says what they
  /// are when the variants have become code.
  static bool isWeight(Operation *op) { return isa<ml_program::GlobalOp>(op) && op->hasAttr("attn.source"); }
};

} // namespace
