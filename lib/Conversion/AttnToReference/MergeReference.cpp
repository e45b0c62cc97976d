// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.merge: the log-sum-exp of the parts', then the weighted outputs, in
// operand order.
#include "Reference.h"
#include "WholeTensors.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

using namespace mlir;
using namespace attn;

namespace {

Value constantLike(OpBuilder &b, Location loc, Value like, double value) {
  return arith::ConstantOp::create(b, loc, b.getFloatAttr(like.getType(), value));
}

/// log(sum exp(lse[p])), -inf when every part is.
Value mergeLses(OpBuilder &b, Location loc, ValueRange lses) {
  Value minusInf = constantLike(b, loc, lses.front(), -std::numeric_limits<double>::infinity());
  Value zero = constantLike(b, loc, lses.front(), 0.0);
  Value max = minusInf;
  for (Value lse : lses) {
    Value greater = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, lse, max);
    max = arith::SelectOp::create(b, loc, greater, lse, max);
  }
  // Without any key there is nothing to subtract: -inf - -inf would be NaN.
  Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, max, minusInf);
  Value base = arith::SelectOp::create(b, loc, none, zero, max);
  Value sum = zero;
  for (Value lse : lses)
    sum = arith::AddFOp::create(b, loc, sum, math::ExpOp::create(b, loc, arith::SubFOp::create(b, loc, lse, base)));
  Value empty = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, sum, zero);
  Value merged = arith::AddFOp::create(b, loc, base, math::LogOp::create(b, loc, sum));
  return arith::SelectOp::create(b, loc, empty, minusInf, merged);
}

/// sum exp(lse[p] - lse) * output[p], over the parts that saw a key.
Value mergeOutputs(OpBuilder &b, Location loc, Value merged, ValueRange lses, ValueRange outputs) {
  Value minusInf = constantLike(b, loc, merged, -std::numeric_limits<double>::infinity());
  Value zero = constantLike(b, loc, merged, 0.0);
  Value sum = zero;
  for (auto [lse, output] : llvm::zip(lses, outputs)) {
    Value weight = math::ExpOp::create(b, loc, arith::SubFOp::create(b, loc, lse, merged));
    Value wide = toFloat(b, loc, output, lse.getType());
    Value empty = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, lse, minusInf);
    Value part = arith::SelectOp::create(b, loc, empty, zero, arith::MulFOp::create(b, loc, weight, wide));
    sum = arith::AddFOp::create(b, loc, sum, part);
  }
  return sum;
}

} // namespace

SmallVector<Value> attn::emitReference(OpBuilder &builder, MergeOp op) {
  Location loc = op.getLoc();
  WholeTensors tensors(builder, loc);
  Value first = op.getOutputs().front();
  Type stored = cast<RankedTensorType>(first.getType()).getElementType();
  Type element = cast<RankedTensorType>(op.getLses().front().getType()).getElementType();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, first);
  SmallVector<Indexed> inputs;
  for (Value lse : op.getLses())
    inputs.push_back({lse, {0, 1, 2}});
  Value lse = tensors.compute(inputs, {tensors.empty(ArrayRef(sizes).take_front(3), element), {0, 1, 2}}, 3,
                              [&](OpBuilder &b, ValueRange args) { return mergeLses(b, loc, args.drop_back()); });
  for (Value output : op.getOutputs())
    inputs.push_back({output, {0, 1, 2, 3}});
  inputs.push_back({lse, {0, 1, 2}});
  unsigned parts = op.getLses().size();
  Value output =
      tensors.compute(inputs, {tensors.empty(sizes, stored), {0, 1, 2, 3}}, 4, [&](OpBuilder &b, ValueRange args) {
        Value sum = mergeOutputs(b, loc, args[2 * parts], args.take_front(parts), args.slice(parts, parts));
        return toFloat(b, loc, sum, stored);
      });
  return {output, lse};
}
