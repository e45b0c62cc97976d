// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-expand-reshapes: the strides of a split dimension are those of the
// source times the sizes that follow in its group, innermost first.
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace attn {
#define GEN_PASS_DEF_EXPANDRESHAPESPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace {

OpFoldResult multiply(OpBuilder &builder, Location loc, OpFoldResult lhs, OpFoldResult rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r)
    return builder.getIndexAttr(*l * *r);
  return arith::MulIOp::create(builder, loc, getValueOrCreateConstantIndexOp(builder, loc, lhs),
                               getValueOrCreateConstantIndexOp(builder, loc, rhs))
      .getResult();
}

/// What the type knows of an offset or stride; else the run-time value.
OpFoldResult known(Builder &builder, int64_t constant, Value runTime) {
  if (ShapedType::isDynamic(constant))
    return runTime;
  return builder.getIndexAttr(constant);
}

void expand(memref::ExpandShapeOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, op.getSrc());
  auto [sourceStrides, offset] = op.getSrcType().getStridesAndOffset();
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
  SmallVector<OpFoldResult> strides(sizes.size());
  for (auto [source, group] : llvm::enumerate(op.getReassociationIndices())) {
    OpFoldResult stride = known(builder, sourceStrides[source], metadata.getStrides()[source]);
    for (int64_t dim : llvm::reverse(group)) {
      strides[dim] = stride;
      if (dim != group.front())
        stride = multiply(builder, loc, stride, sizes[dim]);
    }
  }
  auto view = memref::ReinterpretCastOp::create(builder, loc, op.getResultType(), metadata.getBaseBuffer(),
                                                known(builder, offset, metadata.getOffset()), sizes, strides);
  op.replaceAllUsesWith(view.getResult());
  op.erase();
}

struct ExpandReshapes : attn::impl::ExpandReshapesPassBase<ExpandReshapes> {
  void runOnOperation() override {
    SmallVector<memref::ExpandShapeOp> ops;
    getOperation().walk([&](memref::ExpandShapeOp op) { ops.push_back(op); });
    llvm::for_each(ops, expand);
  }
};

} // namespace
