// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-vectorize-tiles: the order of the steps from linalg on static tiles to
// n-D vectors, and the bounds under which they run.
#include "LinalgToVector.h"
#include "attn/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace attn {
#define GEN_PASS_DEF_VECTORIZETILESPASS
#include "attn/Conversion/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

void addCanonicalization(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  for (Dialect *dialect : context->getLoadedDialects())
    dialect->getCanonicalizationPatterns(patterns);
  for (RegisteredOperationName name : context->getRegisteredOperations())
    name.getCanonicalizationPatterns(patterns, context);
}

struct VectorizeTiles : impl::VectorizeTilesPassBase<VectorizeTiles> {
  using VectorizeTilesPassBase::VectorizeTilesPassBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    vectorizeOps(rewriter);
    if (failed(foldTiles("folding of slices into transfers", /*withSlices=*/true)))
      return signalPassFailure();
    hoist(rewriter);
    if (failed(foldTiles("forwarding of tiles", /*withSlices=*/false)))
      return signalPassFailure();
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
  }

  void vectorizeOps(IRRewriter &rewriter) {
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops) {
      linalg::LinalgOp tile = op.hasPureTensorSemantics() ? tileToPoints(rewriter, op, maxPoints) : nullptr;
      if (!tile) {
        ++numLeft;
        continue;
      }
      for (linalg::LinalgOp piece : splitConversions(rewriter, tile))
        ++(succeeded(vectorizeOne(rewriter, piece)) ? numVectorized : numLeft);
    }
  }

  static LogicalResult vectorizeOne(IRRewriter &rewriter, linalg::LinalgOp op) {
    rewriter.setInsertionPoint(op);
    bool contraction = linalg::isaContractionOpInterface(op);
    FailureOr<linalg::VectorizationResult> result =
        linalg::vectorize(rewriter, op, /*inputVectorSizes=*/{}, /*inputScalableVecDims=*/{},
                          /*vectorizeNDExtract=*/true,
                          /*flatten1DDepthwiseConv=*/false,
                          /*assumeDynamicDimsMatchVecSizes=*/false,
                          /*createNamedContraction=*/contraction);
    if (failed(result))
      return failure();
    rewriter.replaceOp(op, result->replacements);
    return success();
  }

  LogicalResult foldTiles(StringRef what, bool withSlices) {
    RewritePatternSet patterns(&getContext());
    addCanonicalization(patterns);
    populateTileForwardPatterns(patterns);
    if (withSlices) {
      vector::populateVectorReductionToContractPatterns(patterns);
      vector::populateVectorTransferPermutationMapLoweringPatterns(patterns);
      tensor::populateFoldTensorSubsetIntoVectorTransferPatterns(patterns);
    }
    GreedyRewriteConfig config;
    config.setMaxIterations(maxRounds);
    if (succeeded(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      return success();
    return emitError(getOperation().getLoc()) << "expects the " << what << " in '" << getOperation().getName()
                                              << "' to end within " << maxRounds.getValue() << " rounds, but got more";
  }

  /// As upstream, but for what is read in a parallel loop: a vector of it would have to get into the bodies somehow.
  static void moveInvariant(LoopLikeOpInterface loop) {
    moveLoopInvariantCode(
        loop.getLoopRegions(), [&](Value value, Region *) { return loop.isDefinedOutsideOfLoop(value); },
        [&](Operation *op, Region *) {
          bool readsInParallel = isa<scf::ForallOp>(loop) && isa<vector::TransferReadOp>(op);
          return isMemoryEffectFree(op) && isSpeculatable(op) && !readsInParallel;
        },
        [&](Operation *op, Region *) { loop.moveOutOfLoop(op); });
  }

  /// Loops from the inside out: an outer loop sees what its inner loops gave
  /// up.
  void hoist(IRRewriter &rewriter) {
    getOperation().walk([](LoopLikeOpInterface loop) { moveInvariant(loop); });
    SmallVector<Operation *> loops;
    getOperation().walk([&](scf::ForOp loop) { loops.push_back(loop); });
    for (Operation *loop : loops)
      hoistLoopInvariantSubsets(rewriter, cast<LoopLikeOpInterface>(loop));
  }
};

} // namespace
} // namespace attn
