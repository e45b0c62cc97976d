// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-tile-linalg: goes over the ops of each function from the last to the first, so that consumers take their
// producers along.
#include "TileLinalg.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
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

void attn::endOp(OpBuilder &builder, Location loc, StringRef kind) {
  OpEndOp::create(builder, loc, nameOf(builder, loc, kind), Value(), Value());
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
    if (isa<linalg::LinalgOp, scf::ForallOp, scf::ForOp, attn::AttentionOp>(op))
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
