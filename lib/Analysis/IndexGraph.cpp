// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folding of index graphs.
#include "attn/Analysis/IndexGraph.h"
#include "WrappingArithmetic.h"
#include <algorithm>
#include <cassert>

using namespace attn;
using Kind = IndexGraph::Kind;

static bool isUnknown(IndexRange range) { return range.lo == INT64_MIN || range.hi == INT64_MAX; }

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

unsigned IndexGraph::getNumOperands(Kind kind) {
  switch (kind) {
  case Kind::Input:
  case Kind::Constant:
  case Kind::Truth:
    return 0;
  case Kind::Mul:
  case Kind::FloorDiv:
  case Kind::Mod:
    return 1;
  case Kind::Select:
    return 3;
  default:
    return 2;
  }
}

/// Ranges suppose that nothing overflows, which kLimit grants to every expression of known range; an end that does not
/// fit becomes unknown.
IndexRange IndexGraph::rangeOf(const Node &node) const {
  auto rangeAt = [&](unsigned id) { return id < nodes.size() ? nodes[id].range : IndexRange(); };
  IndexRange a = rangeAt(node.a), b = rangeAt(node.b);
  IndexRange result;
  auto bothKnown = [&] { return !isUnknown(a) && !isUnknown(b); };
  switch (node.kind) {
  case Kind::Add:
    if (!bothKnown() || llvm::AddOverflow(a.lo, b.lo, result.lo) || llvm::AddOverflow(a.hi, b.hi, result.hi))
      return {};
    return result;
  case Kind::Sub:
    if (!bothKnown() || llvm::SubOverflow(a.lo, b.hi, result.lo) || llvm::SubOverflow(a.hi, b.lo, result.hi))
      return {};
    return result;
  case Kind::Mul:
    if (isUnknown(a) || llvm::MulOverflow(a.lo, node.value, result.lo) ||
        llvm::MulOverflow(a.hi, node.value, result.hi))
      return {};
    return {std::min(result.lo, result.hi), std::max(result.lo, result.hi)};
  case Kind::FloorDiv:
    return isUnknown(a) ? IndexRange() : IndexRange{floorDivOf(a.lo, node.value), floorDivOf(a.hi, node.value)};
  case Kind::Mod:
    return {0, node.value - 1};
  case Kind::MulBy:
    // Products of extents and of quotients by them: nothing else multiplies by what is not known.
    if (!bothKnown() || a.lo < 0 || b.lo < 0 || llvm::MulOverflow(a.lo, b.lo, result.lo) ||
        llvm::MulOverflow(a.hi, b.hi, result.hi))
      return {};
    return result;
  case Kind::FloorDivBy:
    return isUnknown(a) ? IndexRange() : IndexRange{std::min<int64_t>(a.lo, 0), std::max<int64_t>(a.hi, 0)};
  case Kind::ModBy:
    return {0, b.hi - 1};
  case Kind::Min:
    return {std::min(a.lo, b.lo), std::min(a.hi, b.hi)};
  case Kind::Max:
    return {std::max(a.lo, b.lo), std::max(a.hi, b.hi)};
  case Kind::Select:
    return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
  default:
    return {0, 1};
  }
}

unsigned IndexGraph::append(Node node) {
  Key key{static_cast<unsigned>(node.kind), node.a, node.b, node.c, node.value};
  auto [entry, isNew] = numbers.try_emplace(key, nodes.size());
  if (isNew) {
    if (node.kind == Kind::Constant || node.kind == Kind::Truth)
      node.range = {node.value, node.value};
    else if (node.kind != Kind::Input)
      node.range = rangeOf(node);
    nodes.push_back(node);
  }
  return entry->second;
}

IndexExpr IndexGraph::input(unsigned number, IndexRange range) {
  Node node{Kind::Input};
  node.value = number;
  node.range = range;
  return index(node);
}

IndexExpr IndexGraph::constant(int64_t value) {
  Node node{Kind::Constant};
  node.value = value;
  return index(node);
}

BoolExpr IndexGraph::truth(bool value) {
  Node node{Kind::Truth};
  node.value = value;
  return boolean(node);
}

