// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One rule does most of the work: a part of a mask matters only where its surroundings leave the answer open. There it
// may be shown to hold everywhere or nowhere, and goes.
#include "attn/Analysis/MaskSimplifier.h"
#include "attn/Analysis/WalkCount.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace attn;
using Kind = SimplifiedMask::Kind;
using Masks = llvm::SmallVector<BoundMask>;

namespace {

/// Where a part matters: where all of `holds` hold and none of `fails`.
struct Surroundings {
  Masks holds, fails;

  size_t size() const { return holds.size() + fails.size(); }
  /// Number `index` of them alone.
  Surroundings only(size_t index) const {
    if (index < holds.size())
      return {{holds[index]}, {}};
    return {{}, {fails[index - holds.size()]}};
  }
};

struct Result {
  Kind kind = Kind::Some;
  BoundMask mask;

  static Result constant(bool value) { return {value ? Kind::Everything : Kind::Nothing, {}}; }
  static Result some(BoundMask mask) { return {Kind::Some, std::move(mask)}; }
};

std::string textOf(const BoundMask &mask) {
  std::string text;
  llvm::raw_string_ostream(text) << mask.mask;
  return text;
}

std::string listOf(const Masks &masks, llvm::StringRef separator) {
  return llvm::join(llvm::map_range(masks, textOf), separator);
}

Masks with(Masks masks, const BoundMask &more) {
  masks.push_back(more);
  return masks;
}

bool isConnective(const BoundMask &mask) { return llvm::isa<AndAttr, OrAttr>(mask.mask); }

class Simplifier {
public:
  explicit Simplifier(const MaskScope &scope) : prover(scope) {}

  Result simplify(const BoundMask &mask, const Surroundings &around);
  std::vector<std::string> steps;

private:
  Result simplifyNot(const BoundMask &mask, const Surroundings &around);
  Result simplifyList(const BoundMask &mask, const Surroundings &around);
  std::optional<bool> settleParts(Masks &parts, bool isAll, const Surroundings &around);
  std::optional<Result> judge(const BoundMask &mask, const Surroundings &around);
  std::optional<Result> judgeBy(const BoundMask &mask, const Surroundings &reason, bool isTrue);
  std::optional<MaskProof> prove(const BoundMask &mask, const Surroundings &reason, bool isTrue);
  bool costsTiles(const Masks &rest, const BoundMask &without);
  void flatten(const BoundMask &mask, bool isAll, Masks &parts);
  void mergeBands(Masks &parts);
  void note(std::string text, ProofMethod method = ProofMethod::Structural, bool forAllSizes = true) {
    steps.push_back(std::move(text) + " (" + MaskProof{method, forAllSizes}.getText() + ")");
  }

