// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The reading of a tile: a term is the interval of its values over the tile, a truth is what holds everywhere and what
// holds nowhere.
#include "MaskInputs.h"
#include "attn/Analysis/MaskReadings.h"

using namespace attn;

namespace {

class TileBuilder final : public MaskBuilder {
public:
  TileBuilder(IndexGraph &graph, llvm::ArrayRef<SymbolKind> symbols, Coordinates coordinates)
      : g(graph), symbols(symbols), coordinates(coordinates) {}

  Term batch() override { return position(MaskInput::Batch, MaskInput::Batch); }
  Term head() override { return position(MaskInput::Head, MaskInput::Head); }
  Term query() override { return position(MaskInput::QueryFirst, MaskInput::QueryLast); }
  Term key() override { return position(MaskInput::KeyFirst, MaskInput::KeyLast); }
  Term queryAt(llvm::ArrayRef<Term> extents, unsigned axis) override {
    if (coordinates == Coordinates::Given)
      return position(MaskInput::queryAxisFirst(axis), MaskInput::queryAxisLast(axis));
    return coordinate(MaskInput::QueryFirst, MaskInput::QueryLast, extents, axis);
  }
  Term keyAt(llvm::ArrayRef<Term> extents, unsigned axis) override {
    if (coordinates == Coordinates::Given)
      return position(MaskInput::keyAxisFirst(axis), MaskInput::keyAxisLast(axis));
    return coordinate(MaskInput::KeyFirst, MaskInput::KeyLast, extents, axis);
  }
  Term queries() override { return position(MaskInput::Queries, MaskInput::Queries); }
  Term keys() override { return position(MaskInput::Keys, MaskInput::Keys); }
  Term symbol(unsigned index) override {
    SymbolRange range = makeSymbol(g, symbols, index);
    return term({range.known, range.lo, range.hi});
  }
  Term literal(int64_t value) override { return term(known(g.constant(value), g.constant(value))); }

  Term add(Term lhs, Term rhs) override {
    Interval a = terms[lhs.id], b = terms[rhs.id];
    return term(a.known && b.known ? known(g.add(a.lo, b.lo), g.add(a.hi, b.hi)) : unknown());
  }
  Term sub(Term lhs, Term rhs) override {
    Interval a = terms[lhs.id], b = terms[rhs.id];
    return term(a.known && b.known ? known(g.sub(a.lo, b.hi), g.sub(a.hi, b.lo)) : unknown());
  }
  Term mul(Term lhs, int64_t rhs) override {
    Interval a = terms[lhs.id];
    if (!a.known)
      return term(unknown());
    return term(rhs >= 0 ? known(g.mul(a.lo, rhs), g.mul(a.hi, rhs)) : known(g.mul(a.hi, rhs), g.mul(a.lo, rhs)));
  }
  Term floorDiv(Term lhs, int64_t rhs) override {
    Interval a = terms[lhs.id];
    return term(a.known ? known(g.floorDiv(a.lo, rhs), g.floorDiv(a.hi, rhs)) : unknown());
  }
  /// Remainders of an interval are an interval when it lies within one period, else anything.
  Term mod(Term lhs, int64_t rhs) override {
    Interval a = terms[lhs.id];
    IndexExpr least = g.constant(0), greatest = g.constant(rhs - 1);
    if (!a.known)
      return term(known(least, greatest));
    BoolExpr onePeriod = g.eq(g.floorDiv(a.lo, rhs), g.floorDiv(a.hi, rhs));
    return term(known(g.select(onePeriod, g.mod(a.lo, rhs), least), g.select(onePeriod, g.mod(a.hi, rhs), greatest)));
  }
  Term min(Term lhs, Term rhs) override {
    Interval a = terms[lhs.id], b = terms[rhs.id];
    return term(a.known && b.known ? known(g.min(a.lo, b.lo), g.min(a.hi, b.hi)) : unknown());
  }
  Term max(Term lhs, Term rhs) override {
    Interval a = terms[lhs.id], b = terms[rhs.id];
    return term(a.known && b.known ? known(g.max(a.lo, b.lo), g.max(a.hi, b.hi)) : unknown());
  }

