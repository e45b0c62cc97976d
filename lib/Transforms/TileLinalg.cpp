// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-tile-linalg: goes over the ops of each function from the last to the first, so that consumers take their
// producers along.
#include "TileLinalg.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
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

void attn::endOp(OpBuilder &builder, Location loc, StringRef kind, OpWork work) {
  OpEndOp::create(builder, loc, nameOf(builder, loc, kind), Value(), Value(), work.flops, work.bytes);
}

/// How many values a body computes in floating point for one point of the loops.
static int64_t countFlops(linalg::LinalgOp op) {
  int64_t count = 0;
  for (Operation &inner : *op.getBlock())
    count += inner.getNumResults() == 1 && isa<FloatType>(inner.getResult(0).getType()) &&
             isa_and_nonnull<arith::ArithDialect, math::MathDialect>(inner.getDialect()) &&
             !isa<arith::ConstantOp, arith::ExtFOp, arith::TruncFOp, arith::SelectOp>(inner);
  return count;
}

/// The size of a dimension, asked of where a value was first made room for: the ops in between are about to go.
static Value sizeOf(OpBuilder &builder, Location loc, Value value, int64_t axis) {
  while (auto op = value.getDefiningOp<DestinationStyleOpInterface>())
    value = op.getTiedOpOperand(cast<OpResult>(value))->get();
  return getValueOrCreateConstantIndexOp(builder, loc, tensor::getMixedSize(builder, loc, value, axis));
}

/// The product of `start` and the extents of all loops.
static Value countPoints(OpBuilder &builder, Location loc, linalg::LinalgOp op, int64_t start) {
  attn::IndexMath math(builder, loc);
  Value product = math.constant(start);
  for (unsigned dim = 0; dim < op.getNumLoops(); ++dim)
    for (OpOperand &operand : op->getOpOperands()) {
      AffineExpr loop = getAffineDimExpr(dim, op.getContext());
      if (std::optional<unsigned> axis = op.getMatchingIndexingMap(&operand).getResultPosition(loop)) {
        product = math.mul(product, sizeOf(builder, loc, operand.get(), *axis));
        break;
      }
    }
  return product;
}

attn::OpWork attn::countWork(OpBuilder &builder, Location loc, ArrayRef<linalg::LinalgOp> ops) {
  IndexMath math(builder, loc);
  OpWork work{math.constant(0), math.constant(0)};
  llvm::SmallPtrSet<Value, 8> counted;
  auto addBytes = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !type.getElementType().isIntOrFloat() || !counted.insert(value).second)
      return;
    Value bytes = math.constant(llvm::divideCeil(type.getElementTypeBitWidth(), 8));
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      bytes = math.mul(bytes, sizeOf(builder, loc, value, axis));
    work.bytes = math.add(work.bytes, bytes);
  };
  for (linalg::LinalgOp op : ops) {
    work.flops = math.add(work.flops, countPoints(builder, loc, op, countFlops(op)));
    for (OpOperand *input : op.getDpsInputOperands())
      if (!llvm::is_contained(ops, input->get().getDefiningOp()))
        addBytes(input->get());
  }
  linalg::LinalgOp last = ops.back();
  addBytes(last->getResult(0));
  return work;
}

/// Whether another op of the graph has begun before `op` and not ended.
static bool isInsideOp(Operation *op) {
  for (Operation *previous = op->getPrevNode(); previous; previous = previous->getPrevNode()) {
    if (isa<attn::OpEndOp>(previous))
      return false;
    if (isa<attn::OpBeginOp>(previous))
      return true;
  }
  return false;
}

/// The blocks of the graph: those of the function and of branches in it, but not the inside of loops, which are lowered
/// ops already.
static SmallVector<Block *> collectBlocks(Operation *function) {
  SmallVector<Block *> blocks;
  function->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<linalg::LinalgOp, scf::ForallOp, scf::ForOp, attn::ScoringOpInterface>(op))
      return WalkResult::skip();
    for (Region &region : op->getRegions())
      for (Block &block : region)
        blocks.push_back(&block);
    return WalkResult::advance();
  });
  return blocks;
}

namespace {
struct TileLinalgPass : public attn::impl::TileLinalgPassBase<TileLinalgPass> {
  void runOnOperation() override {
    int64_t lanes = attn::getLanes(getOperation());
    IRRewriter rewriter(&getContext());
    for (Block *block : collectBlocks(getOperation())) {
      if (failed(tileMatmuls(rewriter, *block, lanes)))
        return signalPassFailure();
      tileRowsBackwards(rewriter, *block, lanes);
    }
  }

  /// First, so that what consumes a matmul becomes its epilogue.
  LogicalResult tileMatmuls(IRRewriter &rewriter, Block &block, int64_t lanes) {
    for (auto matmul : llvm::make_early_inc_range(block.getOps<linalg::MatmulOp>()))
      if (attn::getPackedRight(matmul) && failed(attn::tileMatmul(rewriter, matmul, lanes)))
        return failure();
    return success();
  }

  /// Backwards, so that an op takes the ops along that feed nothing else.
  void tileRowsBackwards(IRRewriter &rewriter, Block &block, int64_t lanes) {
    for (Operation *op = &block.back(), *following = nullptr; op;) {
      following = op->getNextNode();
      // Before anything holds on to it: the rows of a transpose are those of a generic op.
      if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
        rewriter.setInsertionPoint(op);
        op = *linalg::generalizeNamedOp(rewriter, transpose);
      }
      auto root = dyn_cast<linalg::LinalgOp>(op);
      if (root && isOpTriviallyDead(root)) {
        op = root->getPrevNode();
        rewriter.eraseOp(root);
      } else if (root && attn::tileRows(rewriter, root, lanes, !isInsideOp(root))) {
        op = following->getPrevNode();
      } else {
        op = op->getPrevNode();
      }
    }
  }
};
} // namespace
