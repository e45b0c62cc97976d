// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.merge as element-wise linalg on whole tensors: first the log-sum-exp over all parts, then their outputs weighted
// by it.
#include "Task.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

using namespace mlir;
using namespace attn;

namespace {

Value minusInf(TileBuilder &b, Type type) { return b.scalar(type, -std::numeric_limits<double>::infinity()); }

Value isMinusInf(TileBuilder &b, Value x) {
  return arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, minusInf(b, x.getType()));
}

/// max + log(sum exp(x - max)); -inf when all of them are.
Value logSumExp(TileBuilder &b, ValueRange xs) {
  Value max = xs[0];
  for (Value x : xs.drop_front())
    max = arith::MaximumFOp::create(b, max, x);
  Value sum = b.scalar(max.getType(), 0.0);
  for (Value x : xs)
    sum = arith::AddFOp::create(b, sum, math::ExpOp::create(b, arith::SubFOp::create(b, x, max)));
  Value lse = arith::AddFOp::create(b, max, math::LogOp::create(b, sum));
  return arith::SelectOp::create(b, isMinusInf(b, max), max, lse);
}

/// sum of exp(lse of part - lse) * part; a part that saw no key counts nothing, whatever it holds.
Value weightedSum(TileBuilder &b, ValueRange outputs, ValueRange lses, Value lse) {
  Value zero = b.scalar(lse.getType(), 0.0);
  Value sum = zero;
  for (auto [output, part] : llvm::zip(outputs, lses)) {
    Value weight = math::ExpOp::create(b, arith::SubFOp::create(b, part, lse));
    Value term = arith::MulFOp::create(b, weight, b.toFloat(output, lse.getType()));
    sum = arith::AddFOp::create(b, sum, arith::SelectOp::create(b, isMinusInf(b, part), zero, term));
  }
  return sum;
}

} // namespace

void attn::lowerMerge(RewriterBase &rewriter, MergeOp op) {
  TileBuilder b(op.getLoc(), rewriter);
  size_t parts = op.getOutputs().size();
  auto emptyLike = [&](Value like) -> Value {
    auto type = cast<RankedTensorType>(like.getType());
    return tensor::EmptyOp::create(b, tensor::getMixedSizes(b, b.getLoc(), like), type.getElementType());
  };
  SmallVector<AffineMap> rowMaps(parts, b.whole(3));
  Value lse = b.elementwise(op.getLses(), rowMaps, emptyLike(op.getLses()[0]),
                            [](TileBuilder &inner, ValueRange args) { return logSumExp(inner, args.drop_back()); });
  SmallVector<Value> inputs(op.getOutputs());
  llvm::append_range(inputs, op.getLses());
  inputs.push_back(lse);
  SmallVector<AffineMap> maps(parts, b.whole(4));
  maps.append(parts + 1, b.whole(4).dropResult(3));
  Value output = b.elementwise(inputs, maps, emptyLike(op.getOutputs()[0]), [&](TileBuilder &inner, ValueRange args) {
    Value sum = weightedSum(inner, args.take_front(parts), args.slice(parts, parts), args[2 * parts]);
    return inner.toFloat(sum, args.back().getType());
  });
  rewriter.replaceOp(op, {output, lse});
}
