// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The reading of a block of queries: a term is `scale * floor(key / divisor)` plus an interval over the block's rows, a
// truth is the hull of the keys for which it can hold and of those for which it can fail. Anything that does not fit
// bounds no key.
#include "MaskInputs.h"
#include "attn/Analysis/MaskReadings.h"
#include "llvm/Support/MathExtras.h"

using namespace attn;

namespace {

/// How a term depends on the query, as far as bands need to know.
enum class RowDependence { None, Rising, Falling, Other };

RowDependence reverse(RowDependence dependence) {
  if (dependence == RowDependence::Rising)
    return RowDependence::Falling;
  return dependence == RowDependence::Falling ? RowDependence::Rising : dependence;
}

RowDependence combine(RowDependence a, RowDependence b) {
  if (a == RowDependence::None || b == RowDependence::None)
    return a == RowDependence::None ? b : a;
  return RowDependence::Other;
}

/// Whether the rows' visible keys are all the keys of the hull. True of conjunctions of `key >= query + a`, `key <=
/// query + b` with every a <= b, and of bounds that do not depend on the query: then each row sees an interval, those
/// of consecutive rows that see anything overlap or touch, and the first and the last of them reach the ends of the
/// hull.
struct Band {
  bool exact = true;
  std::optional<int64_t> greatestLower, leastUpper;
  bool hasRowLower = false, hasRowUpper = false, hasUnknownOffset = false;

  void intersect(const Band &other) {
    exact &= other.exact;
    hasRowLower |= other.hasRowLower;
    hasRowUpper |= other.hasRowUpper;
    hasUnknownOffset |= other.hasUnknownOffset;
    if (other.greatestLower)
      greatestLower = greatestLower ? std::max(*greatestLower, *other.greatestLower) : other.greatestLower;
    if (other.leastUpper)
      leastUpper = leastUpper ? std::min(*leastUpper, *other.leastUpper) : other.leastUpper;
  }
  bool isSingle() const {
    if (!exact)
      return false;
    return !hasRowLower || !hasRowUpper || (!hasUnknownOffset && *greatestLower <= *leastUpper);
  }
};

/// A half-open interval of keys; an absent end is no bound.
struct Hull {
  std::optional<IndexExpr> lo, hi;
  Band band;
};

class BoundsBuilder final : public MaskBuilder {
public:
  BoundsBuilder(IndexGraph &graph, llvm::ArrayRef<SymbolKind> symbols) : g(graph), symbols(symbols) {}

  Term batch() override { return single(makePosition(g, MaskInput::Batch)); }
  Term head() override { return single(makePosition(g, MaskInput::Head)); }
  Term query() override { return term({true, 0, 1, queryFirst(), queryLast(), RowDependence::Rising}); }
  Term key() override { return term({true, 1, 1, g.constant(0), g.constant(0), RowDependence::None}); }
  Term queries() override { return single(makePosition(g, MaskInput::Queries)); }
  Term keys() override { return single(numKeys()); }
  Term symbol(unsigned index) override {
    SymbolRange range = makeSymbol(g, symbols, index);
    RowDependence rows = range.known && range.lo == range.hi ? RowDependence::None : RowDependence::Other;
    return term({range.known, 0, 1, range.lo, range.hi, rows});
  }
  Term literal(int64_t value) override { return single(g.constant(value)); }

  Term add(Term lhs, Term rhs) override { return term(sum(forms[lhs.id], forms[rhs.id])); }
  Term sub(Term lhs, Term rhs) override { return term(difference(forms[lhs.id], forms[rhs.id])); }
  Term mul(Term lhs, int64_t rhs) override;
  Term floorDiv(Term lhs, int64_t rhs) override;
  Term mod(Term lhs, int64_t rhs) override;
  Term min(Term lhs, Term rhs) override {
    Form a = forms[lhs.id], b = forms[rhs.id];
    return extremum(a, b, g.min(a.lo, b.lo), g.min(a.hi, b.hi));
  }
  Term max(Term lhs, Term rhs) override {
    Form a = forms[lhs.id], b = forms[rhs.id];
    return extremum(a, b, g.max(a.lo, b.lo), g.max(a.hi, b.hi));
  }

