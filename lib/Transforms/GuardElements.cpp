// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-guard-elements: an index that is data is asked before it is used. In the body of a linalg op, which cannot end a
// run, the least and the greatest index of all points are computed first and asked there.
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace attn;

namespace attn {
#define GEN_PASS_DEF_GUARDELEMENTSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

/// One index of a read.
struct ElementIndex {
  tensor::ExtractOp op;
  unsigned axis;

  Value value() { return op.getIndices()[axis]; }
  std::string text() {
    return "expects the index of dimension " + std::to_string(axis) + " of tensor.extract to be in 0 to";
  }
};

/// The value that casts between integers and indices bring here. A cast to fewer bits is where the trace ends.
Value throughCasts(Value value) {
  while (auto cast = value.getDefiningOp<arith::IndexCastOp>()) {
    bool narrows = cast.getIn().getType().isIndex() && !cast.getType().isInteger(64);
    if (narrows)
      return value;
    value = cast.getIn();
  }
  return value;
}

/// The values that an argument of the entry point accepts, seen through views of it.
DenseI64ArrayAttr getDeclaredRange(Value tensor) {
  while (Operation *op = tensor.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::ExtractSliceOp, tensor::CastOp>(op))
      return {};
    tensor = op->getOperand(0);
  }
  auto arg = cast<BlockArgument>(tensor);
  auto func = dyn_cast<func::FuncOp>(arg.getOwner()->getParentOp());
  return func && func.isPublic() ? func.getArgAttrOfType<DenseI64ArrayAttr>(arg.getArgNumber(), "attn.range")
                                 : DenseI64ArrayAttr();
}

class ElementGuard {
public:
  LogicalResult run(ElementIndex index);

private:
  LogicalResult guardConstant(ElementIndex index, int64_t known, Operation *before);
  void guardInBody(ElementIndex index, linalg::LinalgOp body);
  void guardLoop(ElementIndex index, linalg::LinalgOp body, unsigned loop);
  void guardRange(ElementIndex index, linalg::LinalgOp body);
  bool isDeclared(ElementIndex index, Value elements) const;
  Value extent(OpBuilder &builder, ElementIndex index) {
    return getValueOrCreateConstantIndexOp(
        builder, index.op.getLoc(), tensor::getMixedSize(builder, index.op.getLoc(), index.op.getTensor(), index.axis));
  }
  Value last(OpBuilder &builder, ElementIndex index) {
    Value one = arith::ConstantIndexOp::create(builder, index.op.getLoc(), 1);
    return arith::SubIOp::create(builder, index.op.getLoc(), extent(builder, index), one);
  }
  void bound(OpBuilder &builder, ElementIndex index, Value value) {
    BoundedOp::create(builder, index.op.getLoc(), value, builder.getStringAttr(index.text()), last(builder, index));
  }
};

} // namespace

LogicalResult ElementGuard::run(ElementIndex index) {
  auto body = index.op->getParentOfType<linalg::LinalgOp>();
  Operation *before = body ? body.getOperation() : index.op.getOperation();
  if (std::optional<int64_t> known = getConstantIntValue(index.value()))
    return guardConstant(index, *known, before);
  OpBuilder builder(before);
  bool isOutside = body && !body->getRegion(0).isAncestor(index.value().getParentRegion());
  if (!body) {
    Value bounded = BoundedOp::create(builder, index.op.getLoc(), index.value(), builder.getStringAttr(index.text()),
                                      last(builder, index));
    index.op.getIndicesMutable()[index.axis].set(bounded);
  } else if (isOutside) {
    bound(builder, index, index.value());
  } else {
    guardInBody(index, body);
  }
  return success();
}

LogicalResult ElementGuard::guardConstant(ElementIndex index, int64_t known, Operation *before) {
  auto type = cast<RankedTensorType>(index.op.getTensor().getType());
  if (!type.isDynamicDim(index.axis)) {
    if (known >= 0 && known < type.getDimSize(index.axis))
      return success();
    return index.op.emitOpError("expects the index of dimension ")
           << index.axis << " to be in 0 to " << type.getDimSize(index.axis) - 1 << ", but got " << known;
  }
  OpBuilder builder(before);
  bound(builder, index, arith::ConstantIndexOp::create(builder, index.op.getLoc(), known));
  return success();
}

void ElementGuard::guardInBody(ElementIndex index, linalg::LinalgOp body) {
  Value origin = throughCasts(index.value());
  if (auto loop = origin.getDefiningOp<linalg::IndexOp>())
    return guardLoop(index, body, loop.getDim());
  auto element = dyn_cast<BlockArgument>(origin);
  if (element && element.getOwner() == body.getBlock() && element.getArgNumber() < body->getNumOperands() &&
      isDeclared(index, body->getOperand(element.getArgNumber())))
    return;
  guardRange(index, body);
}

/// Whether the runtime has refused everything that is no index already.
bool ElementGuard::isDeclared(ElementIndex index, Value elements) const {
  auto table = cast<RankedTensorType>(index.op->getOperand(0).getType());
  DenseI64ArrayAttr range = getDeclaredRange(elements);
  return range && range.size() == 2 && range[0] >= 0 && !table.isDynamicDim(index.axis) &&
         range[1] < table.getDimSize(index.axis);
}

