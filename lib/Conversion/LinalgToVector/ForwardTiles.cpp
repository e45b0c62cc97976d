// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Store-to-load forwarding on tensors, for tiles: what upstream folds only for
// identical transfers is folded here through reshapes, constant slices, joined
// slices and branches. Without it a tile takes a way through memory between two ops.
#include "LinalgToVector.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attn {

static bool isPlain(VectorTransferOpInterface transfer) {
  return !transfer.getMask() && !transfer.hasOutOfBoundsDim() && transfer.getPermutationMap().isIdentity();
}

/// The write that defines all of `tensor`, element for element, or null.
static vector::TransferWriteOp wholeWrite(Value tensor) {
  auto write = tensor.getDefiningOp<vector::TransferWriteOp>();
  if (!write || !isPlain(cast<VectorTransferOpInterface>(write.getOperation())) ||
      write.getVectorType().getShape() != cast<ShapedType>(tensor.getType()).getShape())
    return nullptr;
  return write;
}

/// True where `read` takes every element of its tensor in order.
static bool isWholeRead(vector::TransferReadOp read) {
  return isPlain(cast<VectorTransferOpInterface>(read.getOperation())) &&
         read.getVectorType().getShape() == cast<ShapedType>(read.getBase().getType()).getShape() &&
         llvm::all_of(read.getIndices(), [](Value index) { return isConstantIntValue(index, 0); });
}

namespace {

/// read(reshape(write v)) is a shape_cast of v.
struct ForwardThroughReshape : OpRewritePattern<vector::TransferReadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(vector::TransferReadOp read, PatternRewriter &rewriter) const override {
    Operation *reshape = read.getBase().getDefiningOp();
    if (!isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(reshape) || !isWholeRead(read))
      return failure();
    vector::TransferWriteOp write = wholeWrite(reshape->getOperand(0));
    if (!write)
      return failure();
    rewriter.replaceOpWithNewOp<vector::ShapeCastOp>(read, read.getVectorType(), write.getVector());
    return success();
  }
};

/// A slice at constants of a tensor of the same rank, or null.
static tensor::ExtractSliceOp constantSlice(Value tensor) {
  auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>();
  if (!slice || !slice.hasUnitStride() || ShapedType::isDynamicShape(slice.getStaticOffsets()) ||
      slice.getType().getRank() != slice.getSourceType().getRank())
    return nullptr;
  return slice;
}

/// read[constants](write v), smaller than v, is a strided slice of v; so it is of a slice at constants.
struct ForwardSlice : OpRewritePattern<vector::TransferReadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(vector::TransferReadOp read, PatternRewriter &rewriter) const override {
    tensor::ExtractSliceOp slice = constantSlice(read.getBase());
    vector::TransferWriteOp write = wholeWrite(slice ? slice.getSource() : read.getBase());
    VectorType type = read.getVectorType();
    if (!write || !isPlain(cast<VectorTransferOpInterface>(read.getOperation())) ||
        type.getRank() != write.getVectorType().getRank() || type.getRank() == 0)
      return failure();
    SmallVector<int64_t> offsets(type.getRank());
    if (slice)
      offsets = llvm::to_vector(slice.getStaticOffsets());
    for (auto [start, index, size, limit] :
         llvm::zip_equal(offsets, read.getIndices(), type.getShape(), write.getVectorType().getShape())) {
      std::optional<int64_t> offset = getConstantIntValue(index);
      if (!offset || *offset < 0 || start + *offset + size > limit)
        return failure();
      start += *offset;
    }
    SmallVector<int64_t> strides(offsets.size(), 1);
    rewriter.replaceOpWithNewOp<vector::ExtractStridedSliceOp>(read, write.getVector(), offsets, type.getShape(),
                                                               strides);
    return success();
  }
};

/// read(write v) of all elements, without leading dimensions of one, is a shape_cast of v.
struct ForwardRow : OpRewritePattern<vector::TransferReadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(vector::TransferReadOp read, PatternRewriter &rewriter) const override {
    vector::TransferWriteOp write = wholeWrite(read.getBase());
    VectorType type = read.getVectorType();
    if (!write || read.getMask() || read.hasOutOfBoundsDim() || !read.getPermutationMap().isMinorIdentity() ||
        type.getRank() >= write.getVectorType().getRank() ||
        type.getNumElements() != write.getVectorType().getNumElements())
      return failure();
    rewriter.replaceOpWithNewOp<vector::ShapeCastOp>(read, type, write.getVector());
    return success();
  }
};

/// Replaces `op` by a write of `whole` with `part` at `offsets`, if they are constants within it.
LogicalResult joinInto(Operation *op, vector::TransferWriteOp whole, Value part, ArrayRef<OpFoldResult> at,
                       PatternRewriter &rewriter) {
  std::optional<SmallVector<int64_t>> offsets = getConstantIntValues(at);
  if (!offsets)
    return failure();
  ArrayRef<int64_t> sizes = cast<VectorType>(part.getType()).getShape();
  for (auto [offset, size, limit] : llvm::zip_equal(*offsets, sizes, whole.getVectorType().getShape()))
    if (offset < 0 || offset > limit - size)
      return failure();
  SmallVector<int64_t> strides(offsets->size(), 1);
  Value joined =
      vector::InsertStridedSliceOp::create(rewriter, op->getLoc(), part, whole.getVector(), *offsets, strides);
  rewriter.replaceOpWithNewOp<vector::TransferWriteOp>(op, joined, whole.getBase(), whole.getIndices(),
                                                       SmallVector<bool>(strides.size(), true));
  return success();
}

