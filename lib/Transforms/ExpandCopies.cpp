// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-expand-copies: a loop over each dimension. Where the innermost one is
// dense on both sides it goes vector by vector, the rest one by one.
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_EXPANDCOPIESPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

/// Bytes that one step of a dense copy moves; every target splits it into what
/// it has.
constexpr int64_t kVectorBytes = 64;

bool hasUnitInnerStride(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return type.getRank() > 0 && succeeded(type.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

class CopyExpander {
public:
  explicit CopyExpander(memref::CopyOp copy)
      : builder(copy), loc(copy.getLoc()), source(copy.getSource()), target(copy.getTarget()),
        sourceType(cast<MemRefType>(source.getType())), targetType(cast<MemRefType>(target.getType())) {}

  void run() {
    zero = arith::ConstantIndexOp::create(builder, loc, 0);
    one = arith::ConstantIndexOp::create(builder, loc, 1);
    int64_t outer = sourceType.getRank();
    int64_t elements = elementsPerVector();
    if (elements > 1)
      --outer;
    SmallVector<Value> indices;
    for (int64_t axis = 0; axis < outer; ++axis)
      indices.push_back(enterLoop(zero, sizeOf(axis), one));
    if (elements > 1)
      copyRow(indices, elements);
    else
      copyElement(indices);
  }

private:
  Value sizeOf(int64_t axis) { return memref::DimOp::create(builder, loc, source, axis); }

  /// The elements of one step, or 1 when the innermost dimension is not dense
  /// or shorter than that.
  int64_t elementsPerVector() {
    Type element = sourceType.getElementType();
    if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0 || !hasUnitInnerStride(sourceType) ||
        !hasUnitInnerStride(targetType))
      return 1;
    int64_t elements = kVectorBytes * 8 / element.getIntOrFloatBitWidth();
    int64_t size = sourceType.getShape().back();
    return !ShapedType::isDynamic(size) && size < elements ? 1 : elements;
  }

  Value enterLoop(Value from, Value to, Value step) {
    auto loop = scf::ForOp::create(builder, loc, from, to, step);
    builder.setInsertionPointToStart(loop.getBody());
    return loop.getInductionVar();
  }

  void copyRow(SmallVectorImpl<Value> &indices, int64_t elements) {
    Value size = sizeOf(sourceType.getRank() - 1);
    Value step = arith::ConstantIndexOp::create(builder, loc, elements);
    Value rest = arith::RemUIOp::create(builder, loc, size, step);
    Value whole = arith::SubIOp::create(builder, loc, size, rest);
    OpBuilder::InsertPoint after = builder.saveInsertionPoint();
    indices.push_back(enterLoop(zero, whole, step));
    auto type = VectorType::get({elements}, sourceType.getElementType());
    Value vector = vector::LoadOp::create(builder, loc, type, source, indices);
    vector::StoreOp::create(builder, loc, vector, target, indices);
    builder.restoreInsertionPoint(after);
    indices.back() = enterLoop(whole, size, one);
    copyElement(indices);
  }

  void copyElement(ValueRange indices) {
    Value value = memref::LoadOp::create(builder, loc, source, indices);
    memref::StoreOp::create(builder, loc, value, target, indices);
  }

  OpBuilder builder;
  Location loc;
  Value source, target, zero, one;
  MemRefType sourceType, targetType;
};

struct ExpandCopiesPass : public attn::impl::ExpandCopiesPassBase<ExpandCopiesPass> {
  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp copy) { copies.push_back(copy); });
    for (memref::CopyOp copy : copies) {
      if (!isa<MemRefType>(copy.getSource().getType()) || !isa<MemRefType>(copy.getTarget().getType())) {
        copy.emitError("expects copies between ranked buffers, but got ") << copy.getSource().getType();
        return signalPassFailure();
      }
      CopyExpander(copy).run();
      copy.erase();
    }
  }
};

} // namespace
