// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A question is one statement, whose expression is first narrowed by the ranges of its inputs; where that leaves
// something to prove, a search for an example refutes most of what is wrong before the solver is asked.
#include "attn/Analysis/MaskProofs.h"
#include "attn/Analysis/PresburgerReading.h"
#include "mlir/Analysis/Presburger/Simplex.h"
#include "llvm/ADT/STLExtras.h"

using namespace attn;
using namespace mlir::presburger;
using Kind = IndexGraph::Kind;
using Masks = llvm::SmallVector<BoundMask>;

//===----------------------------------------------------------------------===//
// Scopes and bound masks
//===----------------------------------------------------------------------===//

MaskScope::MaskScope() { inputs.fill({0, IndexGraph::kLimit}); }

void MaskScope::setQueries(IndexRange count) {
  inputs[MaskInput::Queries] = count;
  inputs[MaskInput::QueryFirst] = {0, std::max<int64_t>(count.hi - 1, 0)};
}

void MaskScope::setKeys(IndexRange count) {
  inputs[MaskInput::Keys] = count;
  inputs[MaskInput::KeyFirst] = {0, std::max<int64_t>(count.hi - 1, 0)};
}

Masks attn::getMaskOperands(const BoundMask &mask) {
  llvm::ArrayRef<MaskAttrInterface> operands;
  if (auto conjunction = llvm::dyn_cast<AndAttr>(mask.mask))
    operands = conjunction.getOperands();
  else if (auto disjunction = llvm::dyn_cast<OrAttr>(mask.mask))
    operands = disjunction.getOperands();
  Masks result;
  if (auto negation = llvm::dyn_cast<NotAttr>(mask.mask))
    result.push_back({negation.getOperand(), mask.symbols});
  llvm::ArrayRef<unsigned> symbols = mask.symbols;
  for (MaskAttrInterface operand : operands) {
    unsigned count = operand.getNumSymbols();
    result.push_back({operand, llvm::SmallVector<unsigned, 2>(symbols.take_front(count))});
    symbols = symbols.drop_front(count);
  }
  return result;
}

