// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-extract-signature: the signatures of the public functions become an
// attribute of the module.
#include "StateUpdates.h"
#include "attn/Analysis/Signature.h"
#include "attn/Transforms/Passes.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_EXTRACTSIGNATUREPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

struct ExtractSignaturePass : public attn::impl::ExtractSignaturePassBase<ExtractSignaturePass> {
  void runOnOperation() override {
    SmallVector<Attribute> signatures;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function.isPublic() || function.isExternal())
        continue;
      FailureOr<attn::FunctionSignature> signature = attn::extractSignature(function);
      if (failed(signature) || failed(attn::verifyStateUpdates(function)))
        return signalPassFailure();
      signatures.push_back(attn::signatureToAttr(&getContext(), *signature));
    }
    if (signatures.empty()) {
      getOperation().emitError("expects a module to have at least one public "
                               "function, but got none");
      return signalPassFailure();
    }
    getOperation()->setAttr(attn::kFunctionsAttr, ArrayAttr::get(&getContext(), signatures));
  }
};

} // namespace