  Truth ge(Term lhs, Term rhs) override {
    Form a = forms[lhs.id], b = forms[rhs.id];
    return truth({atLeast(a, b), below(a, b)});
  }
  Truth eq(Term lhs, Term rhs) override {
    Form a = forms[lhs.id], b = forms[rhs.id];
    Hull differs;
    differs.band.exact = false;
    return truth({intersection({atLeast(a, b), atLeast(b, a)}), differs});
  }
  Truth all(llvm::ArrayRef<Truth> operands) override { return combineTruths(operands, /*isAll=*/true); }
  Truth any(llvm::ArrayRef<Truth> operands) override { return combineTruths(operands, /*isAll=*/false); }
  Truth negate(Truth operand) override {
    Hulls hulls = truths[operand.id];
    return truth({hulls.fails, hulls.holds});
  }

  Hull getHolds(Truth truth) const { return truths[truth.id].holds; }
  IndexExpr numKeys() { return makePosition(g, MaskInput::Keys); }

private:
  /// scale * floor(key / divisor) + something in [lo, hi]. Not known: any value.
  struct Form {
    bool known;
    int64_t scale, divisor;
    IndexExpr lo, hi;
    RowDependence rows;
  };
  struct Hulls {
    Hull holds, fails;
  };

  IndexExpr queryFirst() { return makePosition(g, MaskInput::QueryFirst); }
  IndexExpr queryLast() { return makePosition(g, MaskInput::QueryLast); }
  Form unknown() { return {false, 0, 1, g.constant(0), g.constant(0), RowDependence::Other}; }
  Term single(IndexExpr expr) { return term({true, 0, 1, expr, expr, RowDependence::None}); }
  Term term(Form form) {
    forms.push_back(form);
    return {static_cast<unsigned>(forms.size() - 1)};
  }
  Truth truth(Hulls hulls) {
    truths.push_back(hulls);
    return {static_cast<unsigned>(truths.size() - 1)};
  }

  Form sum(Form a, Form b);
  Form difference(Form a, Form b);
  Form compared(Form a, Form b);
  Form join(Form a, Form b, int64_t scale, IndexExpr lo, IndexExpr hi, RowDependence rows);
  Term extremum(Form a, Form b, IndexExpr lo, IndexExpr hi);
  Hull atLeast(Form a, Form b);
  Hull below(Form a, Form b);
  Hull where(BoolExpr condition, RowDependence rows);
  Hull lowerBound(const Form &form, IndexExpr quotient);
  Hull upperBound(const Form &form, IndexExpr quotient);
  IndexExpr firstKeyOf(IndexExpr quotient, int64_t divisor);
  Hull intersection(llvm::ArrayRef<Hull> hulls);
  Hull hullOfUnion(llvm::ArrayRef<Hull> hulls);
  Truth combineTruths(llvm::ArrayRef<Truth> operands, bool isAll);

