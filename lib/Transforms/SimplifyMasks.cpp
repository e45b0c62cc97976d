// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-simplify-masks: what lib/Analysis proves of masks, done to the ops that have them.
#include "MaskScopes.h"
#include "RaiseMasks.h"
#include "SplitUnions.h"
#include "attn/Analysis/MaskSimplifier.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringExtras.h"
#include <limits>
#include <map>

namespace attn {
#define GEN_PASS_DEF_SIMPLIFYMASKSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

using namespace mlir;
using namespace attn;

namespace {

/// The layers of a model have one mask: what was found out for one of them holds for the next. All that an answer
/// depends on, as numbers.
class Answers {
public:
  const SimplifiedMask &get(const BoundMask &mask, const MaskScope &scope) {
    std::vector<int64_t> key{scope.isWhole, scope.isSquare};
    for (IndexRange range : llvm::concat<const IndexRange>(scope.inputs, scope.symbols))
      key.insert(key.end(), {range.lo, range.hi});
    key.insert(key.end(), mask.symbols.begin(), mask.symbols.end());
    auto [entry, isNew] = known.try_emplace({mask.mask.getAsOpaquePointer(), std::move(key)});
    if (isNew)
      entry->second = simplifyMask(mask, scope);
    return entry->second;
  }

private:
  std::map<std::pair<const void *, std::vector<int64_t>>, SimplifiedMask> known;
};

std::string textOf(MaskAttrInterface mask) {
  std::string text;
  llvm::raw_string_ostream(text) << mask;
  return text;
}

/// A tensor of one value, of the size of a result.
Value makeFilled(OpBuilder &b, OpResult result, ArrayRef<OpFoldResult> shape, double value) {
  Type element = getElementTypeOrSelf(result.getType());
  Location loc = result.getLoc();
  Value scalar = arith::ConstantOp::create(b, loc, b.getFloatAttr(element, value));
  Value empty = tensor::EmptyOp::create(b, loc, shape, element);
  return linalg::FillOp::create(b, loc, scalar, empty).getResult(0);
}

/// Whether a query that sees no key has an output of 0 and a log-sum-exp of -inf: what a sink does to a log-sum-exp
/// only the normaliser knows.
bool isKnownWithoutKeys(ScoringOpInterface op) {
  auto attention = dyn_cast<AttentionOp>(*op);
  return !attention || !attention.getLse() || attention.getNormalizer().getNumInputs() == 0;
}

/// Outputs and sums of no score are 0, the greatest of none and log-sum-exps are -inf.
double getResultWithoutKeys(OpResult result) {
  auto attention = dyn_cast<AttentionOp>(result.getOwner());
  auto reduction = dyn_cast<ScoreReduceOp>(result.getOwner());
  bool isZero = attention ? result == attention.getOutput() : reduction.getReduction() == Reduction::Sum;
  return isZero ? 0.0 : -std::numeric_limits<double>::infinity();
}

void replaceByNothing(ScoringOpInterface op) {
  OpBuilder b(op);
  ReifiedRankedShapedTypeDims shapes;
  if (failed(cast<ReifyRankedShapedTypeOpInterface>(*op).reifyResultShapes(b, shapes)))
    return;
  SmallVector<Value> results;
  for (auto [result, shape] : llvm::zip(op->getResults(), shapes))
    results.push_back(makeFilled(b, result, shape, getResultWithoutKeys(result)));
  op->replaceAllUsesWith(results);
  op.erase();
}

/// Whether a schedule was given that lies on the grid of the mask.
bool hasBox(ScoringOpInterface op) {
  ScheduleAttr schedule = op.getScheduleAttr();
  return schedule && schedule.hasBox();
}

struct SimplifyMasks : attn::impl::SimplifyMasksPassBase<SimplifyMasks> {
  using SimplifyMasksPassBase::SimplifyMasksPassBase;

  void runOnOperation() override {
    getOperation().walk([&](func::FuncOp func) {
      SmallVector<ScoringOpInterface> ops;
      func.walk([&](ScoringOpInterface op) { ops.push_back(op); });
      if (ops.empty())
        return;
      MaskScopes scopes(func);
      for (ScoringOpInterface op : ops)
        if (!hasBox(op))
          simplify(op, scopes);
      if (!splitUnions)
        return;
      SmallVector<AttentionOp> masked;
      func.walk([&](AttentionOp op) {
        if (op.getMaskAttr() && !hasBox(op))
          masked.push_back(op);
      });
      for (AttentionOp op : masked)
        split(op, scopes);
    });
  }

  void reportMissed(ScoringOpInterface op, StringRef what) {
    if (remarks && !raiser.missed.empty())
      op.emitRemark() << what << " stays: " << raiser.missed;
  }

  void split(AttentionOp op, MaskScopes &scopes) {
    OpMask mask(op);
    std::optional<SplitMask> parts = planSplit(op, mask.bound, scopes.getScope(op, mask));
    if (!parts)
      return;
    bool isSplit = parts->cost.isWorthSplitting();
    if (remarks)
      op.emitRemark() << "union " << (isSplit ? "split" : "kept") << ": " << parts->first.mask << " and "
                      << parts->second.mask << " compute " << parts->cost.first << " + " << parts->cost.second
                      << " tiles, both together " << parts->cost.whole;
    if (!isSplit)
      return;
    splitAttention(op, *parts, mask);
    ++numSplit;
  }

  void simplify(ScoringOpInterface op, MaskScopes &scopes) {
    std::vector<std::string> steps;
    MaskAttrInterface original = op.getMaskAttr();
    if (auto attention = dyn_cast<AttentionOp>(*op)) {
      raiser.raiseBias(attention, steps);
      reportMissed(op, "a constant bias");
    }
    if (!op.getMaskAttr())
      return;
    OpMask mask(op);
    BoundMask before = mask.bound;
    raiser.raiseDense(op, mask, steps);
    reportMissed(op, "a constant dense mask");
    const SimplifiedMask &answer = answers.get(mask.bound, scopes.getScope(op, mask));
    bool isNothing = answer.kind == SimplifiedMask::Kind::Nothing;
    bool isSame = answer.kind == SimplifiedMask::Kind::Some && answer.mask == before;
    if (isSame && steps.empty())
      return;
    llvm::append_range(steps, answer.steps);
    // Where the op has to keep its mask, what its constants say is still worth having.
    BoundMask result = isNothing && !isKnownWithoutKeys(op) ? mask.bound : answer.mask;
    isNothing &= isKnownWithoutKeys(op);
    if (result == before && op.getMaskAttr() == original && !isNothing)
      return;
    if (remarks)
      op.emitRemark() << "mask simplified from " << (original ? textOf(original) : "none") << " to "
                      << (isNothing     ? "no key"
                          : result.mask ? textOf(result.mask)
                                        : "all keys")
                      << ": " << llvm::join(steps, "; ");
    if (isNothing)
      replaceByNothing(op);
    else
      setMask(op, mask, result);
    ++numSimplified;
  }

  MaskRaiser raiser;
  Answers answers;
};

} // namespace
