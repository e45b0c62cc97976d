// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SplitUnions.h"
#include "attn/Analysis/MaskSimplifier.h"
#include "attn/Analysis/WalkCount.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace attn;

/// The tiles of one head that compiled code computes, of the op's sizes or of sizes at which unions matter.
static int64_t countTiles(const BoundMask &mask, const MaskScope &scope) {
  constexpr int64_t assumedSize = 4096;
  auto choose = [](IndexRange range, int64_t wanted) {
    return range.lo == range.hi ? std::min(range.lo, wanted) : std::clamp(wanted, range.lo, std::min(range.hi, wanted));
  };
  MaskProblem problem{scope.inputs[MaskInput::Batch].lo,
                      scope.inputs[MaskInput::Head].lo,
                      choose(scope.inputs[MaskInput::Queries], assumedSize),
                      choose(scope.inputs[MaskInput::Keys], assumedSize),
                      {}};
  for (unsigned symbol : mask.symbols)
    problem.symbols.push_back(choose(scope.symbols[symbol], assumedSize));
  MaskCounter counter([&](MaskBuilder &b) { return mask.mask.build(b); }, problem);
  MaskCounter *heads[] = {&counter};
  ScheduleAttr walk = getStripWalk(mask.mask.getContext());
  return countStripWalk(heads, {0, problem.queries, 0, problem.keys}, walk).getDone();
}

static BoundMask makeConjunction(ArrayRef<BoundMask> parts) {
  SmallVector<MaskAttrInterface> masks;
  BoundMask result;
  for (const BoundMask &part : parts) {
    masks.push_back(part.mask);
    result.symbols.append(part.symbols);
  }
  result.mask = masks.size() == 1 ? masks.front() : AndAttr::get(masks.front().getContext(), masks);
  return result;
}

/// The rest of a union, as one mask.
static BoundMask makeRest(ArrayRef<BoundMask> parts) {
  BoundMask result = makeConjunction(parts);
  if (parts.size() > 1)
    result.mask = OrAttr::get(result.mask.getContext(), cast<AndAttr>(result.mask).getOperands());
  return result;
}

std::optional<SplitMask> attn::planSplit(AttentionOp op, const BoundMask &mask, const MaskScope &scope) {
  // What is merged are softmaxes, by their log-sum-exps, and outputs that are not rounded before. Of a slice nobody
  // knows what to count. A score region may make every score the least number: beside it a log-sum-exp does not tell
  // the number of keys.
  bool isRounded = getElementTypeOrSelf(op.getOutput().getType()) != op.getScoreType();
  bool isSoftmax = op.getNormalizer() == SoftmaxAttr::get(op.getContext(), /*sink=*/false);
  if (!isSoftmax || op.hasScore() || isRounded || !scope.isWhole)
    return std::nullopt;
  SmallVector<BoundMask> common, parts;
  if (isa<OrAttr>(mask.mask))
    parts = getMaskOperands(mask);
  else if (isa<AndAttr>(mask.mask))
    for (const BoundMask &part : getMaskOperands(mask)) {
      if (isa<OrAttr>(part.mask) && parts.empty())
        parts = getMaskOperands(part);
      else
        common.push_back(part);
    }
  if (parts.size() < 2)
    return std::nullopt;
  BoundMask first = parts.front(), rest = makeRest(ArrayRef(parts).drop_front());
  SmallVector<BoundMask> ofFirst(common), ofSecond(common);
  ofFirst.push_back(first);
  ofSecond.push_back(rest);
  SmallVector<BoundMask> shared(common);
  shared.append({first, rest});
  if (!MaskProver(scope).proveNowhere(shared, {}))
    ofSecond.push_back({NotAttr::get(op.getContext(), first.mask), first.symbols});
  SplitMask split{makeConjunction(ofFirst), makeConjunction(ofSecond), {}};
  split.cost = {countTiles(mask, scope), countTiles(split.first, scope), countTiles(split.second, scope)};
  return split;
}

/// The op again, with a mask of its own and a log-sum-exp.
static AttentionOp cloneWithMask(OpBuilder &b, AttentionOp op, const OpMask &symbols, const BoundMask &mask) {
  auto output = cast<RankedTensorType>(op.getOutput().getType());
  auto lse = RankedTensorType::get(output.getShape().drop_back(), op.getScoreType());
  OperationState state(op.getLoc(), op->getName(), op->getOperands(), {output, lse}, op->getAttrs());
  for (Region &region : op->getRegions()) {
    IRMapping mapping;
    region.cloneInto(state.addRegion(), mapping);
  }
  auto clone = cast<AttentionOp>(b.create(state));
  setMask(clone, symbols, mask);
  return clone;
}

void attn::splitAttention(AttentionOp op, const SplitMask &split, const OpMask &symbols) {
  OpBuilder b(op);
  AttentionOp first = cloneWithMask(b, op, symbols, split.first), second = cloneWithMask(b, op, symbols, split.second);
  auto merge =
      MergeOp::create(b, op.getLoc(), op.getOutput().getType(), first.getLse().getType(),
                      ValueRange{first.getOutput(), second.getOutput()}, ValueRange{first.getLse(), second.getLse()});
  op->replaceAllUsesWith(merge->getResults().take_front(op->getNumResults()));
  op.erase();
}