  Truth ge(Term lhs, Term rhs) override {
    Interval a = terms[lhs.id], b = terms[rhs.id];
    if (!a.known || !b.known)
      return truth({g.truth(false), g.truth(false)});
    return truth({g.ge(a.lo, b.hi), g.lt(a.hi, b.lo)});
  }
  Truth eq(Term lhs, Term rhs) override {
    Interval a = terms[lhs.id], b = terms[rhs.id];
    if (!a.known || !b.known)
      return truth({g.truth(false), g.truth(false)});
    if (a.lo == a.hi && b.lo == b.hi)
      return truth({g.eq(a.lo, b.lo), g.negate(g.eq(a.lo, b.lo))});
    return truth(
        {g.conjunction(g.ge(a.lo, b.hi), g.ge(b.lo, a.hi)), g.disjunction(g.lt(a.hi, b.lo), g.lt(b.hi, a.lo))});
  }
  Truth all(llvm::ArrayRef<Truth> operands) override {
    Extent result{g.truth(true), g.truth(false)};
    for (Truth operand : operands)
      result = {g.conjunction(result.full, truths[operand.id].full),
                g.disjunction(result.empty, truths[operand.id].empty)};
    return truth(result);
  }
  Truth any(llvm::ArrayRef<Truth> operands) override {
    Extent result{g.truth(false), g.truth(true)};
    for (Truth operand : operands)
      result = {g.disjunction(result.full, truths[operand.id].full),
                g.conjunction(result.empty, truths[operand.id].empty)};
    return truth(result);
  }
  Truth negate(Truth operand) override {
    Extent extent = truths[operand.id];
    return truth({extent.empty, extent.full});
  }

  /// Where a statement holds.
  struct Extent {
    BoolExpr full, empty;
  };
  Extent get(Truth truth) const { return truths[truth.id]; }

private:
  /// The values of a term over the tile, both ends included; any value when not known.
  struct Interval {
    bool known;
    IndexExpr lo, hi;
  };

  Interval known(IndexExpr lo, IndexExpr hi) { return {true, lo, hi}; }
  Interval unknown() { return {false, g.constant(0), g.constant(0)}; }
  Term position(unsigned first, unsigned last) { return term(known(makePosition(g, first), makePosition(g, last))); }
  Term coordinate(unsigned first, unsigned last, llvm::ArrayRef<Term> extents, unsigned axis) {
    llvm::SmallVector<IndexExpr> sizes;
    for (Term extent : extents) {
      Interval size = terms[extent.id];
      if (!size.known || !(size.lo == size.hi))
        return term(unknown());
      sizes.push_back(size.lo);
    }
    CoordinateRange range = coordinatesOf(g, makePosition(g, first), makePosition(g, last), sizes, axis);
    return term(known(range.lo, range.hi));
  }
  Term term(Interval interval) {
    terms.push_back(interval);
    return {static_cast<unsigned>(terms.size() - 1)};
  }
  Truth truth(Extent extent) {
    truths.push_back(extent);
    return {static_cast<unsigned>(truths.size() - 1)};
  }

  IndexGraph &g;
  llvm::ArrayRef<SymbolKind> symbols;
  Coordinates coordinates;
  llvm::SmallVector<Interval> terms;
  llvm::SmallVector<Extent> truths;
};

} // namespace

TileReading attn::readTile(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols, Coordinates coordinates) {
  TileReading reading;
  TileBuilder builder(reading.graph, symbols, coordinates);
  TileBuilder::Extent extent = builder.get(mask(builder));
  reading.full = extent.full;
  reading.empty = extent.empty;
  return reading;
}

bool attn::readsRemaindersOfKeys(const TileReading &tile, unsigned rank) {
  llvm::ArrayRef<IndexGraph::Node> nodes = tile.graph.getNodes();
  unsigned axis = MaskInput::keyAxisFirst(rank - 1);
  // A symbol may be the element of a table that keys choose.
  auto isOfKeys = [&](unsigned id) {
    int64_t input = nodes[id].value;
    return nodes[id].kind == IndexGraph::Kind::Input &&
           (input == MaskInput::KeyFirst || input == MaskInput::KeyLast || input == axis || input == axis + 1 ||
            input >= MaskInput::kSymbols);
  };
  return llvm::any_of(tile.graph.getReachable({tile.empty.id}), [&](unsigned id) {
    bool isRemainder = nodes[id].kind == IndexGraph::Kind::Mod || nodes[id].kind == IndexGraph::Kind::ModBy;
    return isRemainder && llvm::any_of(tile.graph.getReachable({id}), isOfKeys);
  });
}
