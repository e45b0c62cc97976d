// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Terms over a block of queries, and the bounds of its keys.
#include "BoundsBuilder.h"
#include "attn/Analysis/MaskReadings.h"
#include "llvm/Support/MathExtras.h"

using namespace attn;

static RowDependence reverse(RowDependence dependence) {
  if (dependence == RowDependence::Rising)
    return RowDependence::Falling;
  return dependence == RowDependence::Falling ? RowDependence::Rising : dependence;
}

static RowDependence combine(RowDependence a, RowDependence b) {
  if (a == RowDependence::None || b == RowDependence::None)
    return a == RowDependence::None ? b : a;
  return RowDependence::Other;
}

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

/// On the last axis the keys of one coordinate are one key, whose flat position is known; on others they are many.
Term BoundsBuilder::key() {
  if (!boundAxis)
    return column(g.constant(1), g.constant(0));
  return *boundAxis + 1 == grid.size() ? column(g.constant(1), makePosition(g, MaskInput::KeyFirst)) : term(unknown());
}

std::optional<llvm::SmallVector<IndexExpr>> BoundsBuilder::sizesOf(llvm::ArrayRef<Term> extents) const {
  llvm::SmallVector<IndexExpr> sizes;
  for (Term extent : extents) {
    const Form &form = forms[extent.id];
    if (!form.known || form.scale != 0 || !(form.lo == form.hi))
      return std::nullopt;
    sizes.push_back(form.lo);
  }
  return sizes;
}

Term BoundsBuilder::queryAt(llvm::ArrayRef<Term> extents, unsigned axis) {
  if (boundAxis)
    return interval(makePosition(g, MaskInput::queryAxisFirst(axis)), makePosition(g, MaskInput::queryAxisLast(axis)),
                    RowDependence::Other);
  if (extents.size() == 1)
    return query();
  std::optional<llvm::SmallVector<IndexExpr>> sizes = sizesOf(extents);
  if (!sizes)
    return term(unknown());
  CoordinateRange range = coordinatesOf(g, queryFirst(), queryLast(), *sizes, axis);
  return interval(range.lo, range.hi, RowDependence::Other);
}

Term BoundsBuilder::keyAt(llvm::ArrayRef<Term> extents, unsigned axis) {
  if (boundAxis && axis == *boundAxis)
    return column(g.constant(1), g.constant(0));
  if (boundAxis && axis < *boundAxis)
    return single(makePosition(g, MaskInput::keyAxisFirst(axis)));
  std::optional<llvm::SmallVector<IndexExpr>> sizes = sizesOf(extents);
  if (!sizes)
    return term(unknown());
  // On the first axis a flat position only has to be divided; what it is on others bounds no key.
  if (axis != 0)
    return interval(g.constant(0), g.sub(asDivisor(g, (*sizes)[axis]), g.constant(1)), RowDependence::Other);
  IndexExpr divisor = g.constant(1);
  for (IndexExpr size : llvm::drop_begin(*sizes))
    divisor = asDivisor(g, g.mul(divisor, asDivisor(g, size)));
  return column(divisor, g.constant(0));
}

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

BoundsBuilder::Form BoundsBuilder::join(Form a, Form b, int64_t scale, IndexExpr lo, IndexExpr hi, RowDependence rows) {
  bool isSameQuotient = a.scale == 0 || b.scale == 0 || (a.divisor == b.divisor && a.shift == b.shift);
  if (!a.known || !b.known || !isSameQuotient || std::abs(scale) > IndexGraph::kLimit)
    return unknown();
  const Form &quotient = a.scale != 0 ? a : b;
  if (scale == 0)
    return {true, 0, g.constant(1), lo, hi, rows};
  return {true, scale, quotient.divisor, lo, hi, rows, quotient.shift};
}

BoundsBuilder::Form BoundsBuilder::sum(Form a, Form b) {
  return join(a, b, a.scale + b.scale, g.add(a.lo, b.lo), g.add(a.hi, b.hi), combine(a.rows, b.rows));
}

BoundsBuilder::Form BoundsBuilder::difference(Form a, Form b) {
  return join(a, b, a.scale - b.scale, g.sub(a.lo, b.hi), g.sub(a.hi, b.lo), combine(a.rows, reverse(b.rows)));
}

Term BoundsBuilder::mul(Term lhs, int64_t rhs) {
  Form a = forms[lhs.id];
  int64_t scale;
  if (!a.known || llvm::MulOverflow(a.scale, rhs, scale) || scale < -IndexGraph::kLimit || scale > IndexGraph::kLimit)
    return term(unknown());
  IndexExpr lo = g.mul(rhs >= 0 ? a.lo : a.hi, rhs), hi = g.mul(rhs >= 0 ? a.hi : a.lo, rhs);
  RowDependence rows = rhs == 1 ? a.rows : rhs == -1 ? reverse(a.rows) : combine(a.rows, a.rows);
  if (scale == 0)
    return term({true, 0, g.constant(1), lo, hi, rows});
  return term({true, scale, a.divisor, lo, hi, rows, a.shift});
}