  MaskProver prover;
};

//===----------------------------------------------------------------------===//
// Judgements
//===----------------------------------------------------------------------===//

std::optional<MaskProof> Simplifier::prove(const BoundMask &mask, const Surroundings &reason, bool isTrue) {
  return isTrue ? prover.proveNowhere(reason.holds, with(reason.fails, mask))
                : prover.proveNowhere(with(reason.holds, mask), reason.fails);
}

/// The sentence that explains a judgement.
std::string explain(const BoundMask &mask, const Surroundings &reason, bool isTrue) {
  std::string subject = textOf(mask);
  if (reason.size() == 0)
    return subject + (isTrue ? " holds everywhere" : " holds nowhere");
  if (reason.fails.empty())
    return subject + (isTrue ? " is implied by " : " contradicts ") + listOf(reason.holds, " and ");
  std::string others = listOf(reason.fails, " or ");
  if (!reason.holds.empty())
    return subject + (isTrue ? " adds nothing to " : " shows nothing beside ") + others + " within " +
           listOf(reason.holds, " and ");
  return subject + (isTrue ? " holds wherever not " : " is implied by ") + others;
}

std::optional<Result> Simplifier::judgeBy(const BoundMask &mask, const Surroundings &reason, bool isTrue) {
  std::optional<MaskProof> proof = prove(mask, reason, isTrue);
  if (!proof)
    return std::nullopt;
  note(explain(mask, reason, isTrue), proof->method, proof->forAllSizes);
  return Result::constant(isTrue);
}

/// Whether a mask holds everywhere or nowhere in its surroundings. What all of them do not prove a part of them proves
/// only where the whole was too large to ask; what all prove is said with the least that does.
std::optional<Result> Simplifier::judge(const BoundMask &mask, const Surroundings &around) {
  constexpr size_t small = 3, large = 16;
  for (bool isTrue : {true, false}) {
    bool isProved = prove(mask, around, isTrue).has_value();
    if (!isProved && (prover.wasRefuted() || around.size() < small || around.size() > large))
      continue;
    if (std::optional<Result> result = around.size() == 0 ? std::nullopt : judgeBy(mask, {}, isTrue))
      return result;
    for (size_t index = 0; around.size() > 1 && index < around.size(); ++index)
      if (std::optional<Result> result = judgeBy(mask, around.only(index), isTrue))
        return result;
    if (isProved)
      return judgeBy(mask, around, isTrue);
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Rewrites
//===----------------------------------------------------------------------===//

Result Simplifier::simplify(const BoundMask &mask, const Surroundings &around) {
  if (std::optional<Result> result = judge(mask, around))
    return *result;
  if (llvm::isa<NotAttr>(mask.mask))
    return simplifyNot(mask, around);
  return isConnective(mask) ? simplifyList(mask, around) : Result::some(mask);
}

/// A negation moves into a connective where that makes no more negations: where at least half of the operands have one
/// to cancel.
Result Simplifier::simplifyNot(const BoundMask &mask, const Surroundings &around) {
  BoundMask operand = getMaskOperands(mask).front();
  auto isNot = [](const BoundMask &part) { return llvm::isa<NotAttr>(part.mask); };
  if (isNot(operand)) {
    note("two negations of " + textOf(getMaskOperands(operand).front()) + " cancel");
    return simplify(getMaskOperands(operand).front(), around);
  }
  if (isConnective(operand)) {
    Masks parts = getMaskOperands(operand);
    if (2 * llvm::count_if(parts, isNot) >= static_cast<int64_t>(parts.size())) {
      note("the negation of " + textOf(operand) + " moves inside");
      llvm::SmallVector<MaskAttrInterface> negated;
      for (const BoundMask &part : parts)
        negated.push_back(isNot(part) ? getMaskOperands(part).front().mask
                                      : NotAttr::get(part.mask.getContext(), part.mask));
      mlir::MLIRContext *context = operand.mask.getContext();
      MaskAttrInterface pushed = llvm::isa<AndAttr>(operand.mask) ? MaskAttrInterface(OrAttr::get(context, negated))
                                                                  : AndAttr::get(context, negated);
      return simplify({pushed, mask.symbols}, around);
    }
  }
  Result inner = simplify(operand, around);
  if (inner.kind != Kind::Some)
    return Result::constant(inner.kind == Kind::Nothing);
  return Result::some({NotAttr::get(inner.mask.mask.getContext(), inner.mask.mask), inner.mask.symbols});
}

/// The operands of nested connectives of one kind, each once.
void Simplifier::flatten(const BoundMask &mask, bool isAll, Masks &parts) {
  for (const BoundMask &part : getMaskOperands(mask)) {
    bool isNested = isAll ? llvm::isa<AndAttr>(part.mask) : llvm::isa<OrAttr>(part.mask);
    if (isNested) {
      note(textOf(part) + " joins the list around it");
      flatten(part, isAll, parts);
    } else if (llvm::is_contained(parts, part)) {
      note(textOf(part) + " is repeated");
    } else {
      parts.push_back(part);
    }
  }
}

/// `causal` ends a window on its right, and of two windows the narrower side of each counts. Where one of the two is
/// implied it is gone before.
void Simplifier::mergeBands(Masks &parts) {
  auto asWindow = [](const BoundMask &part) -> WindowAttr {
    if (auto window = llvm::dyn_cast<WindowAttr>(part.mask))
      return window;
    auto causal = llvm::dyn_cast<CausalAttr>(part.mask);
    if (!causal || causal.getBottomRight() || causal.getOffset() < 0)
      return {};
    return WindowAttr::get(part.mask.getContext(), kMaskLimit, causal.getOffset());
  };
  for (size_t first = 0; first < parts.size(); ++first)
    for (size_t second = first + 1; second < parts.size();) {
      WindowAttr a = asWindow(parts[first]), b = asWindow(parts[second]);
      bool isBand = a && b && (llvm::isa<WindowAttr>(parts[first].mask) || llvm::isa<WindowAttr>(parts[second].mask));
      if (!isBand) {
        ++second;
        continue;
      }
      BoundMask merged{
          WindowAttr::get(a.getContext(), std::min(a.getLeft(), b.getLeft()), std::min(a.getRight(), b.getRight())),
          {}};
      note(textOf(parts[first]) + " and " + textOf(parts[second]) + " are " + textOf(merged));
      parts[first] = merged;
      parts.erase(parts.begin() + second);
    }
}

/// The tiles that compiled code would compute of a problem like those of the scope.
static int64_t countTiles(const Masks &parts, const MaskScope &scope) {
  constexpr int64_t size = 256, symbol = 100;
  auto choose = [](IndexRange range, int64_t wanted) { return std::clamp(wanted, range.lo, range.hi); };
  auto smaller = [&](unsigned input) { return std::min(choose(scope.inputs[input], size), 2 * size); };
  MaskProblem problem{scope.inputs[MaskInput::Batch].lo,
                      scope.inputs[MaskInput::Head].lo,
                      smaller(MaskInput::Queries),
                      smaller(MaskInput::Keys),
                      {}};
  llvm::SmallVector<MaskAttrInterface> operands;
  for (const BoundMask &part : parts) {
    operands.push_back(part.mask);
    for (unsigned number : part.symbols)
      problem.symbols.push_back(choose(scope.symbols[number], symbol));
  }
  auto whole = AndAttr::get(operands.front().getContext(), operands);
  MaskCounter counter([&](MaskBuilder &b) { return whole.build(b); }, problem);
  MaskCounter *heads[] = {&counter};
  return countStripWalk(heads, {0, problem.queries, 0, problem.keys}, getStripWalk(whole.getContext())).getDone();
}

/// Whether a conjunct that is implied is worth its words: its bounds or its empty tiles are easier to see than those of
/// what implies it.
bool Simplifier::costsTiles(const Masks &rest, const BoundMask &without) {
  const MaskScope &scope = prover.getScope();
  return !rest.empty() && countTiles(rest, scope) > countTiles(with(rest, without), scope);
}

/// Simplifies each part where the others leave the answer open. Each step keeps the whole, so that the next may rely on
/// what is left. The answer of the whole where one part decides it.
std::optional<bool> Simplifier::settleParts(Masks &parts, bool isAll, const Surroundings &around) {
  // Of two that say the same, the one with a name stays.
  llvm::SmallVector<std::pair<unsigned, size_t>> order;
  for (auto [index, part] : llvm::enumerate(parts)) {
    unsigned rank = llvm::isa<SetAttr>(part.mask) ? 0 : isConnective(part) || llvm::isa<NotAttr>(part.mask) ? 1 : 2;
    order.push_back({rank, index});
  }
  llvm::sort(order);
  llvm::SmallDenseSet<size_t> gone;
  auto others = [&](size_t index) {
    Masks rest;
    for (auto [other, part] : llvm::enumerate(parts))
      if (other != index && !gone.contains(other))
        rest.push_back(part);
    return rest;
  };
  for (auto [rank, index] : order) {
    Surroundings local = around;
    (isAll ? local.holds : local.fails).append(others(index));
    size_t known = steps.size();
    Result result = simplify(parts[index], local);
    if (result.kind == Kind::Some)
      parts[index] = result.mask;
    else if ((result.kind == Kind::Everything) != isAll)
      return !isAll;
    else if (isAll && costsTiles(others(index), parts[index]))
      steps.resize(known);
    else
      gone.insert(index);
  }
  parts = others(parts.size());
  return parts.empty() ? std::optional(isAll) : std::nullopt;
}

Result Simplifier::simplifyList(const BoundMask &mask, const Surroundings &around) {
  bool isAll = llvm::isa<AndAttr>(mask.mask);
  Masks parts;
  flatten(mask, isAll, parts);
  if (getMaskOperands(mask).size() == 1)
    note(textOf(mask) + " is its only part");
  if (std::optional<bool> answer = settleParts(parts, isAll, around))
    return Result::constant(*answer);
  if (isAll)
    mergeBands(parts);
  if (parts.size() == 1)
    return Result::some(parts.front());
  llvm::SmallVector<MaskAttrInterface> operands;
  BoundMask whole;
  for (const BoundMask &part : parts) {
    operands.push_back(part.mask);
    whole.symbols.append(part.symbols);
  }
  mlir::MLIRContext *context = mask.mask.getContext();
  whole.mask =
      isAll ? MaskAttrInterface(AndAttr::get(context, operands)) : MaskAttrInterface(OrAttr::get(context, operands));
  return Result::some(whole);
}

/// The number of masks of which one consists, itself included, counted no further than the limit.
unsigned countParts(const BoundMask &mask) {
  unsigned count = 1;
  for (const BoundMask &operand : getMaskOperands(mask)) {
    count += countParts(operand);
    if (count > kMaxSimplifiedParts)
      break;
  }
  return count;
}

} // namespace

ScheduleAttr attn::getStripWalk(mlir::MLIRContext *context) {
  constexpr int64_t strip = 14, panel = 32, lanes = 16;
  return ScheduleAttr::get(context, strip, panel, strip, panel, lanes, /*split=*/0, /*columns=*/0,
                           mlir::DenseI64ArrayAttr());
}

SimplifiedMask attn::simplifyMask(const BoundMask &mask, const MaskScope &scope) {
  SimplifiedMask result{Kind::Some, mask, {}};
  // Behind positions that readings compute with there is nothing to be known.
  bool isReadable = llvm::all_of(scope.inputs, [](IndexRange range) { return range.hi <= IndexGraph::kLimit; });
  if (countParts(mask) > kMaxSimplifiedParts || !isReadable)
    return result;
  Simplifier simplifier(scope);
  // A part that went may be what kept another.
  constexpr unsigned rounds = 8;
  bool isChanged = true;
  for (unsigned round = 0; round < rounds && isChanged && result.kind == Kind::Some; ++round) {
    Result next = simplifier.simplify(result.mask, {});
    isChanged = next.kind != Kind::Some || !(next.mask == result.mask);
    result.kind = next.kind;
    result.mask = next.mask;
  }
  result.steps = std::move(simplifier.steps);
  return result;
}
