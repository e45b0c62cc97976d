// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-guard-slices: what the types of a slice do not prove is asked at run time. Offsets are bounded first, then sizes
// by what is left of the dimension, so that no sum can overflow.
#include "DimClasses.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

namespace attn {
#define GEN_PASS_DEF_GUARDSLICESPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

std::string describe(OpFoldResult value) {
  std::optional<int64_t> known = getConstantIntValue(value);
  return known ? std::to_string(*known) : "an index that is computed";
}

/// One dimension of a slice.
struct SliceAxis {
  mutable OffsetSizeAndStrideOpInterface op;
  Value whole; // What the slice is a part of.
  unsigned axis;
  int64_t stride;

  OpFoldResult offset() const { return op.getMixedOffsets()[axis]; }
  OpFoldResult size() const { return op.getMixedSizes()[axis]; }
  void setOffset(Value value) const { op->setOperand(op.getIndexOfDynamicOffset(axis), value); }
  void setSize(Value value) const { op->setOperand(op.getIndexOfDynamicSize(axis), value); }
};

class SliceGuard {
public:
  explicit SliceGuard(func::FuncOp func) : dims(func) {
    llvm::StringMap<std::pair<Value, int64_t>> named;
    for (BlockArgument arg : func.getArguments())
      if (auto type = dyn_cast<RankedTensorType>(arg.getType()))
        for (int64_t axis = 0; axis < type.getRank(); ++axis)
          if (StringRef name = getArgDimName(func, arg.getArgNumber(), axis); !name.empty()) {
            auto [first, inserted] = named.try_emplace(name, std::pair<Value, int64_t>(arg, axis));
            if (!inserted)
              dims.unite(first->second.first, first->second.second, arg, axis);
          }
  }

  LogicalResult run(Operation *op, Value whole) {
    auto slice = cast<OffsetSizeAndStrideOpInterface>(op);
    // Far beyond every size, and far from where arithmetic on them would wrap.
    constexpr int64_t largest = int64_t(1) << 40;
    for (const auto &list : {slice.getMixedOffsets(), slice.getMixedSizes(), slice.getMixedStrides()})
      for (OpFoldResult value : list)
        if (std::optional<int64_t> known = getConstantIntValue(value); known && *known > largest)
          return op->emitOpError("expects offsets, sizes and strides to be at most ")
                 << largest << ", but got " << *known;
    for (auto [axis, stride] : llvm::enumerate(slice.getMixedStrides())) {
      std::optional<int64_t> known = getConstantIntValue(stride);
      if (!known || *known < 1)
        return op->emitOpError("expects strides to be constant and positive, but got ") << describe(stride);
      guard({slice, whole, unsigned(axis), *known});
    }
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
      matchSource(insert);
    return success();
  }

private:
  /// Whether `size` was read from a dimension that equals that of the whole.
  bool isWholeSize(OpFoldResult size, Value whole, int64_t axis) const {
    auto value = dyn_cast<Value>(size);
    auto dim = value ? value.getDefiningOp<tensor::DimOp>() : tensor::DimOp();
    if (!dim || !dim.getConstantIndex())
      return false;
    if (dim.getSource() == whole && *dim.getConstantIndex() == axis)
      return true;
    std::optional<unsigned> size1 = dims.classOf(dim.getSource(), *dim.getConstantIndex());
    return size1 && size1 == dims.classOf(whole, axis);
  }

  void guard(const SliceAxis &slice) {
    OpBuilder builder(slice.op);
    Location loc = slice.op->getLoc();
    auto type = cast<RankedTensorType>(slice.whole.getType());
    std::optional<int64_t> offset = getConstantIntValue(slice.offset()), size = getConstantIntValue(slice.size());
    bool isWhole = offset == 0 && slice.stride == 1 && isWholeSize(slice.size(), slice.whole, slice.axis);
    bool isVerified = offset && size && !type.isDynamicDim(slice.axis);
    if (isWhole || isVerified)
      return;
    Value extent =
        getValueOrCreateConstantIndexOp(builder, loc, tensor::getMixedSize(builder, loc, slice.whole, slice.axis));
    if (offset && size)
      requireExtent(builder, slice, extent, *offset + length(*size, slice.stride));
    else if (size)
      boundOffset(builder, slice, extent, length(*size, slice.stride));
    else
      boundSize(builder, slice, extent);
  }

  /// How much of the dimension lies between the first element and the last; no tensor is as long as the limit.
  static int64_t length(int64_t size, int64_t stride) {
    int64_t length = 0;
    constexpr int64_t limit = int64_t(1) << 60;
    bool isHuge = size > 0 && llvm::MulOverflow(size - 1, stride, length);
    return size <= 0 ? 0 : isHuge || length >= limit ? limit : length + 1;
  }

