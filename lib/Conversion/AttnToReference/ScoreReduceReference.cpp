// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.score_reduce: the scores of all pairs, and what they say of each row. The K-th greatest is the least of those of
// which fewer than K are greater.
#include "Reference.h"
#include "ScoresReference.h"
#include <limits>

using namespace mlir;
using namespace attn;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class ScoreReduceReference : ScoresReference {
public:
  ScoreReduceReference(OpBuilder &builder, ScoreReduceOp op)
      : ScoresReference(builder, op), reduction(op.getReduction()), place(op.getPlace()), i64(builder.getI64Type()) {}

  Value run() {
    Value scores = computeScores(), visible = computeVisible();
    switch (reduction) {
    case Reduction::Max:
      return foldMax(scores, visible, tensors.filled(rowSizes, builder.getFloatAttr(element, -kInfinity)));
    case Reduction::KthLargest:
      return kthLargest(scores, visible);
    case Reduction::Sum:
      return sum(scores, visible);
    }
    llvm_unreachable("all reductions are above");
  }

private:
  Value sum(Value scores, Value visible) {
    Value out = tensors.filled(rowSizes, builder.getFloatAttr(element, 0.0));
    return tensors.compute({{scores, kScore}, {visible, kScore}}, {out, kRow}, 4,
                           [&](OpBuilder &b, ValueRange args) -> Value {
                             Value more = arith::AddFOp::create(b, loc, args[2], args[0]);
                             return arith::SelectOp::create(b, loc, args[1], more, args[2]);
                           });
  }

  Value compare(OpBuilder &b, arith::CmpFPredicate predicate, Value lhs, Value rhs) {
    return arith::CmpFOp::create(b, loc, predicate, lhs, rhs);
  }
  Value both(OpBuilder &b, Value lhs, Value rhs) { return arith::AndIOp::create(b, loc, lhs, rhs); }
  Value isBelowPlace(OpBuilder &b, Value count) {
    Value limit = arith::ConstantIntOp::create(b, loc, i64, place);
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, count, limit);
  }
  Value counted(OpBuilder &b, Value count, Value one) {
    return arith::AddIOp::create(b, loc, count, arith::ExtUIOp::create(b, loc, i64, one));
  }

  Value kthLargest(Value scores, Value visible) {
    TypedAttr none = builder.getI64IntegerAttr(0);
    // How many visible scores of the row are greater than each.
    Value above = tensors.compute(
        {{scores, kScore}, {scores, {0, 1, 2, 4}}, {visible, {0, 1, 2, 4}}}, {tensors.filled(scoreSizes, none), kScore},
        5, [&](OpBuilder &b, ValueRange args) {
          return counted(b, args[3], both(b, args[2], compare(b, arith::CmpFPredicate::OGT, args[1], args[0])));
        });
    Value numbers = tensors.compute(
        {{scores, kScore}, {visible, kScore}}, {tensors.filled(rowSizes, none), kRow}, 4,
        [&](OpBuilder &b, ValueRange args) {
          return counted(b, args[2], both(b, args[1], compare(b, arith::CmpFPredicate::ORD, args[0], args[0])));
        });
    Value least = tensors.compute({{scores, kScore}, {visible, kScore}, {above, kScore}},
                                  {tensors.filled(rowSizes, builder.getFloatAttr(element, kInfinity)), kRow}, 4,
                                  [&](OpBuilder &b, ValueRange args) -> Value {
                                    Value among = both(b, args[1], isBelowPlace(b, args[2]));
                                    Value less =
                                        both(b, among, compare(b, arith::CmpFPredicate::OLT, args[0], args[3]));
                                    return arith::SelectOp::create(b, loc, less, args[0], args[3]);
                                  });
    return tensors.compute({{least, kRow}, {numbers, kRow}}, {tensors.empty(rowSizes, element), kRow}, 3,
                           [&](OpBuilder &b, ValueRange args) -> Value {
                             Value few = isBelowPlace(b, args[1]);
                             return arith::SelectOp::create(b, loc, few, constant(-kInfinity), args[0]);
                           });
  }

  Reduction reduction;
  int64_t place;
  Type i64;
};

} // namespace

SmallVector<Value> attn::emitReference(OpBuilder &builder, ScoreReduceOp op) {
  return {ScoreReduceReference(builder, op).run()};
}
