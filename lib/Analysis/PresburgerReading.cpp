// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An integer expression becomes affine pieces, each with the conditions under which it applies; a boolean one becomes a
// disjunction of conjunctions. Quotients become local variables of the sets.
#include "attn/Analysis/PresburgerReading.h"

using namespace attn;
using namespace mlir::presburger;
using Kind = IndexGraph::Kind;

namespace {

/// Coefficients of the dimensions, of the quotients (those left out are 0), and a constant.
struct Row {
  std::vector<int64_t> coefficients;
  int64_t constant = 0;

  Row plus(const Row &other, int64_t factor) const {
    Row sum = *this;
    sum.coefficients.resize(std::max(coefficients.size(), other.coefficients.size()));
    for (size_t at = 0; at < other.coefficients.size(); ++at)
      sum.coefficients[at] += factor * other.coefficients[at];
    sum.constant += factor * other.constant;
    return sum;
  }
};

/// `row >= 0`, or `row == 0`.
struct Constraint {
  Row row;
  bool isEquality;
};
using Conjunction = std::vector<Constraint>;
using Disjunction = std::vector<Conjunction>;

/// A value that holds under conditions.
struct Piece {
  Conjunction conditions;
  Row row;
};

Conjunction join(const Conjunction &a, const Conjunction &b) {
  Conjunction result = a;
  result.insert(result.end(), b.begin(), b.end());
  return result;
}

class Translator {
public:
  Translator(const IndexGraph &graph, unsigned numDims, llvm::function_ref<unsigned(unsigned)> dimOf,
             unsigned maxDisjuncts)
      : graph(graph), numDims(numDims), dimOf(dimOf), maxDisjuncts(maxDisjuncts) {}

  std::optional<PresburgerSet> translate(BoolExpr expr) {
    Disjunction disjuncts = when(expr.id, /*holds=*/true);
    if (isTooLarge || !isAffine)
      return std::nullopt;
    PresburgerSpace space = PresburgerSpace::getSetSpace(numDims);
    PresburgerSet set = PresburgerSet::getEmpty(space);
    for (const Conjunction &conjunction : disjuncts)
      set.unionInPlace(makePolyhedron(conjunction, space));
    return set;
  }

private:
  /// floor(dividend / divisor), as coefficient `numDims + its number`.
  struct Quotient {
    Row dividend;
    int64_t divisor;
  };

  std::vector<Piece> valuesOf(unsigned id);
  std::vector<Piece> combineValues(const IndexGraph::Node &node);
  Disjunction when(unsigned id, bool holds);
  Disjunction compare(const IndexGraph::Node &node, bool holds);
  Row divide(const Row &dividend, int64_t divisor);
  IntegerPolyhedron makePolyhedron(const Conjunction &conjunction, const PresburgerSpace &space) const;
  /// Parts whose conditions contradict each other multiply with everything that follows: they are dropped where there
  /// are many.
  bool isPossible(const Conjunction &conjunction) const {
    return !makePolyhedron(conjunction, PresburgerSpace::getSetSpace(numDims)).isEmpty();
  }
  bool checkSize(size_t size) {
    isTooLarge |= size > maxDisjuncts;
    return !isTooLarge;
  }

  static constexpr size_t kFewParts = 8;

