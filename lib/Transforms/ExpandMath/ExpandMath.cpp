// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-expand-math: which op becomes what, and the check that nothing is left
// for a library.
#include "FloatBuilder.h"
#include "GeluPattern.h"
#include "attn/Analysis/TargetVariant.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace attn {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

/// Ops that every x86-64-v2 CPU has instructions for.
bool isNative(Operation *op) {
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  if (isa<math::AbsFOp, math::AbsIOp, math::CopySignOp, math::SqrtOp, math::RsqrtOp, math::FloorOp, math::CeilOp,
          math::TruncOp, math::RoundOp, math::RoundEvenOp, math::FmaOp>(op))
    return element.isInteger() || element.isF32() || element.isF64();
  return isa<math::IsFiniteOp, math::IsInfOp, math::IsNaNOp, math::IsNormalOp, math::CountLeadingZerosOp,
             math::CountTrailingZerosOp, math::CtPopOp>(op);
}

bool isExponential(Operation *op) { return isa<math::ExpOp, math::Exp2Op>(op); }

struct ExpandMath : impl::ExpandMathPassBase<ExpandMath> {
  using ExpandMathPassBase::ExpandMathPassBase;

  void runOnOperation() override {
    std::optional<MathIsa> target = getIsa();
    if (!target)
      return signalPassFailure();
    expandGelus(*target);
    expandEach<math::SinOp>(expandSin);
    expandEach<math::CosOp>(expandCos);
    if (failed(approximate()))
      return signalPassFailure();
    expandExponentials(*target);
    if (*target == MathIsa::Sse)
      splitFma();
    if (failed(check()))
      signalPassFailure();
  }

  std::optional<MathIsa> getIsa() {
    std::string name = isa;
    if (const TargetVariant *variant = getTargetVariant(getOperation()); name.empty() && variant)
      name = variant->getF32Lanes() == 16 ? "avx512" : variant->hasFma() ? "avx2" : "sse";
    if (name == "avx512")
      return MathIsa::Avx512;
    if (name == "avx2")
      return MathIsa::Avx2;
    if (name == "sse")
      return MathIsa::Sse;
    getOperation().emitError() << "expects the isa of '" << getOperation().getName()
                               << "' to be avx512, avx2 or sse, as an option or from an attribute '" << kVariantAttr
                               << "' around it, but got '" << name << "'";
    return std::nullopt;
  }

  template <typename Op> SmallVector<Op> collect() {
    SmallVector<Op> ops;
    getOperation().walk([&](Op op) {
      if (getElementTypeOrSelf(op->getResult(0).getType()).isF32())
        ops.push_back(op);
    });
    return ops;
  }

  void expandGelus(MathIsa target) {
    OpBuilder b(&getContext());
    for (auto erf : collect<math::ErfOp>()) {
      std::optional<GeluMatch> match = matchGelu(erf);
      if (!match)
        continue;
      b.setInsertionPoint(match->root);
      Value gelu = expandGelu(b, match->root->getLoc(), match->x, target);
      match->root->getResult(0).replaceAllUsesWith(gelu);
      eraseDead(match->root);
    }
  }

  /// Erases `op`, which has no uses, and what it alone used.
  static void eraseDead(Operation *op) {
    SmallVector<Operation *> work{op};
    while (!work.empty()) {
      Operation *next = work.pop_back_val();
      llvm::SmallSetVector<Operation *, 4> sources;
      for (Value operand : next->getOperands())
        if (Operation *source = operand.getDefiningOp())
          sources.insert(source);
      next->erase();
      for (Operation *source : sources)
        if (isOpTriviallyDead(source))
          work.push_back(source);
    }
  }

  /// Upstream's approximations and expansions, for all but the exponentials.
  LogicalResult approximate() {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (llvm::isa_and_nonnull<math::MathDialect>(op->getDialect()) && !isNative(op) && !isExponential(op))
        ops.push_back(op);
    });
    if (ops.empty())
      return success();
    RewritePatternSet patterns(&getContext());
    math::populateExpansionPatterns(patterns, {"sinh", "cosh", "tan", "asinh", "acosh", "atanh", "powf", "fpowi"});
    auto isOurs = [](StringRef name) {
      return name == math::ExpOp::getOperationName() || name == math::Exp2Op::getOperationName();
    };
    populateMathF32ExpansionPatterns(patterns, [](StringRef) { return true; });
    populateMathPolynomialApproximationPatterns(patterns, [&](StringRef name) { return !isOurs(name); });
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
    int64_t limit = maxRewrites * static_cast<int64_t>(ops.size());
    config.setMaxNumRewrites(limit);
    if (succeeded(applyOpPatternsGreedily(ops, std::move(patterns), config)))
      return success();
    return getOperation().emitError() << "expects the approximations in '" << getOperation().getName()
                                      << "' to end within " << limit << " rewrites, but got more";
  }

  template <typename Op> void expandEach(function_ref<Value(OpBuilder &, Location, Value)> expand) {
    OpBuilder b(&getContext());
    for (auto op : collect<Op>()) {
      b.setInsertionPoint(op);
      op.replaceAllUsesWith(expand(b, op.getLoc(), op.getOperand()));
      op.erase();
    }
  }

  void expandExponentials(MathIsa target) {
    expandEach<math::Exp2Op>([&](OpBuilder &b, Location loc, Value x) { return expandExp2(b, loc, x, target); });
    expandEach<math::ExpOp>(expandExp);
  }

  /// A product and a sum, where an fma would be a call.
  void splitFma() {
    OpBuilder b(&getContext());
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (llvm::isa<math::FmaOp, vector::FMAOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      b.setInsertionPoint(op);
      Value product = arith::MulFOp::create(b, op->getLoc(), op->getOperand(0), op->getOperand(1));
      Value sum = arith::AddFOp::create(b, op->getLoc(), product, op->getOperand(2));
      op->getResult(0).replaceAllUsesWith(sum);
      op->erase();
    }
  }

  LogicalResult check() {
    WalkResult result = getOperation().walk([&](Operation *op) {
      bool isCall =
          llvm::isa<arith::RemFOp>(op) || (llvm::isa_and_nonnull<math::MathDialect>(op->getDialect()) && !isNative(op));
      if (!isCall)
        return WalkResult::advance();
      op->emitError() << "expects float functions to have an expansion without "
                         "a library, but got '"
                      << op->getName() << "' on " << op->getResult(0).getType();
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
} // namespace attn