/// A divisor `factor` times as large. None where that cannot be computed; one beyond the limit may be brought back, as
/// all quotients by it are 0.
std::optional<IndexExpr> BoundsBuilder::multiply(IndexExpr divisor, int64_t factor) {
  constexpr int64_t largest = int64_t(1) << 20;
  if (std::optional<int64_t> constant = g.getConstant(divisor))
    return factor <= IndexGraph::kLimit / *constant ? std::optional(g.constant(*constant * factor)) : std::nullopt;
  return factor <= largest ? std::optional(asDivisor(g, g.mul(divisor, factor))) : std::nullopt;
}

/// floor((floor((key + s) / c) + x) / d) is floor((key + s + c * x) / (c * d)), which says it of one x; of others it
/// lies in floor((key + s) / (c * d)) + [floor(x / d), ceil(x / d)].
Term BoundsBuilder::floorDiv(Term lhs, int64_t rhs) {
  Form a = forms[lhs.id];
  std::optional<IndexExpr> product = a.scale == 1 ? multiply(a.divisor, rhs) : std::nullopt;
  if (!a.known || (a.scale != 0 && !product))
    return term(unknown());
  RowDependence rows = a.rows == RowDependence::None && a.lo == a.hi ? RowDependence::None : RowDependence::Other;
  if (a.scale == 0)
    return interval(g.floorDiv(a.lo, rhs), g.floorDiv(a.hi, rhs), rows);
  std::optional<int64_t> divisor = g.getConstant(a.divisor), x = a.lo == a.hi ? g.getConstant(a.lo) : std::nullopt;
  int64_t shift;
  bool isOne = x && divisor && rhs > 1 && !llvm::MulOverflow(*x, *divisor, shift) &&
               !llvm::AddOverflow(shift, a.shift, shift) && shift >= -IndexGraph::kLimit && shift <= IndexGraph::kLimit;
  if (isOne)
    return term({true, 1, *product, g.constant(0), g.constant(0), rows, shift});
  return term({true, 1, *product, g.floorDiv(a.lo, rhs), g.ceilDiv(a.hi, rhs), rows, a.shift});
}

Term BoundsBuilder::mod(Term lhs, int64_t rhs) {
  Form a = forms[lhs.id];
  IndexExpr least = g.constant(0), greatest = g.constant(rhs - 1);
  if (!a.known || a.scale != 0)
    return interval(least, greatest, RowDependence::Other);
  if (a.lo == a.hi)
    return interval(g.mod(a.lo, rhs), g.mod(a.lo, rhs), a.rows);
  BoolExpr onePeriod = g.eq(g.floorDiv(a.lo, rhs), g.floorDiv(a.hi, rhs));
  return interval(g.select(onePeriod, g.mod(a.lo, rhs), least), g.select(onePeriod, g.mod(a.hi, rhs), greatest),
                  RowDependence::Other);
}

Term BoundsBuilder::extremum(Form a, Form b, IndexExpr lo, IndexExpr hi) {
  if (!a.known || !b.known || a.scale != 0 || b.scale != 0)
    return term(unknown());
  bool isFree = a.rows == RowDependence::None && b.rows == RowDependence::None;
  return interval(lo, hi, isFree ? RowDependence::None : RowDependence::Other);
}

//===----------------------------------------------------------------------===//
// Readings
//===----------------------------------------------------------------------===//

BoundsReading attn::readBounds(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols) {
  BoundsReading reading;
  IndexGraph &g = reading.graph;
  BoundsBuilder builder(g, symbols);
  Hull hull = builder.getHolds(mask(builder));
  IndexExpr zero = g.constant(0), keys = builder.numColumns();
  reading.lo = hull.lo ? g.guard(*hull.lo, zero, keys) : zero;
  reading.hi = hull.hi ? g.guard(*hull.hi, reading.lo, keys) : keys;
  reading.hasLower = !(reading.lo == zero);
  reading.hasUpper = !(reading.hi == keys);
  reading.singleBand = hull.band.isSingle();
  return reading;
}

std::optional<AxisBoundsReading> attn::readAxisBounds(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols,
                                                      unsigned axis) {
  std::optional<MaskGrid> grid = findMaskGrid(mask);
  if (!grid || axis >= grid->extents.size())
    return std::nullopt;
  AxisBoundsReading reading;
  IndexGraph &g = reading.graph;
  IndexExpr zero = g.constant(0), limit = g.constant(IndexGraph::kLimit);
  auto extents = llvm::map_to_vector(grid->extents, [&](MaskExtent extent) {
    IndexExpr size = extent.isSymbol ? g.input(MaskInput::symbolLow(extent.value)) : g.constant(extent.value);
    return g.guard(size, zero, limit);
  });
  BoundsBuilder builder(g, symbols, extents, axis);
  Hull hull = builder.getHolds(mask(builder));
  reading.lo = hull.lo ? g.guard(*hull.lo, zero, extents[axis]) : zero;
  reading.hi = hull.hi ? g.guard(*hull.hi, reading.lo, extents[axis]) : extents[axis];
  reading.hasLower = !(reading.lo == zero);
  reading.hasUpper = !(reading.hi == extents[axis]);
  return reading;
}