/// A slice written whole, inserted at constants into a tensor written whole, is a vector inserted into a vector.
struct ForwardInsertedSlice : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::InsertSliceOp insert, PatternRewriter &rewriter) const override {
    vector::TransferWriteOp slice = wholeWrite(insert.getSource()), whole = wholeWrite(insert.getDest());
    if (!slice || !whole || !insert.hasUnitStride() || insert.getStaticSizes() != slice.getVectorType().getShape())
      return failure();
    return joinInto(insert, whole, slice.getVector(), insert.getMixedOffsets(), rewriter);
  }
};

/// The same of a vector that is written into a tensor written whole.
struct ForwardInsertedVector : OpRewritePattern<vector::TransferWriteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(vector::TransferWriteOp write, PatternRewriter &rewriter) const override {
    vector::TransferWriteOp whole = isa<TensorType>(write.getBase().getType()) ? wholeWrite(write.getBase()) : nullptr;
    if (!whole || !isPlain(cast<VectorTransferOpInterface>(write.getOperation())) || wholeWrite(write.getResult()))
      return failure();
    return joinInto(write, whole, write.getVector(), getAsOpFoldResult(write.getIndices()), rewriter);
  }
};

/// write v to all of a tensor that is itself written whole just before: the
/// first write is dead.
struct DropOverwritten : OpRewritePattern<vector::TransferWriteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(vector::TransferWriteOp write, PatternRewriter &rewriter) const override {
    if (!isa<TensorType>(write.getBase().getType()) || !wholeWrite(write.getResult()))
      return failure();
    vector::TransferWriteOp first = wholeWrite(write.getBase());
    if (!first)
      return failure();
    rewriter.modifyOpInPlace(write, [&] { write.getBaseMutable().assign(first.getBase()); });
    return success();
  }
};

/// A tensor result of scf.if that both branches write whole becomes a vector
/// result, written once behind the op.
struct ForwardOutOfIf : OpRewritePattern<scf::IfOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(scf::IfOp op, PatternRewriter &rewriter) const override {
    if (op.getElseRegion().empty())
      return failure();
    scf::YieldOp yields[2] = {op.thenYield(), op.elseYield()};
    for (unsigned i = 0; i < op.getNumResults(); ++i) {
      vector::TransferWriteOp writes[2] = {wholeWrite(yields[0].getOperand(i)), wholeWrite(yields[1].getOperand(i))};
      if (!writes[0] || !writes[1] || writes[0].getVectorType() != writes[1].getVectorType())
        continue;
      rewriteResult(op, i, writes, rewriter);
      return success();
    }
    return failure();
  }

  /// The tensor to write the vector into: the one that both branches wrote to
  /// where it is the same and visible, else a fresh one.
  static Value destination(scf::IfOp op, vector::TransferWriteOp writes[2], PatternRewriter &rewriter) {
    Value base = writes[0].getBase();
    if (base == writes[1].getBase() && base.getParentRegion()->isAncestor(op->getParentRegion()))
      return base;
    auto type = cast<RankedTensorType>(base.getType());
    return tensor::EmptyOp::create(rewriter, op.getLoc(), type.getShape(), type.getElementType());
  }

  static void rewriteResult(scf::IfOp op, unsigned i, vector::TransferWriteOp writes[2], PatternRewriter &rewriter) {
    SmallVector<Type> types(op.getResultTypes());
    types[i] = writes[0].getVectorType();
    scf::YieldOp yields[2] = {op.thenYield(), op.elseYield()};
    for (int side = 0; side < 2; ++side)
      rewriter.modifyOpInPlace(yields[side], [&] { yields[side]->setOperand(i, writes[side].getVector()); });
    auto fresh = scf::IfOp::create(rewriter, op.getLoc(), types, op.getCondition(), /*addThenBlock=*/false,
                                   /*addElseBlock=*/false);
    Value base = destination(op, writes, rewriter);
    rewriter.inlineRegionBefore(op.getThenRegion(), fresh.getThenRegion(), fresh.getThenRegion().end());
    rewriter.inlineRegionBefore(op.getElseRegion(), fresh.getElseRegion(), fresh.getElseRegion().end());
    rewriter.setInsertionPointAfter(fresh);
    Value zero = arith::ConstantIndexOp::create(rewriter, op.getLoc(), 0);
    SmallVector<Value> results(fresh.getResults());
    SmallVector<Value> indices(cast<ShapedType>(base.getType()).getRank(), zero);
    SmallVector<bool> inBounds(indices.size(), true);
    results[i] = vector::TransferWriteOp::create(rewriter, op.getLoc(), fresh.getResult(i), base, indices,
                                                 ArrayRef<bool>(inBounds))
                     .getResult();
    rewriter.replaceOp(op, results);
  }
};

} // namespace

void populateTileForwardPatterns(RewritePatternSet &patterns) {
  patterns.add<ForwardThroughReshape, ForwardSlice, ForwardRow, ForwardInsertedSlice, ForwardInsertedVector,
               DropOverwritten, ForwardOutOfIf>(patterns.getContext());
}

} // namespace attn