std::string MaskProof::getText() const {
  static const llvm::StringLiteral names[] = {"structurally", "by intervals", "Presburger", "every score"};
  return (names[static_cast<unsigned>(method)] + (forAllSizes ? ", for all sizes" : ", for the op's sizes")).str();
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

/// One mask that is visible at the examples which refute a claim, and the numbers of its symbols.
struct MaskProver::Statement {
  Statement(llvm::ArrayRef<BoundMask> holds, llvm::ArrayRef<BoundMask> fails) {
    llvm::SmallVector<MaskAttrInterface> parts;
    for (const BoundMask &mask : holds)
      parts.push_back(mask.mask);
    for (const BoundMask &mask : fails)
      parts.push_back(NotAttr::get(mask.mask.getContext(), mask.mask));
    for (const BoundMask &part : llvm::concat<const BoundMask>(holds, fails))
      symbols.append(part.symbols);
    mask = AndAttr::get(parts.front().getContext(), parts);
  }

  Truth build(MaskBuilder &b) const { return mask.build(b); }

  AndAttr mask;
  llvm::SmallVector<unsigned> symbols;
};

/// Takes conjunctions that hold and disjunctions that fail apart; a negation changes sides.
static void takeApart(const BoundMask &mask, bool doesHold, Masks &holds, Masks &fails) {
  if (llvm::isa<NotAttr>(mask.mask))
    return takeApart(getMaskOperands(mask).front(), !doesHold, holds, fails);
  if (doesHold ? llvm::isa<AndAttr>(mask.mask) : llvm::isa<OrAttr>(mask.mask)) {
    for (const BoundMask &operand : getMaskOperands(mask))
      takeApart(operand, doesHold, holds, fails);
    return;
  }
  Masks &side = doesHold ? holds : fails;
  if (!llvm::is_contained(side, mask))
    side.push_back(mask);
}

/// Rebuilds an expression in a graph that knows more of the inputs, so that it folds further. `inputOf` says what an
/// input becomes.
static BoolExpr narrow(const IndexGraph &from, BoolExpr root, IndexGraph &to,
                       llvm::function_ref<IndexExpr(unsigned)> inputOf) {
  llvm::DenseMap<unsigned, unsigned> ids;
  for (unsigned id : from.getReachable(root.id)) {
    const IndexGraph::Node &node = from.getNodes()[id];
    IndexExpr a{ids.lookup(node.a)}, b{ids.lookup(node.b)};
    auto translate = [&]() -> unsigned {
      switch (node.kind) {
      case Kind::Input:
        return inputOf(node.value).id;
      case Kind::Constant:
        return to.constant(node.value).id;
      case Kind::Add:
        return to.add(a, b).id;
      case Kind::Sub:
        return to.sub(a, b).id;
      case Kind::Mul:
        return to.mul(a, node.value).id;
      case Kind::FloorDiv:
        return to.floorDiv(a, node.value).id;
      case Kind::Mod:
        return to.mod(a, node.value).id;
      case Kind::MulBy:
        return to.mul(a, b).id;
      case Kind::FloorDivBy:
        return to.floorDiv(a, b).id;
      case Kind::ModBy:
        return to.mod(a, b).id;
      case Kind::Min:
        return to.min(a, b).id;
      case Kind::Max:
        return to.max(a, b).id;
      case Kind::Select:
        return to.select({ids.lookup(node.c)}, a, b).id;
      case Kind::Truth:
        return to.truth(node.value != 0).id;
      case Kind::Ge:
        return to.ge(a, b).id;
      case Kind::Lt:
        return to.lt(a, b).id;
      case Kind::Eq:
        return to.eq(a, b).id;
      case Kind::Ne:
        return to.negate(to.eq(a, b)).id;
      case Kind::And:
        return to.conjunction({a.id}, {b.id}).id;
      case Kind::Or:
        return to.disjunction({a.id}, {b.id}).id;
      }
      llvm_unreachable("unknown kind of node");
    };
    ids[id] = translate();
  }
  return {ids.lookup(root.id)};
}

//===----------------------------------------------------------------------===//
// The solver
//===----------------------------------------------------------------------===//

/// More than these are not asked: the cost of a question grows with their product, and some about quotients of
/// quotients never end.
static constexpr unsigned kMaxDisjuncts = 16, kMaxQuotients = 4, kMaxDivisionDepth = 2;

/// How deep divisions nest.
static unsigned getDivisionDepth(const IndexGraph &graph, BoolExpr root) {
  llvm::DenseMap<unsigned, unsigned> depths;
  for (unsigned id : graph.getReachable(root.id)) {
    const IndexGraph::Node &node = graph.getNodes()[id];
    unsigned operands = IndexGraph::getNumOperands(node.kind), depth = 0;
    for (auto [number, operand] : llvm::enumerate(std::array{node.a, node.b, node.c}))
      if (number < operands)
        depth = std::max(depth, depths.lookup(operand));
    bool isDivision = llvm::is_contained({Kind::FloorDiv, Kind::Mod, Kind::FloorDivBy, Kind::ModBy}, node.kind);
    depths[id] = depth + isDivision;
  }
  return depths.lookup(root.id);
}

/// Whether there is no point at all, or no integer one for a reason that elimination finds. An exact answer about
/// integers would need a search that does not always end.
static bool isProvedEmpty(const IntegerRelation &part) {
  return part.isObviouslyEmpty() || Simplex(part).isEmpty() || part.isEmpty();
}

/// Positions, and the sizes below which they are.
static constexpr std::pair<unsigned, unsigned> kBelow[] = {{MaskInput::QueryFirst, MaskInput::Queries},
                                                           {MaskInput::KeyFirst, MaskInput::Keys}};

/// What is known of the inputs, of which `dims` says the dimensions: their ranges, and how they are related.
static void addScope(IntegerRelation &part, llvm::ArrayRef<unsigned> dims, const MaskScope &in) {
  for (auto [dim, input] : llvm::enumerate(dims)) {
    bool isSymbol = input >= MaskInput::kSymbols;
    IndexRange range = isSymbol ? in.symbols[(input - MaskInput::kSymbols) / 2] : in.inputs[input];
    if (range.lo != INT64_MIN)
      part.addBound(BoundType::LB, dim, range.lo);
    if (range.hi != INT64_MAX)
      part.addBound(BoundType::UB, dim, range.hi);
  }
  auto require = [&](unsigned less, unsigned more, int64_t constant, bool isEqual) {
    if (!llvm::is_contained(dims, less) || !llvm::is_contained(dims, more))
      return;
    llvm::SmallVector<int64_t> row(part.getNumCols(), 0);
    row[llvm::find(dims, less) - dims.begin()] = -1;
    row[llvm::find(dims, more) - dims.begin()] = 1;
    row.back() = constant;
    if (isEqual)
      part.addEquality(row);
    else
      part.addInequality(row);
  };
  for (auto [position, size] : kBelow)
    if (in.isWhole)
      require(position, size, -1, /*isEqual=*/false);
  if (in.isSquare)
    require(MaskInput::Queries, MaskInput::Keys, 0, /*isEqual=*/true);
}

bool MaskProver::proveByPresburger(const IndexGraph &graph, BoolExpr visible, const MaskScope &in) {
  if (getDivisionDepth(graph, visible) > kMaxDivisionDepth)
    return false;
  // Only what is read becomes a dimension, and the sizes above it.
  llvm::SmallVector<unsigned> dims;
  auto dimOf = [&](unsigned input) -> unsigned {
    auto found = llvm::find(dims, input);
    if (found == dims.end())
      return dims.push_back(input), dims.size() - 1;
    return found - dims.begin();
  };
  for (unsigned id : graph.getReachable(visible.id))
    if (const IndexGraph::Node &node = graph.getNodes()[id]; node.kind == Kind::Input)
      dimOf(node.value);
  for (auto [position, size] : kBelow)
    if (in.isWhole && llvm::is_contained(dims, position))
      dimOf(size);
  std::optional<PresburgerSet> set = readPresburger(graph, visible, dims.size(), dimOf, kMaxDisjuncts);
  if (!set)
    return false;
  for (IntegerRelation part : set->getAllDisjuncts()) {
    if (--solverBudget < 0)
      return false;
    addScope(part, dims, in);
    if (part.getNumLocalVars() > kMaxQuotients || !isProvedEmpty(part))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

/// What symbols may be worth in an example: symbol k gets value k modulo 2.
static constexpr int64_t kAssumedSymbols[][2] = {{17, 17}, {0, 0}, {0, 17}, {17, 0}};
/// Queries and keys of an example: few, where most masks differ, and many, for what begins far away.
static constexpr int64_t kAssumedSizes[] = {48, int64_t(1) << 18};

MaskProblem MaskProver::makeExample(const Statement &statement, int64_t size, llvm::ArrayRef<int64_t> symbols) const {
  auto choose = [](IndexRange range, int64_t wanted) { return std::clamp(wanted, range.lo, range.hi); };
  MaskProblem problem;
  problem.queries = choose(scope.inputs[MaskInput::Queries], size);
  problem.keys = choose(scope.inputs[MaskInput::Keys], scope.isSquare ? problem.queries : size);
  for (unsigned symbol : statement.symbols)
    problem.symbols.push_back(choose(scope.symbols[symbol], symbols[symbol % symbols.size()]));
  return problem;
}

/// Looks at one problem of all batches and heads.
ExampleSearch::Answer MaskProver::searchHeads(ExampleSearch &search, MaskProblem problem, int64_t steps) {
  IndexRange batches = scope.inputs[MaskInput::Batch], heads = scope.inputs[MaskInput::Head];
  steps = std::min(steps, searchBudget);
  int64_t left = steps;
  auto answer = ExampleSearch::Answer::NotFound;
  auto last = [&](IndexRange range) { return search.dependsOnHead() ? range.hi : range.lo; };
  auto goesOn = [&](int64_t at, IndexRange range) {
    return answer == ExampleSearch::Answer::NotFound && at <= last(range);
  };
  for (problem.batch = batches.lo; goesOn(problem.batch, batches); ++problem.batch)
    for (problem.head = heads.lo; goesOn(problem.head, heads); ++problem.head)
      answer = search.run(problem, left);
  searchBudget -= steps - left;
  return answer;
}

/// Looks at some problems of the scope, or at all of it when it is no more than one. An example refutes a claim, its
/// absence proves it where the search saw the whole scope.
ExampleSearch::Answer MaskProver::searchExample(const Statement &statement, const PointReading &point) {
  constexpr int64_t refuteSteps = 256, proveSteps = int64_t(1) << 13;
  using Answer = ExampleSearch::Answer;
  auto isOne = [](IndexRange range) { return range.lo == range.hi; };
  bool hasOneSize = isOne(scope.inputs[MaskInput::Queries]) && isOne(scope.inputs[MaskInput::Keys]);
  bool hasOneValue = llvm::all_of(statement.symbols, [&](unsigned symbol) { return isOne(scope.symbols[symbol]); });
  if (!scope.isWhole || scope.inputs[MaskInput::Queries].hi == 0 || scope.inputs[MaskInput::Keys].hi == 0)
    return Answer::Unknown;
  ExampleSearch search([&](MaskBuilder &b) { return statement.build(b); }, point, statement.symbols.size());
  if (hasOneSize && hasOneValue)
    return searchHeads(search, makeExample(statement, kAssumedSizes[0], kAssumedSymbols[0]), proveSteps);
  for (int64_t size : llvm::ArrayRef(kAssumedSizes).take_front(hasOneSize ? 1 : std::size(kAssumedSizes)))
    for (llvm::ArrayRef<int64_t> symbols : llvm::ArrayRef(kAssumedSymbols).take_front(hasOneValue ? 1 : 4))
      if (searchHeads(search, makeExample(statement, size, symbols), refuteSteps) == Answer::Found)
        return Answer::Found;
  return Answer::Unknown;
}

//===----------------------------------------------------------------------===//
// Proofs
//===----------------------------------------------------------------------===//

std::optional<ProofMethod> MaskProver::prove(const Statement &statement, const MaskScope &in, bool refute) {
  PointReading point = readPoint([&](MaskBuilder &b) { return statement.build(b); });
  IndexGraph graph;
  BoolExpr visible = narrow(point.graph, point.visible, graph, [&](unsigned input) {
    if (input < MaskInput::kSymbols)
      return graph.input(input, in.inputs[input]);
    unsigned symbol = statement.symbols[(input - MaskInput::kSymbols) / 2];
    return graph.input(MaskInput::symbolLow(symbol), in.symbols[symbol]);
  });
  std::optional<bool> known = graph.getConstant(visible);
  if (known == false)
    return ProofMethod::Intervals;
  using Answer = ExampleSearch::Answer;
  Answer found = known ? Answer::Found : refute ? searchExample(statement, point) : Answer::Unknown;
  if (found == Answer::Found) {
    isRefuted = true;
    return std::nullopt;
  }
  if (proveByPresburger(graph, visible, in))
    return ProofMethod::Presburger;
  return found == Answer::NotFound ? std::optional(ProofMethod::Exhaustive) : std::nullopt;
}

std::optional<MaskProof> MaskProver::proveNowhere(llvm::ArrayRef<BoundMask> holds, llvm::ArrayRef<BoundMask> fails) {
  isRefuted = false;
  Masks holding, failing;
  for (const BoundMask &mask : holds)
    takeApart(mask, /*doesHold=*/true, holding, failing);
  for (const BoundMask &mask : fails)
    takeApart(mask, /*doesHold=*/false, holding, failing);
  if (llvm::any_of(holding, [&](const BoundMask &mask) { return llvm::is_contained(failing, mask); }))
    return MaskProof{ProofMethod::Structural, /*forAllSizes=*/true};
  Statement statement(holding, failing);
  std::optional<ProofMethod> method = prove(statement, scope, /*refute=*/true);
  if (!method)
    return std::nullopt;
  MaskScope anything;
  anything.isWhole = scope.isWhole;
  anything.symbols.resize(scope.symbols.size());
  std::optional<ProofMethod> general = prove(statement, anything, /*refute=*/false);
  isRefuted = false;
  return MaskProof{general ? *general : *method, general.has_value()};
}