  static StringAttr text(OpBuilder &builder, const SliceAxis &slice, const Twine &what) {
    StringRef name = slice.op->getName().getStringRef();
    return builder.getStringAttr("expects " + what + " of dimension " + Twine(slice.axis) + " of " + name + " to be");
  }

  /// Both ends are known: the dimension has to be large enough.
  void requireExtent(OpBuilder &builder, const SliceAxis &slice, Value extent, int64_t end) {
    Location loc = slice.op->getLoc();
    Value bound = arith::ConstantIndexOp::create(builder, loc, end);
    Value enough = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge, extent, bound);
    StringAttr sentence = builder.getStringAttr(text(builder, slice, "the extent").getValue() + " at least");
    RequireOp::create(builder, loc, enough, sentence, extent, bound);
  }

  /// The offset may be at most what leaves room for `length` elements.
  void boundOffset(OpBuilder &builder, const SliceAxis &slice, Value extent, int64_t length) {
    Location loc = slice.op->getLoc();
    Value room = arith::ConstantIndexOp::create(builder, loc, length);
    Value last = arith::SubIOp::create(builder, loc, extent, room);
    slice.setOffset(bounded(builder, slice, "the offset", cast<Value>(slice.offset()), last));
  }

  void boundSize(OpBuilder &builder, const SliceAxis &slice, Value extent) {
    Location loc = slice.op->getLoc();
    if (auto offset = dyn_cast<Value>(slice.offset()); offset && !getConstantIntValue(offset))
      slice.setOffset(bounded(builder, slice, "the offset", offset, extent));
    Value rest = extent;
    if (getConstantIntValue(slice.offset()) != 0)
      rest = arith::SubIOp::create(builder, loc, extent, getValueOrCreateConstantIndexOp(builder, loc, slice.offset()));
    if (slice.stride != 1) {
      Value up = arith::ConstantIndexOp::create(builder, loc, slice.stride - 1);
      Value stride = arith::ConstantIndexOp::create(builder, loc, slice.stride);
      rest = arith::DivSIOp::create(builder, loc, arith::AddIOp::create(builder, loc, rest, up), stride);
    }
    slice.setSize(bounded(builder, slice, "the size", cast<Value>(slice.size()), rest));
  }

  static Value bounded(OpBuilder &builder, const SliceAxis &slice, const Twine &what, Value value, Value bound) {
    StringAttr sentence = builder.getStringAttr(text(builder, slice, what).getValue() + " in 0 to");
    return BoundedOp::create(builder, slice.op->getLoc(), value, sentence, bound);
  }

  /// An insertion writes as much as it has.
  void matchSource(tensor::InsertSliceOp insert) {
    llvm::SmallBitVector dropped = insert.getDroppedDims();
    int64_t sourceAxis = 0;
    for (auto [axis, size] : llvm::enumerate(insert.getMixedSizes())) {
      if (dropped[axis])
        continue;
      int64_t from = sourceAxis++;
      bool isDynamic = insert.getSourceType().isDynamicDim(from) || isa<Value>(size);
      if (!isDynamic || isOwnSize(insert, size, from))
        continue;
      OpBuilder builder(insert);
      Location loc = insert.getLoc();
      Value actual =
          getValueOrCreateConstantIndexOp(builder, loc, tensor::getMixedSize(builder, loc, insert.getSource(), from));
      Value bound = getValueOrCreateConstantIndexOp(builder, loc, size);
      Value equal = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, actual, bound);
      auto sentence =
          builder.getStringAttr("expects dimension " + Twine(from) + " of what tensor.insert_slice inserts to be");
      RequireOp::create(builder, loc, equal, sentence, actual, bound);
    }
  }

  /// Through the bound it may have got by now.
  bool isOwnSize(tensor::InsertSliceOp insert, OpFoldResult size, int64_t axis) const {
    if (auto value = dyn_cast<Value>(size))
      if (auto bound = value.getDefiningOp<BoundedOp>())
        size = bound.getValue();
    return isWholeSize(size, insert.getSource(), axis);
  }

  DimClasses dims;
};

struct GuardSlicesPass : public attn::impl::GuardSlicesPassBase<GuardSlicesPass> {
  void runOnOperation() override {
    SliceGuard guard(getOperation());
    SmallVector<std::pair<Operation *, Value>> slices;
    getOperation().walk([&](Operation *op) {
      if (auto extract = dyn_cast<tensor::ExtractSliceOp>(op))
        slices.push_back({op, extract.getSource()});
      else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
        slices.push_back({op, insert.getDest()});
    });
    for (auto [op, whole] : slices)
      if (failed(guard.run(op, whole)))
        return signalPassFailure();
  }
};

} // namespace