std::optional<int64_t> IndexGraph::getConstant(IndexExpr expr) const {
  const Node &node = nodes[expr.id];
  return node.kind == Kind::Constant ? std::optional<int64_t>(node.value) : std::nullopt;
}

std::optional<bool> IndexGraph::getConstant(BoolExpr expr) const {
  const Node &node = nodes[expr.id];
  return node.kind == Kind::Truth ? std::optional<bool>(node.value != 0) : std::nullopt;
}

llvm::SmallVector<unsigned> IndexGraph::getReachable(llvm::ArrayRef<unsigned> roots) const {
  llvm::SmallVector<bool> wanted(nodes.size(), false);
  for (unsigned root : roots)
    wanted[root] = true;
  llvm::SmallVector<unsigned> order;
  for (unsigned id = nodes.size(); id-- > 0;) {
    if (!wanted[id])
      continue;
    order.push_back(id);
    unsigned operands = getNumOperands(nodes[id].kind);
    if (operands > 0)
      wanted[nodes[id].a] = true;
    if (operands > 1)
      wanted[nodes[id].b] = true;
    if (operands > 2)
      wanted[nodes[id].c] = true;
  }
  std::reverse(order.begin(), order.end());
  return order;
}

bool IndexGraph::reads(llvm::ArrayRef<unsigned> roots, int64_t input) const {
  return llvm::any_of(getReachable(roots),
                      [&](unsigned id) { return nodes[id].kind == Kind::Input && nodes[id].value == input; });
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

IndexGraph::Sum IndexGraph::split(IndexExpr expr) {
  // A copy: making the constant moves the nodes.
  Node node = nodes[expr.id];
  if (node.kind == Kind::Constant)
    return {constant(0), node.value};
  if (node.kind == Kind::Add && nodes[node.b].kind == Kind::Constant)
    return {{node.a}, nodes[node.b].value};
  return {expr, 0};
}

/// `expr + offset`, where `expr` is no sum with a constant itself.
IndexExpr IndexGraph::shift(IndexExpr expr, int64_t offset) {
  if (offset == 0)
    return expr;
  if (std::optional<int64_t> value = getConstant(expr))
    return constant(wrapAdd(*value, offset));
  IndexExpr rhs = constant(offset);
  return index({Kind::Add, clampUnknown(expr).id, rhs.id});
}

IndexExpr IndexGraph::clampUnknown(IndexExpr expr) {
  if (!isUnknown(nodes[expr.id].range))
    return expr;
  return max(min(expr, constant(kLimit)), constant(-kLimit));
}

IndexExpr IndexGraph::add(IndexExpr lhs, IndexExpr rhs) {
  Sum l = split(lhs), r = split(rhs);
  int64_t offset = wrapAdd(l.offset, r.offset);
  if (getConstant(r.base))
    return shift(l.base, offset);
  if (getConstant(l.base))
    return shift(r.base, offset);
  IndexExpr a = clampUnknown(l.base), b = clampUnknown(r.base);
  return shift(index({Kind::Add, std::min(a.id, b.id), std::max(a.id, b.id)}), offset);
}

IndexExpr IndexGraph::sub(IndexExpr lhs, IndexExpr rhs) {
  Sum l = split(lhs), r = split(rhs);
  int64_t offset = wrapSub(l.offset, r.offset);
  if (l.base == r.base)
    return constant(offset);
  if (getConstant(r.base))
    return shift(l.base, offset);
  IndexExpr a = clampUnknown(l.base), b = clampUnknown(r.base);
  return shift(index({Kind::Sub, a.id, b.id}), offset);
}

IndexExpr IndexGraph::mul(IndexExpr lhs, int64_t rhs) {
  if (rhs == 0)
    return constant(0);
  if (rhs == 1)
    return lhs;
  Sum l = split(lhs);
  if (getConstant(l.base))
    return constant(wrapMul(l.offset, rhs));
  Node node{Kind::Mul, clampUnknown(l.base).id};
  node.value = rhs;
  return shift(index(node), wrapMul(l.offset, rhs));
}

IndexExpr IndexGraph::floorDiv(IndexExpr lhs, int64_t rhs) {
  assert(rhs > 0 && "the divisor of a mask is positive");
  if (rhs == 1)
    return lhs;
  IndexRange range = getRange(lhs);
  if (!isUnknown(range) && floorDivOf(range.lo, rhs) == floorDivOf(range.hi, rhs))
    return constant(floorDivOf(range.lo, rhs));
  if (nodes[lhs.id].kind == Kind::Mul && nodes[lhs.id].value % rhs == 0)
    return mul({nodes[lhs.id].a}, nodes[lhs.id].value / rhs);
  int64_t product;
  if (nodes[lhs.id].kind == Kind::FloorDiv && !llvm::MulOverflow(nodes[lhs.id].value, rhs, product))
    return floorDiv({nodes[lhs.id].a}, product);
  Node node{Kind::FloorDiv, clampUnknown(lhs).id};
  node.value = rhs;
  return index(node);
}

IndexExpr IndexGraph::mul(IndexExpr lhs, IndexExpr rhs) {
  if (std::optional<int64_t> value = getConstant(rhs))
    return mul(lhs, *value);
  if (std::optional<int64_t> value = getConstant(lhs))
    return mul(rhs, *value);
  return index({Kind::MulBy, std::min(lhs.id, rhs.id), std::max(lhs.id, rhs.id)});
}

IndexExpr IndexGraph::floorDiv(IndexExpr lhs, IndexExpr rhs) {
  if (std::optional<int64_t> value = getConstant(rhs))
    return floorDiv(lhs, *value);
  assert(getRange(rhs).lo > 0 && "the divisor of a mask is positive");
  return index({Kind::FloorDivBy, clampUnknown(lhs).id, rhs.id});
}

IndexExpr IndexGraph::mod(IndexExpr lhs, IndexExpr rhs) {
  if (std::optional<int64_t> value = getConstant(rhs))
    return mod(lhs, *value);
  assert(getRange(rhs).lo > 0 && "the divisor of a mask is positive");
  return index({Kind::ModBy, clampUnknown(lhs).id, rhs.id});
}

IndexExpr IndexGraph::ceilDiv(IndexExpr lhs, int64_t rhs) { return floorDiv(add(lhs, constant(rhs - 1)), rhs); }

IndexExpr IndexGraph::mod(IndexExpr lhs, int64_t rhs) {
  assert(rhs > 0 && "the divisor of a mask is positive");
  IndexRange range = getRange(lhs);
  if (!isUnknown(range) && floorDivOf(range.lo, rhs) == floorDivOf(range.hi, rhs))
    return sub(lhs, constant(wrapMul(floorDivOf(range.lo, rhs), rhs)));
  if (rhs == 1 || (nodes[lhs.id].kind == Kind::Mul && nodes[lhs.id].value % rhs == 0))
    return constant(0);
  Node node{Kind::Mod, clampUnknown(lhs).id};
  node.value = rhs;
  return index(node);
}

IndexExpr IndexGraph::min(IndexExpr lhs, IndexExpr rhs) {
  std::optional<bool> lhsIsLess = getConstant(ge(rhs, lhs)), rhsIsLess = getConstant(ge(lhs, rhs));
  if (lhsIsLess == true || rhsIsLess == false)
    return lhs;
  if (rhsIsLess == true || lhsIsLess == false)
    return rhs;
  return index({Kind::Min, std::min(lhs.id, rhs.id), std::max(lhs.id, rhs.id)});
}

IndexExpr IndexGraph::max(IndexExpr lhs, IndexExpr rhs) {
  std::optional<bool> lhsIsMore = getConstant(ge(lhs, rhs)), rhsIsMore = getConstant(ge(rhs, lhs));
  if (lhsIsMore == true || rhsIsMore == false)
    return lhs;
  if (rhsIsMore == true || lhsIsMore == false)
    return rhs;
  return index({Kind::Max, std::min(lhs.id, rhs.id), std::max(lhs.id, rhs.id)});
}

IndexExpr IndexGraph::guard(IndexExpr expr, IndexExpr lo, IndexExpr hi) {
  if (expr == lo || expr == hi)
    return expr;
  if (getConstant(expr) && getConstant(lo) && getConstant(hi))
    return constant(std::max(std::min(*getConstant(expr), *getConstant(hi)), *getConstant(lo)));
  IndexExpr capped = index({Kind::Min, std::min(expr.id, hi.id), std::max(expr.id, hi.id)});
  return index({Kind::Max, std::min(capped.id, lo.id), std::max(capped.id, lo.id)});
}

IndexExpr IndexGraph::select(BoolExpr condition, IndexExpr lhs, IndexExpr rhs) {
  if (std::optional<bool> value = getConstant(condition))
    return *value ? lhs : rhs;
  if (lhs == rhs)
    return lhs;
  return index({Kind::Select, lhs.id, rhs.id, condition.id});
}

//===----------------------------------------------------------------------===//
// Booleans
//===----------------------------------------------------------------------===//

BoolExpr IndexGraph::ge(IndexExpr lhs, IndexExpr rhs) {
  IndexRange lhsRange = getRange(lhs), rhsRange = getRange(rhs);
  if (lhsRange.lo >= rhsRange.hi)
    return truth(true);
  if (lhsRange.hi < rhsRange.lo)
    return truth(false);
  Sum l = split(lhs), r = split(rhs);
  int64_t distance = wrapSub(r.offset, l.offset);
  if (l.base == r.base)
    return truth(distance <= 0);
  if (getConstant(r.base))
    return boolean({Kind::Ge, l.base.id, constant(distance).id});
  if (getConstant(l.base))
    return boolean({Kind::Ge, constant(wrapSub(0, distance)).id, r.base.id});
  if (distance == 0)
    return boolean({Kind::Ge, l.base.id, r.base.id});
  if (distance == 1)
    return boolean({Kind::Lt, r.base.id, l.base.id});
  // An offset stays on the side that had it: the other one may be an unknown symbol, which must not enter arithmetic.
  if (l.offset == 0 || r.offset == 0)
    return boolean({Kind::Ge, lhs.id, rhs.id});
  return boolean({Kind::Ge, l.base.id, shift(r.base, distance).id});
}

BoolExpr IndexGraph::eq(IndexExpr lhs, IndexExpr rhs) {
  IndexRange lhsRange = getRange(lhs), rhsRange = getRange(rhs);
  if (lhsRange.hi < rhsRange.lo || rhsRange.hi < lhsRange.lo)
    return truth(false);
  Sum l = split(lhs), r = split(rhs);
  if (l.base == r.base)
    return truth(l.offset == r.offset);
  return boolean({Kind::Eq, std::min(lhs.id, rhs.id), std::max(lhs.id, rhs.id)});
}

BoolExpr IndexGraph::combine(Kind kind, BoolExpr lhs, BoolExpr rhs) {
  bool absorbing = kind == Kind::Or;
  for (auto [one, other] : {std::pair(lhs, rhs), std::pair(rhs, lhs)})
    if (std::optional<bool> value = getConstant(one))
      return *value == absorbing ? one : other;
  if (lhs == rhs)
    return lhs;
  return boolean({kind, std::min(lhs.id, rhs.id), std::max(lhs.id, rhs.id)});
}

BoolExpr IndexGraph::conjunction(BoolExpr lhs, BoolExpr rhs) { return combine(Kind::And, lhs, rhs); }
BoolExpr IndexGraph::disjunction(BoolExpr lhs, BoolExpr rhs) { return combine(Kind::Or, lhs, rhs); }

BoolExpr IndexGraph::negate(BoolExpr operand) {
  Node node = nodes[operand.id];
  switch (node.kind) {
  case Kind::Truth:
    return truth(node.value == 0);
  case Kind::Ge:
    return boolean({Kind::Lt, node.a, node.b});
  case Kind::Lt:
    return boolean({Kind::Ge, node.a, node.b});
  case Kind::Eq:
    return boolean({Kind::Ne, node.a, node.b});
  case Kind::Ne:
    return boolean({Kind::Eq, node.a, node.b});
  case Kind::And:
    return disjunction(negate({node.a}), negate({node.b}));
  case Kind::Or:
    return conjunction(negate({node.a}), negate({node.b}));
  default:
    assert(false && "an integer cannot be negated");
    return operand;
  }
}
