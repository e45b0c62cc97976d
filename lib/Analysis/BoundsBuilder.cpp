// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What comparisons and connectives say of the columns.
#include "BoundsBuilder.h"

using namespace attn;

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

/// All columns where the condition holds, none elsewhere.
Hull BoundsBuilder::where(BoolExpr condition, RowDependence rows) {
  Hull hull;
  hull.band.exact = rows == RowDependence::None;
  if (g.getConstant(condition) != true)
    hull.hi = g.select(condition, numColumns(), g.constant(0));
  return hull;
}

/// The first column whose quotient in `form` is `quotient`. Quotients beyond all columns are brought back so that
/// nothing overflows.
IndexExpr BoundsBuilder::firstColumnOf(IndexExpr quotient, const Form &form) {
  std::optional<int64_t> constant = g.getConstant(form.divisor);
  if (!constant) {
    IndexExpr beyond = g.add(g.floorDiv(numColumns(), form.divisor), g.constant(1));
    return g.mul(g.max(g.min(quotient, beyond), g.constant(0)), form.divisor);
  }
  if (constant == 1)
    return quotient;
  int64_t limit = (IndexGraph::kLimit + std::abs(form.shift)) / *constant + 1;
  IndexExpr shifted = g.mul(g.max(g.min(quotient, g.constant(limit)), g.constant(-limit)), *constant);
  return g.sub(shifted, g.constant(form.shift));
}

Hull BoundsBuilder::lowerBound(const Form &form, IndexExpr quotient) {
  Hull hull;
  hull.lo = firstColumnOf(quotient, form);
  hull.band.exact = isWhole(form) && (form.scale == 1 || form.scale == -1) && form.rows != RowDependence::Other;
  if (!hull.band.exact || form.rows == RowDependence::None)
    return hull;
  hull.band.hasRowLower = true;
  hull.band.greatestLower = g.getConstant(g.sub(quotient, queryFirst()));
  hull.band.hasUnknownOffset = !hull.band.greatestLower;
  return hull;
}

Hull BoundsBuilder::upperBound(const Form &form, IndexExpr quotient) {
  Hull hull;
  hull.hi = firstColumnOf(quotient, form);
  hull.band.exact = isWhole(form) && (form.scale == 1 || form.scale == -1) && form.rows != RowDependence::Other;
  if (!hull.band.exact || form.rows == RowDependence::None)
    return hull;
  hull.band.hasRowUpper = true;
  if (std::optional<int64_t> offset = g.getConstant(g.sub(quotient, queryLast())))
    hull.band.leastUpper = *offset - 1;
  hull.band.hasUnknownOffset = !hull.band.leastUpper;
  return hull;
}

/// `a - b` for a comparison. A band's rows must rise with the query: `key >= query`, never `key >= -query`.
BoundsBuilder::Form BoundsBuilder::compared(Form a, Form b) {
  Form d = difference(a, b);
  bool rises = d.rows == (d.scale > 0 ? RowDependence::Falling : RowDependence::Rising);
  if (d.scale != 0 && !rises && d.rows != RowDependence::None)
    d.rows = RowDependence::Other;
  return d;
}

/// All columns, as nothing is known.
static Hull anywhere() {
  Hull hull;
  hull.band.exact = false;
  return hull;
}

/// Where a >= b can hold.
Hull BoundsBuilder::atLeast(Form a, Form b) {
  Form d = compared(a, b);
  if (!d.known)
    return anywhere();
  if (d.scale == 0)
    return where(g.ge(a.hi, b.lo), d.rows);
  if (d.scale > 0)
    return lowerBound(d, g.ceilDiv(g.sub(b.lo, a.hi), d.scale));
  return upperBound(d, g.add(g.floorDiv(g.sub(a.hi, b.lo), -d.scale), g.constant(1)));
}

/// Where a < b can hold. `b.hi - a.lo` is an exclusive bound already, so that comparing the key with a symbol needs no
/// arithmetic on it.
Hull BoundsBuilder::below(Form a, Form b) {
  Form d = compared(a, b);
  if (!d.known)
    return anywhere();
  if (d.scale == 0)
    return where(g.lt(a.lo, b.hi), d.rows);
  if (d.scale > 0)
    return upperBound(d, g.ceilDiv(g.sub(b.hi, a.lo), d.scale));
  return lowerBound(d, g.add(g.floorDiv(g.sub(a.lo, b.hi), -d.scale), g.constant(1)));
}

//===----------------------------------------------------------------------===//
// Connectives
//===----------------------------------------------------------------------===//

Hull BoundsBuilder::intersection(llvm::ArrayRef<Hull> hulls) {
  Hull result;
  for (const Hull &hull : hulls) {
    if (hull.lo)
      result.lo = result.lo ? g.max(*result.lo, *hull.lo) : *hull.lo;
    if (hull.hi)
      result.hi = result.hi ? g.min(*result.hi, *hull.hi) : *hull.hi;
    result.band.intersect(hull.band);
  }
  return result;
}

/// A part that is empty must not widen the hull: its ends are replaced by neutral ones.
Hull BoundsBuilder::hullOfUnion(llvm::ArrayRef<Hull> hulls) {
  if (hulls.size() == 1)
    return hulls.front();
  IndexExpr zero = g.constant(0), keys = numColumns();
  Hull result{keys, zero, {}};
  result.band.hasRowUpper = result.band.hasUnknownOffset = true;
  for (const Hull &hull : hulls) {
    // Parts that all begin at key 0 make one band.
    result.band.exact &= hull.band.exact && !hull.lo;
    if (!hull.lo && !hull.hi) {
      Hull anywhere;
      anywhere.band.exact = hull.band.exact;
      return anywhere;
    }
    IndexExpr lo = hull.lo ? *hull.lo : zero, hi = hull.hi ? *hull.hi : keys;
    BoolExpr isNonempty = hull.hi ? g.lt(g.max(lo, zero), hi) : g.lt(lo, keys);
    result.lo = g.min(*result.lo, g.select(isNonempty, lo, keys));
    result.hi = g.max(*result.hi, g.select(isNonempty, hi, zero));
  }
  return result;
}

Truth BoundsBuilder::combineTruths(llvm::ArrayRef<Truth> operands, bool isAll) {
  llvm::SmallVector<Hull> holds, fails;
  for (Truth operand : operands) {
    holds.push_back(truths[operand.id].holds);
    fails.push_back(truths[operand.id].fails);
  }
  return truth(isAll ? Hulls{intersection(holds), hullOfUnion(fails)} : Hulls{hullOfUnion(holds), intersection(fails)});
}
