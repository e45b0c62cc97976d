// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index maps are affine: their interval over all positions of an op is arithmetic on its sizes, no loop.
#include "attn/Codegen/IndexChecks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AffineExprVisitor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace attn;

namespace {

struct Interval {
  Value from, to; // both inclusive
};

class IndexBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value index(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }
  Value add(Value lhs, Value rhs) { return createOrFold<arith::AddIOp>(lhs, rhs); }
  Value sub(Value lhs, Value rhs) { return createOrFold<arith::SubIOp>(lhs, rhs); }
  Value mul(Value lhs, Value rhs) { return createOrFold<arith::MulIOp>(lhs, rhs); }
  Value either(Value lhs, Value rhs) { return createOrFold<arith::OrIOp>(lhs, rhs); }
  Value less(Value lhs, Value rhs) { return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, lhs, rhs); }
  Value lessEqual(Value lhs, Value rhs) { return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::sle, lhs, rhs); }
  Value size(Value tensor, int64_t axis) {
    return getValueOrCreateConstantIndexOp(*this, getLoc(), tensor::getMixedSize(*this, getLoc(), tensor, axis));
  }
};

/// The interval of an affine expression over a box of positions. Exact where every position occurs once, else too wide.
class IntervalOf : public AffineExprVisitor<IntervalOf, Interval> {
public:
  IntervalOf(IndexBuilder &b, ArrayRef<Interval> positions) : b(b), positions(positions) {}

  Interval visitDimExpr(AffineDimExpr expr) { return positions[expr.getPosition()]; }
  Interval visitSymbolExpr(AffineSymbolExpr) { llvm_unreachable("verified: index maps have no symbols"); }
  Interval visitConstantExpr(AffineConstantExpr expr) {
    Value value = b.index(expr.getValue());
    return {value, value};
  }
  Interval visitAddExpr(AffineBinaryOpExpr expr) {
    Interval lhs = visit(expr.getLHS()), rhs = visit(expr.getRHS());
    return {b.add(lhs.from, rhs.from), b.add(lhs.to, rhs.to)};
  }
  Interval visitMulExpr(AffineBinaryOpExpr expr) {
    Interval lhs = visit(expr.getLHS());
    int64_t factor = cast<AffineConstantExpr>(expr.getRHS()).getValue();
    Value by = b.index(factor);
    Interval scaled{b.mul(lhs.from, by), b.mul(lhs.to, by)};
    return factor >= 0 ? scaled : Interval{scaled.to, scaled.from};
  }
  Interval visitModExpr(AffineBinaryOpExpr expr) {
    int64_t divisor = cast<AffineConstantExpr>(expr.getRHS()).getValue();
    return {b.index(0), b.index(divisor - 1)};
  }
  Interval visitFloorDivExpr(AffineBinaryOpExpr expr) {
    Interval lhs = visit(expr.getLHS());
    Value by = b.index(cast<AffineConstantExpr>(expr.getRHS()).getValue());
    return {b.createOrFold<arith::FloorDivSIOp>(lhs.from, by), b.createOrFold<arith::FloorDivSIOp>(lhs.to, by)};
  }
  Interval visitCeilDivExpr(AffineBinaryOpExpr expr) {
    Interval lhs = visit(expr.getLHS());
    Value by = b.index(cast<AffineConstantExpr>(expr.getRHS()).getValue());
    return {b.createOrFold<arith::CeilDivSIOp>(lhs.from, by), b.createOrFold<arith::CeilDivSIOp>(lhs.to, by)};
  }

private:
  IndexBuilder &b;
  ArrayRef<Interval> positions;
};

/// Emits the two checks of one index; `nothing` is true when no element is read at all.
void checkIndex(IndexBuilder &b, Interval index, Value size, Value nothing, const Twine &what) {
  auto require = [&](Value holds, const Twine &text, Value actual, Value bound) {
    Value condition = b.either(holds, nothing);
    if (!matchPattern(condition, m_One()))
      RequireOp::create(b, condition, b.getStringAttr(text), actual, bound);
  };
  require(b.lessEqual(b.index(0), index.from), "expects " + what + " to be at least", index.from, b.index(0));
  require(b.less(index.to, size), "expects " + what + " to be below", index.to, size);
}

} // namespace

namespace {

/// Tensors that an op reads by position.
struct ReadElements {
  StringRef kind;
  OperandRange tensors;
  ArrayAttr maps;
};

SmallVector<ReadElements> collectReads(ScoringOpInterface op) {
  PairRegion score = op.getScoreRegion();
  SmallVector<ReadElements> reads{{"mask symbol", op.getMaskSymbols(), op.getMaskMaps()},
                                  {"score input", score.inputs, score.maps}};
  if (auto attention = dyn_cast<AttentionOp>(op.getOperation())) {
    reads.push_back({"normalizer input", attention.getNormalizerInputs(), attention.getNormalizerMaps()});
    reads.push_back({"gain input", attention.getGainInputs(), attention.getGainMaps()});
  }
  return reads;
}

} // namespace

void attn::emitIndexChecks(OpBuilder &builder, ScoringOpInterface op) {
  SmallVector<ReadElements> reads = collectReads(op);
  if (llvm::all_of(reads, [](const ReadElements &read) { return read.tensors.empty(); }))
    return;
  IndexBuilder b(op->getLoc(), builder);
  Value nothing = arith::ConstantOp::create(b, b.getBoolAttr(false));
  SmallVector<Interval, 4> box;
  for (unsigned axis = 0; axis < 4; ++axis) {
    Value size = axis < 3 ? b.size(op.getQuery(), axis) : b.size(op.getKey(), 2);
    Value first = op.getOrigin().empty() ? b.index(0) : op.getOrigin()[axis];
    box.push_back({first, b.sub(b.add(first, size), b.index(1))});
    nothing = b.either(nothing, b.lessEqual(size, b.index(0)));
  }
  for (ReadElements read : reads)
    for (auto [number, tensor, map] : llvm::enumerate(read.tensors, read.maps.getAsValueRange<AffineMapAttr>()))
      for (auto [position, expr] : llvm::enumerate(map.getResults()))
        checkIndex(b, IntervalOf(b, box).visit(expr), b.size(tensor, position), nothing,
                   "index " + Twine(position) + " of " + read.kind + " " + Twine(number));
}
