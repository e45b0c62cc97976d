// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-unroll-contractions. One step of a contraction is so short that its loop shows: the counter, and addresses that
// are multiples of it. Several steps at once share both.
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_UNROLLCONTRACTIONSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

/// An innermost loop in which each step adds one summand to each sum.
static bool isContractionLoop(scf::ForOp loop) {
  return isConstantIntValue(loop.getStep(), 1) && loop.getBody()->getOps<scf::ForOp>().empty() &&
         !loop.getBody()->getOps<vector::ContractionOp>().empty();
}

/// Whether an affine function of the loop's variable grows by one with it.
static bool followsStep(affine::AffineApplyOp apply, scf::ForOp loop) {
  AffineMap map = apply.getAffineMap();
  AffineExpr expr = map.getResult(0), next = expr, one = getAffineConstantExpr(1, map.getContext());
  for (auto [position, operand] : llvm::enumerate(apply.getMapOperands())) {
    if (operand != loop.getInductionVar()) {
      if (!loop.isDefinedOutsideOfLoop(operand))
        return false;
      continue;
    }
    unsigned dims = map.getNumDims();
    AffineExpr variable = position < dims ? getAffineDimExpr(position, map.getContext())
                                          : getAffineSymbolExpr(position - dims, map.getContext());
    next = next.replace(variable, variable + one);
  }
  return simplifyAffineExpr(next - expr, map.getNumDims(), map.getNumSymbols()) == one;
}

/// Whether the value is the loop's variable, or that plus something that does not change.
static bool followsStep(Value index, scf::ForOp loop) {
  if (index == loop.getInductionVar())
    return true;
  if (auto apply = index.getDefiningOp<affine::AffineApplyOp>())
    return followsStep(apply, loop);
  auto sum = index.getDefiningOp<arith::AddIOp>();
  if (!sum)
    return false;
  auto [x, y] = std::pair(sum.getLhs(), sum.getRhs());
  return (x == loop.getInductionVar() && loop.isDefinedOutsideOfLoop(y)) ||
         (y == loop.getInductionVar() && loop.isDefinedOutsideOfLoop(x));
}

/// The one dimension along which a read of a matrix follows the steps of the loop, if all others stay. A single row may
/// follow them along any dimension but its own: rows of a head lie a position apart, with those of other heads between
/// them.
static std::optional<unsigned> getMovingDim(vector::TransferReadOp read, scf::ForOp loop) {
  auto type = dyn_cast<MemRefType>(read.getShapedType());
  if (!type || !loop.isDefinedOutsideOfLoop(read.getBase()) || read.getMask() || read.hasOutOfBoundsDim() ||
      read.getVectorType().getRank() != 2 || !read.getPermutationMap().isMinorIdentity())
    return std::nullopt;
  bool isRow = read.getVectorType().getDimSize(0) == 1;
  std::optional<unsigned> moving;
  for (auto [dim, index] : llvm::enumerate(read.getIndices())) {
    bool mayMove = isRow || int64_t(dim) + 2 >= type.getRank();
    if (!moving && mayMove && followsStep(index, loop))
      moving = dim;
    else if (!loop.isDefinedOutsideOfLoop(index))
      return std::nullopt;
  }
  // One row or column of a step follows that of the step before.
  bool alongColumns = moving && int64_t(*moving) + 1 == type.getRank();
  return moving && read.getVectorType().getDimSize(alongColumns) == 1 ? moving : std::nullopt;
}