  IndexGraph &g;
  llvm::ArrayRef<SymbolKind> symbols;
  llvm::SmallVector<Form> forms;
  llvm::SmallVector<Hulls> truths;
};

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

BoundsBuilder::Form BoundsBuilder::join(Form a, Form b, int64_t scale, IndexExpr lo, IndexExpr hi, RowDependence rows) {
  bool fits = a.known && b.known && (a.scale == 0 || b.scale == 0 || a.divisor == b.divisor) &&
              scale >= -IndexGraph::kLimit && scale <= IndexGraph::kLimit;
  if (!fits)
    return unknown();
  int64_t divisor = a.scale != 0 ? a.divisor : b.divisor;
  return {true, scale, scale == 0 ? 1 : divisor, lo, hi, rows};
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
  return term({true, scale, scale == 0 ? 1 : a.divisor, lo, hi, rows});
}

/// floor((floor(key / c) + x) / d) lies in floor(key / (c * d)) + [floor(x / d), ceil(x / d)].
Term BoundsBuilder::floorDiv(Term lhs, int64_t rhs) {
  Form a = forms[lhs.id];
  bool fits = a.known && (a.scale == 0 || (a.scale == 1 && rhs <= IndexGraph::kLimit / a.divisor));
  if (!fits)
    return term(unknown());
  RowDependence rows = a.rows == RowDependence::None && a.lo == a.hi ? RowDependence::None : RowDependence::Other;
  if (a.scale == 0)
    return term({true, 0, 1, g.floorDiv(a.lo, rhs), g.floorDiv(a.hi, rhs), rows});
  return term({true, 1, a.divisor * rhs, g.floorDiv(a.lo, rhs), g.ceilDiv(a.hi, rhs), rows});
}

Term BoundsBuilder::mod(Term lhs, int64_t rhs) {
  Form a = forms[lhs.id];
  IndexExpr least = g.constant(0), greatest = g.constant(rhs - 1);
  if (!a.known || a.scale != 0)
    return term({true, 0, 1, least, greatest, RowDependence::Other});
  if (a.lo == a.hi)
    return term({true, 0, 1, g.mod(a.lo, rhs), g.mod(a.lo, rhs), a.rows});
  BoolExpr onePeriod = g.eq(g.floorDiv(a.lo, rhs), g.floorDiv(a.hi, rhs));
  return term({true, 0, 1, g.select(onePeriod, g.mod(a.lo, rhs), least),
               g.select(onePeriod, g.mod(a.hi, rhs), greatest), RowDependence::Other});
}

Term BoundsBuilder::extremum(Form a, Form b, IndexExpr lo, IndexExpr hi) {
  if (!a.known || !b.known || a.scale != 0 || b.scale != 0)
    return term(unknown());
  bool isFree = a.rows == RowDependence::None && b.rows == RowDependence::None;
  return term({true, 0, 1, lo, hi, isFree ? RowDependence::None : RowDependence::Other});
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

/// All keys where the condition holds, none elsewhere.
Hull BoundsBuilder::where(BoolExpr condition, RowDependence rows) {
  Hull hull;
  hull.band.exact = rows == RowDependence::None;
  if (g.getConstant(condition) != true)
    hull.hi = g.select(condition, numKeys(), g.constant(0));
  return hull;
}

/// The first key whose quotient by `divisor` is `quotient`. Quotients beyond all keys are brought back so that nothing
/// overflows.
IndexExpr BoundsBuilder::firstKeyOf(IndexExpr quotient, int64_t divisor) {
  int64_t limit = IndexGraph::kLimit / divisor + 1;
  if (divisor == 1)
    return quotient;
  return g.mul(g.max(g.min(quotient, g.constant(limit)), g.constant(-limit)), divisor);
}

Hull BoundsBuilder::lowerBound(const Form &form, IndexExpr quotient) {
  Hull hull;
  hull.lo = firstKeyOf(quotient, form.divisor);
  hull.band.exact = form.divisor == 1 && (form.scale == 1 || form.scale == -1) && form.rows != RowDependence::Other;
  if (!hull.band.exact || form.rows == RowDependence::None)
    return hull;
  hull.band.hasRowLower = true;
  hull.band.greatestLower = g.getConstant(g.sub(quotient, queryFirst()));
  hull.band.hasUnknownOffset = !hull.band.greatestLower;
  return hull;
}

Hull BoundsBuilder::upperBound(const Form &form, IndexExpr quotient) {
  Hull hull;
  hull.hi = firstKeyOf(quotient, form.divisor);
  hull.band.exact = form.divisor == 1 && (form.scale == 1 || form.scale == -1) && form.rows != RowDependence::Other;
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

/// All keys, as nothing is known.
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
  IndexExpr zero = g.constant(0), keys = numKeys();
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

} // namespace

BoundsReading attn::readBounds(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols) {
  BoundsReading reading;
  IndexGraph &g = reading.graph;
  BoundsBuilder builder(g, symbols);
  Hull hull = builder.getHolds(mask(builder));
  IndexExpr zero = g.constant(0), keys = builder.numKeys();
  reading.lo = hull.lo ? g.guard(*hull.lo, zero, keys) : zero;
  reading.hi = hull.hi ? g.guard(*hull.hi, reading.lo, keys) : keys;
  reading.hasLower = !(reading.lo == zero);
  reading.hasUpper = !(reading.hi == keys);
  reading.singleBand = hull.band.isSingle();
  return reading;
}
