// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The reading of a block of queries: a term is `scale * floor((column + shift) / divisor)` plus an interval over the
// block's rows, a truth is the hull of the columns for which it can hold and of those for which it can fail. Columns
// are keys, or the coordinates of keys on one axis of a grid. Anything that does not fit bounds no column. Private to
// lib/Analysis.
#ifndef ATTN_LIB_ANALYSIS_BOUNDSBUILDER_H
#define ATTN_LIB_ANALYSIS_BOUNDSBUILDER_H

#include "MaskInputs.h"

namespace attn {

/// How a term depends on the query, as far as bands need to know.
enum class RowDependence { None, Rising, Falling, Other };

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

/// A half-open interval of columns; an absent end is no bound.
struct Hull {
  std::optional<IndexExpr> lo, hi;
  Band band;
};

class BoundsBuilder final : public MaskBuilder {
public:
  /// Bounds keys.
  BoundsBuilder(IndexGraph &graph, llvm::ArrayRef<SymbolKind> symbols) : g(graph), symbols(symbols) {}
  /// Bounds the keys' coordinates on an axis of the grid of `extents`.
  BoundsBuilder(IndexGraph &graph, llvm::ArrayRef<SymbolKind> symbols, llvm::ArrayRef<IndexExpr> extents, unsigned axis)
      : g(graph), symbols(symbols), grid(extents), boundAxis(axis) {}

  Term batch() override { return single(makePosition(g, MaskInput::Batch)); }
  Term head() override { return single(makePosition(g, MaskInput::Head)); }
  Term query() override { return interval(queryFirst(), queryLast(), RowDependence::Rising); }
  Term key() override;
  Term queryAt(llvm::ArrayRef<Term> extents, unsigned axis) override;
  Term keyAt(llvm::ArrayRef<Term> extents, unsigned axis) override;
  Term queries() override { return single(makePosition(g, MaskInput::Queries)); }
  Term keys() override { return single(makePosition(g, MaskInput::Keys)); }
  Term symbol(unsigned index) override {
    SymbolRange range = makeSymbol(g, symbols, index);
    RowDependence rows = range.known && range.lo == range.hi ? RowDependence::None : RowDependence::Other;
    return range.known ? interval(range.lo, range.hi, rows) : term(unknown());
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
  /// How many keys, or coordinates, there are.
  IndexExpr numColumns() { return boundAxis ? grid[*boundAxis] : makePosition(g, MaskInput::Keys); }

private:
  /// scale * floor((column + shift) / divisor) + something in [lo, hi], a column being a key or a coordinate. Not
  /// known: any value. There is a shift only where the divisor is a constant above 1, and it is within the limit.
  struct Form {
    bool known;
    int64_t scale;
    IndexExpr divisor;
    IndexExpr lo, hi;
    RowDependence rows;
    int64_t shift = 0;
  };
  struct Hulls {
    Hull holds, fails;
  };

  IndexExpr queryFirst() { return makePosition(g, MaskInput::QueryFirst); }
  IndexExpr queryLast() { return makePosition(g, MaskInput::QueryLast); }
  Form unknown() { return {false, 0, g.constant(1), g.constant(0), g.constant(0), RowDependence::Other}; }
  Term single(IndexExpr expr) { return interval(expr, expr, RowDependence::None); }
  /// A term that does not depend on the column.
  Term interval(IndexExpr lo, IndexExpr hi, RowDependence rows) { return term({true, 0, g.constant(1), lo, hi, rows}); }
  /// The column divided, plus an offset that all rows share.
  Term column(IndexExpr divisor, IndexExpr offset) {
    return term({true, 1, divisor, offset, offset, RowDependence::None});
  }
  Term term(Form form) {
    forms.push_back(form);
    return {static_cast<unsigned>(forms.size() - 1)};
  }
  Truth truth(Hulls hulls) {
    truths.push_back(hulls);
    return {static_cast<unsigned>(truths.size() - 1)};
  }

  bool isWhole(const Form &form) const { return g.getConstant(form.divisor) == 1; }
  /// The extents of a grid; none where they are not one value each.
  std::optional<llvm::SmallVector<IndexExpr>> sizesOf(llvm::ArrayRef<Term> extents) const;
  std::optional<IndexExpr> multiply(IndexExpr divisor, int64_t factor);
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
  IndexExpr firstColumnOf(IndexExpr quotient, const Form &form);
  Hull intersection(llvm::ArrayRef<Hull> hulls);
  Hull hullOfUnion(llvm::ArrayRef<Hull> hulls);
  Truth combineTruths(llvm::ArrayRef<Truth> operands, bool isAll);

  IndexGraph &g;
  llvm::ArrayRef<SymbolKind> symbols;
  llvm::SmallVector<IndexExpr> grid;
  /// The axis whose coordinates are bounded; none when keys are.
  std::optional<unsigned> boundAxis;
  llvm::SmallVector<Form> forms;
  llvm::SmallVector<Hulls> truths;
};

} // namespace attn

#endif // ATTN_LIB_ANALYSIS_BOUNDSBUILDER_H