/// A view of the matrix that `steps` steps read, of which `first` is the first.
static Value createView(vector::TransferReadOp first, unsigned movingDim, int64_t steps) {
  OpBuilder b(first);
  auto type = cast<MemRefType>(first.getShapedType());
  int64_t last = type.getRank() - 1;
  bool alongColumns = int64_t(movingDim) == last;
  SmallVector<OpFoldResult> offsets(first.getIndices().begin(), first.getIndices().end());
  SmallVector<OpFoldResult> sizes(type.getRank(), b.getIndexAttr(1)), strides = sizes;
  SmallVector<int64_t> shape(first.getVectorType().getShape());
  shape[alongColumns ? 1 : 0] = steps;
  sizes[alongColumns ? last - 1 : movingDim] = b.getIndexAttr(shape[0]);
  sizes[last] = b.getIndexAttr(shape[1]);
  auto viewType = cast<MemRefType>(memref::SubViewOp::inferRankReducedResultType(shape, type, offsets, sizes, strides));
  return memref::SubViewOp::create(b, first.getLoc(), viewType, first.getBase(), offsets, sizes, strides);
}

/// Makes what was one read before unrolling read from one view, so that the addresses are one base and constants. As
/// multiples of the loop's variable plus something, LLVM would compute each of them anew.
static void readThroughView(ArrayRef<vector::TransferReadOp> reads, unsigned movingDim) {
  vector::TransferReadOp first = reads.front();
  unsigned movingInView = movingDim + 1 == cast<MemRefType>(first.getShapedType()).getRank();
  Value view = createView(first, movingDim, reads.size());
  for (size_t step = 0; step < reads.size(); ++step) {
    vector::TransferReadOp read = reads[step];
    OpBuilder b(read);
    SmallVector<Value> position(2, arith::ConstantIndexOp::create(b, read.getLoc(), 0));
    position[movingInView] = arith::ConstantIndexOp::create(b, read.getLoc(), step);
    auto narrow = vector::TransferReadOp::create(b, read.getLoc(), read.getVectorType(), view, position,
                                                 AffineMapAttr::get(b.getMultiDimIdentityMap(2)), read.getPadding(),
                                                 /*mask=*/Value(), read.getInBoundsAttr());
    read.replaceAllUsesWith(narrow.getResult());
    read.erase();
  }
}

/// What one step adds up, in all its contractions.
static int64_t countProducts(scf::ForOp loop) {
  int64_t products = 0;
  for (auto contraction : loop.getBody()->getOps<vector::ContractionOp>())
    if (auto sums = dyn_cast<VectorType>(contraction.getAccType()))
      products += sums.getNumElements();
  return products;
}

static void unroll(scf::ForOp loop, int64_t steps) {
  SmallVector<std::optional<unsigned>> movingDims;
  for (auto read : loop.getBody()->getOps<vector::TransferReadOp>())
    movingDims.push_back(getMovingDim(read, loop));
  FailureOr<UnrolledLoopInfo> unrolled = loopUnrollByFactor(loop, steps);
  if (failed(unrolled) || !unrolled->mainLoopOp)
    return;
  auto body = unrolled->mainLoopOp->getBody()->getOps<vector::TransferReadOp>();
  SmallVector<vector::TransferReadOp> reads(body.begin(), body.end());
  // The steps follow each other, each with all of its reads in the order that they had. Fewer steps than asked for are
  // not unrolled.
  size_t perStep = movingDims.size();
  if (reads.size() != perStep * steps)
    return;
  for (size_t number = 0; number < perStep; ++number) {
    SmallVector<vector::TransferReadOp> same;
    for (size_t at = number; at < reads.size(); at += perStep)
      same.push_back(reads[at]);
    if (movingDims[number])
      readThroughView(same, *movingDims[number]);
  }
}

namespace {
struct UnrollContractionsPass : public attn::impl::UnrollContractionsPassBase<UnrollContractionsPass> {
  using UnrollContractionsPassBase::UnrollContractionsPassBase;

  void runOnOperation() override {
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](scf::ForOp loop) {
      if (isContractionLoop(loop))
        loops.push_back(loop);
    });
    for (scf::ForOp loop : loops) {
      int64_t most = steps, products = countProducts(loop);
      while (most > 1 && most * products > maxProducts)
        most /= 2;
      if (most > 1)
        unroll(loop, most);
    }
  }
};
} // namespace
