// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// limit-context, and what attn-opt asks of a plugin.
#include "dialects/Attn/AttnOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

namespace limit_context {
#define GEN_PASS_DEF_LIMITCONTEXTPASS
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "Passes.h.inc"
} // namespace limit_context

namespace {

using attn::MaskAttrInterface;

/// The parts of a mask that all have to agree.
llvm::ArrayRef<MaskAttrInterface> getConjuncts(const MaskAttrInterface &mask) {
  if (auto all = llvm::dyn_cast<attn::AndAttr>(mask))
    return all.getOperands();
  return mask;
}

/// Below the first diagonal, without an offset.
bool isCausal(MaskAttrInterface mask) {
  auto causal = llvm::dyn_cast<attn::CausalAttr>(mask);
  return causal && causal.getOffset() == 0 && !causal.getBottomRight();
}

struct LimitContext : limit_context::impl::LimitContextPassBase<LimitContext> {
  using LimitContextPassBase::LimitContextPassBase;

  void runOnOperation() override {
    // Upper bound of the window attribute.
    constexpr int64_t kMost = int64_t(1) << 40;
    int64_t count = keys;
    if (count < 1 || count > kMost) {
      getOperation()->emitError("expects keys to be from 1 to ") << kMost << ", but got " << count;
      return signalPassFailure();
    }
    getOperation()->walk([&](attn::AttentionOp op) { limit(op); });
  }

  void limit(attn::AttentionOp op) {
    if (!op.getMask())
      return;
    MaskAttrInterface mask = *op.getMask();
    llvm::SmallVector<MaskAttrInterface> parts(getConjuncts(mask));
    if (llvm::none_of(parts, isCausal) || llvm::any_of(parts, llvm::IsaPred<attn::WindowAttr>))
      return;
    parts.push_back(llvm::cast<MaskAttrInterface>(attn::WindowAttr::get(&getContext(), keys - 1, 0)));
    op.setMaskAttr(llvm::cast<MaskAttrInterface>(attn::AndAttr::get(&getContext(), parts)));
    ++limited;
  }
};

} // namespace

/// The only symbol that attn-opt looks for.
extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "limit-context", "1.0", [] { limit_context::registerLimitContextPasses(); }};
}