  const IndexGraph &graph;
  unsigned numDims;
  llvm::function_ref<unsigned(unsigned)> dimOf;
  size_t maxDisjuncts;
  bool isTooLarge = false, isAffine = true;
  std::vector<Quotient> quotients;
  llvm::DenseMap<unsigned, std::vector<Piece>> values;
};

Row Translator::divide(const Row &dividend, int64_t divisor) {
  Row row;
  row.coefficients.resize(numDims + quotients.size() + 1);
  row.coefficients.back() = 1;
  quotients.push_back({dividend, divisor});
  return row;
}

/// Add, Sub, Min, Max of all pairs of pieces.
std::vector<Piece> Translator::combineValues(const IndexGraph::Node &node) {
  std::vector<Piece> result;
  std::vector<Piece> lhs = valuesOf(node.a), rhs = valuesOf(node.b);
  if (!checkSize(2 * lhs.size() * rhs.size()))
    return {};
  for (const Piece &a : lhs)
    for (const Piece &b : rhs) {
      Conjunction both = join(a.conditions, b.conditions);
      if (node.kind == Kind::Add || node.kind == Kind::Sub) {
        result.push_back({both, a.row.plus(b.row, node.kind == Kind::Add ? 1 : -1)});
        continue;
      }
      Row aIsMore = a.row.plus(b.row, -1), bIsMore = b.row.plus(a.row, -1);
      bool isMax = node.kind == Kind::Max;
      result.push_back({join(both, {{isMax ? aIsMore : bIsMore, false}}), a.row});
      result.push_back({join(both, {{isMax ? bIsMore : aIsMore, false}}), b.row});
    }
  return result;
}

std::vector<Piece> Translator::valuesOf(unsigned id) {
  if (auto known = values.find(id); known != values.end())
    return known->second;
  const IndexGraph::Node &node = graph.getNodes()[id];
  std::vector<Piece> result;
  switch (node.kind) {
  case Kind::Input: {
    Row row;
    row.coefficients.resize(dimOf(node.value) + 1);
    row.coefficients.back() = 1;
    result.push_back({{}, row});
    break;
  }
  case Kind::Constant:
    result.push_back({{}, Row{{}, node.value}});
    break;
  case Kind::Select:
    for (bool holds : {true, false})
      for (const Conjunction &condition : when(node.c, holds))
        for (const Piece &piece : valuesOf(holds ? node.a : node.b))
          result.push_back({join(condition, piece.conditions), piece.row});
    break;
  case Kind::Mul:
  case Kind::FloorDiv:
  case Kind::Mod:
    for (const Piece &piece : valuesOf(node.a)) {
      if (node.kind == Kind::Mul) {
        result.push_back({piece.conditions, Row().plus(piece.row, node.value)});
        continue;
      }
      Row quotient = divide(piece.row, node.value);
      result.push_back(
          {piece.conditions, node.kind == Kind::FloorDiv ? quotient : piece.row.plus(quotient, -node.value)});
    }
    break;
  case Kind::MulBy:
  case Kind::FloorDivBy:
  case Kind::ModBy:
    isAffine = false;
    break;
  default:
    result = combineValues(node);
    break;
  }
  if (result.size() > kFewParts)
    llvm::erase_if(result, [&](const Piece &piece) { return !isPossible(piece.conditions); });
  checkSize(result.size());
  return values[id] = result;
}

Disjunction Translator::compare(const IndexGraph::Node &node, bool holds) {
  bool isEquality = node.kind == Kind::Eq || node.kind == Kind::Ne;
  bool isPositive = holds == (node.kind == Kind::Ge || node.kind == Kind::Eq);
  Disjunction result;
  for (const Piece &a : valuesOf(node.a))
    for (const Piece &b : valuesOf(node.b)) {
      Conjunction both = join(a.conditions, b.conditions);
      Row difference = a.row.plus(b.row, -1), reverse = b.row.plus(a.row, -1);
      if (isPositive) {
        result.push_back(join(both, {{difference, isEquality}}));
        continue;
      }
      --reverse.constant;
      result.push_back(join(both, {{reverse, false}}));
      --difference.constant;
      if (isEquality)
        result.push_back(join(both, {{difference, false}}));
    }
  return result;
}

/// When a boolean expression holds, or when it does not.
Disjunction Translator::when(unsigned id, bool holds) {
  const IndexGraph::Node &node = graph.getNodes()[id];
  if (node.kind == Kind::Truth)
    return (node.value != 0) == holds ? Disjunction{{}} : Disjunction{};
  if (node.kind != Kind::And && node.kind != Kind::Or)
    return compare(node, holds);
  Disjunction lhs = when(node.a, holds), rhs = when(node.b, holds), result;
  bool isConjunction = (node.kind == Kind::And) == holds;
  if (!checkSize(isConjunction ? lhs.size() * rhs.size() : lhs.size() + rhs.size()))
    return {};
  if (!isConjunction) {
    lhs.insert(lhs.end(), rhs.begin(), rhs.end());
    return lhs;
  }
  bool isLarge = lhs.size() * rhs.size() > kFewParts;
  for (const Conjunction &a : lhs)
    for (const Conjunction &b : rhs)
      if (Conjunction both = join(a, b); !isLarge || isPossible(both))
        result.push_back(std::move(both));
  return result;
}

/// Only the quotients that a set refers to become its local variables: each costs the solver dearly.
IntegerPolyhedron Translator::makePolyhedron(const Conjunction &conjunction, const PresburgerSpace &space) const {
  std::vector<bool> isUsed(quotients.size(), false);
  auto use = [&](const Row &row) {
    for (size_t at = numDims; at < row.coefficients.size(); ++at)
      if (row.coefficients[at] != 0)
        isUsed[at - numDims] = true;
  };
  for (const Constraint &constraint : conjunction)
    use(constraint.row);
  for (size_t number = quotients.size(); number-- > 0;)
    if (isUsed[number])
      use(quotients[number].dividend);

  IntegerPolyhedron polyhedron(space);
  std::vector<unsigned> columns(quotients.size(), 0);
  auto convert = [&](const Row &row) {
    llvm::SmallVector<int64_t> result(polyhedron.getNumCols(), 0);
    for (size_t at = 0; at < row.coefficients.size(); ++at)
      if (row.coefficients[at] != 0)
        result[at < numDims ? at : columns[at - numDims]] = row.coefficients[at];
    result.back() = row.constant;
    return result;
  };
  for (size_t number = 0; number < quotients.size(); ++number) {
    if (!isUsed[number])
      continue;
    columns[number] = polyhedron.getNumVars();
    polyhedron.addLocalFloorDiv(convert(quotients[number].dividend), quotients[number].divisor);
  }
  for (const Constraint &constraint : conjunction) {
    if (constraint.isEquality)
      polyhedron.addEquality(convert(constraint.row));
    else
      polyhedron.addInequality(convert(constraint.row));
  }
  return polyhedron;
}

} // namespace

std::optional<PresburgerSet> attn::readPresburger(const IndexGraph &graph, BoolExpr expr, unsigned numDims,
                                                  llvm::function_ref<unsigned(unsigned)> dimOf, unsigned maxDisjuncts) {
  return Translator(graph, numDims, dimOf, maxDisjuncts).translate(expr);
}