/// A loop has to end where the dimension does, unless it is that of the dimension itself.
void ElementGuard::guardLoop(ElementIndex index, linalg::LinalgOp body, unsigned loop) {
  OpBuilder builder(body);
  Location loc = index.op.getLoc();
  Value length = getValueOrCreateConstantIndexOp(builder, loc, body.createLoopRanges(builder, loc)[loop].size);
  std::optional<int64_t> known = getConstantIntValue(length);
  auto type = cast<RankedTensorType>(index.op.getTensor().getType());
  if (known && !type.isDynamicDim(index.axis) && *known <= type.getDimSize(index.axis))
    return;
  std::string text = "expects the extent of loop " + std::to_string(loop) + ", which indexes dimension " +
                     std::to_string(index.axis) + " of tensor.extract, to be in 0 to";
  BoundedOp::create(builder, loc, length, builder.getStringAttr(text), extent(builder, index));
}

/// The least and the greatest index over all points, by an op with the same inputs.
void ElementGuard::guardRange(ElementIndex index, linalg::LinalgOp body) {
  OpBuilder builder(body);
  Location loc = index.op.getLoc();
  Type i64 = builder.getI64Type();
  auto start = [&](int64_t value) -> Value {
    Value empty = tensor::EmptyOp::create(builder, loc, ArrayRef<int64_t>{}, i64);
    Value constant = arith::ConstantIntOp::create(builder, loc, i64, value);
    return linalg::FillOp::create(builder, loc, constant, empty).getResult(0);
  };
  // Outputs are inputs here: they give loops their extents.
  SmallVector<Value> inputs(body->getOperands());
  SmallVector<AffineMap> maps = body.getIndexingMapsArray();
  AffineMap none = AffineMap::get(body.getNumLoops(), 0, builder.getContext());
  maps.append({none, none});
  SmallVector<utils::IteratorType> loops(body.getNumLoops(), utils::IteratorType::reduction);
  BackwardSliceOptions options;
  options.inclusive = true;
  options.filter = [&](Operation *op) { return op->getBlock() == body.getBlock(); };
  llvm::SetVector<Operation *> slice;
  if (Operation *op = index.value().getDefiningOp())
    (void)getBackwardSlice(op, &slice, options);
  auto emit = [&](OpBuilder &nested, Location, ValueRange args) {
    IRMapping mapping;
    for (auto [from, to] : llvm::zip(body.getBlock()->getArguments(), args))
      mapping.map(from, to);
    for (Operation *op : slice)
      nested.clone(*op, mapping);
    Value value = arith::IndexCastOp::create(nested, loc, i64, mapping.lookupOrDefault(index.value()));
    Value least = arith::MinSIOp::create(nested, loc, args.drop_back().back(), value);
    Value greatest = arith::MaxSIOp::create(nested, loc, args.back(), value);
    linalg::YieldOp::create(nested, loc, ValueRange{least, greatest});
  };
  auto range =
      linalg::GenericOp::create(builder, loc, TypeRange{RankedTensorType::get({}, i64), RankedTensorType::get({}, i64)},
                                inputs, ValueRange{start(INT64_MAX), start(INT64_MIN)}, maps, loops, emit);
  auto at = [&](unsigned result) -> Value {
    Value element = tensor::ExtractOp::create(builder, loc, range.getResult(result), ValueRange());
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), element);
  };
  // Without a point there is nothing to ask.
  Value least = at(0), greatest = at(1);
  Value any = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle, least, greatest);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value limit = last(builder, index);
  for (Value found : {least, greatest}) {
    Value low = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge, found, zero);
    Value high = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle, found, limit);
    Value inside = arith::AndIOp::create(builder, loc, low, high);
    Value none =
        arith::XOrIOp::create(builder, loc, any, arith::ConstantIntOp::create(builder, loc, builder.getI1Type(), 1));
    RequireOp::create(builder, loc, arith::OrIOp::create(builder, loc, inside, none),
                      builder.getStringAttr(index.text()), found, limit);
  }
}

/// A size that a cast states has to be the one that there is.
static void guardCast(tensor::CastOp op) {
  auto from = dyn_cast<RankedTensorType>(op.getSource().getType()), to = dyn_cast<RankedTensorType>(op.getType());
  if (!from || !to || op->getParentOfType<linalg::LinalgOp>())
    return;
  OpBuilder builder(op);
  for (int64_t axis = 0; axis < from.getRank(); ++axis) {
    if (!from.isDynamicDim(axis) || to.isDynamicDim(axis))
      continue;
    Value actual = tensor::DimOp::create(builder, op.getLoc(), op.getSource(), axis);
    Value stated = arith::ConstantIndexOp::create(builder, op.getLoc(), to.getDimSize(axis));
    Value equal = arith::CmpIOp::create(builder, op.getLoc(), arith::CmpIPredicate::eq, actual, stated);
    std::string text = "expects dimension " + std::to_string(axis) + " of what tensor.cast casts to be";
    RequireOp::create(builder, op.getLoc(), equal, builder.getStringAttr(text), actual, stated);
  }
}

namespace {
struct GuardElementsPass : public attn::impl::GuardElementsPassBase<GuardElementsPass> {
  void runOnOperation() override {
    SmallVector<tensor::ExtractOp> reads;
    getOperation().walk([&](tensor::ExtractOp op) { reads.push_back(op); });
    getOperation().walk(guardCast);
    ElementGuard guard;
    for (tensor::ExtractOp op : reads)
      for (unsigned axis = 0; axis < op.getIndices().size(); ++axis)
        if (failed(guard.run({op, axis})))
          return signalPassFailure();
  }
};
} // namespace
