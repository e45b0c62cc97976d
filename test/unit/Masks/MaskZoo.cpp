// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MaskZoo.h"
#include "dialects/Attn/RenamedSymbols.h"
#include <algorithm>

using namespace attn;
using namespace attn::test;

namespace {

/// The oracle: terms are numbers, truths are bits.
class PlainBuilder final : public MaskBuilder {
public:
  explicit PlainBuilder(const Point &point) : point(point) {}

  Term batch() override { return term(point.batch); }
  Term head() override { return term(point.head); }
  Term query() override { return term(point.query); }
  Term key() override { return term(point.key); }
  Term queryAt(llvm::ArrayRef<Term> extents, unsigned axis) override { return coordinate(point.query, extents, axis); }
  Term keyAt(llvm::ArrayRef<Term> extents, unsigned axis) override { return coordinate(point.key, extents, axis); }
  Term queries() override { return term(point.queries); }
  Term keys() override { return term(point.keys); }
  Term symbol(unsigned index) override { return term(point.symbols.at(index)); }
  Term literal(int64_t value) override { return term(value); }
  Term add(Term a, Term b) override { return term(at(a) + at(b)); }
  Term sub(Term a, Term b) override { return term(at(a) - at(b)); }
  Term mul(Term a, int64_t b) override { return term(at(a) * b); }
  Term floorDiv(Term a, int64_t b) override { return term((at(a) - floorMod(at(a), b)) / b); }
  Term mod(Term a, int64_t b) override { return term(floorMod(at(a), b)); }
  Term min(Term a, Term b) override { return term(std::min(at(a), at(b))); }
  Term max(Term a, Term b) override { return term(std::max(at(a), at(b))); }
  Truth ge(Term a, Term b) override { return {at(a) >= at(b)}; }
  Truth eq(Term a, Term b) override { return {at(a) == at(b)}; }
  Truth all(llvm::ArrayRef<Truth> operands) override {
    return {std::all_of(operands.begin(), operands.end(), [](Truth t) { return t.id != 0; })};
  }
  Truth any(llvm::ArrayRef<Truth> operands) override {
    return {std::any_of(operands.begin(), operands.end(), [](Truth t) { return t.id != 0; })};
  }
  Truth negate(Truth operand) override { return {operand.id == 0}; }

private:
  /// Extents that symbols make impossible count as 1.
  Term coordinate(int64_t position, llvm::ArrayRef<Term> extents, unsigned axis) {
    for (unsigned inner = extents.size() - 1; inner > axis; --inner)
      position /= std::max<int64_t>(at(extents[inner]), 1);
    return term(axis == 0 ? position : position % std::max<int64_t>(at(extents[axis]), 1));
  }
  static int64_t floorMod(int64_t a, int64_t b) { return ((a % b) + b) % b; }
  int64_t at(Term t) const { return values[t.id]; }
  Term term(int64_t value) {
    values.push_back(value);
    return {static_cast<unsigned>(values.size() - 1)};
  }

  const Point &point;
  std::vector<int64_t> values;
};

/// Makes the choices of a random mask. Every draw is a statement of its own: the order of evaluation of arguments is
/// unspecified.
class RandomMask {
public:
  RandomMask(MaskBuilder &b, uint32_t seed, const Vocabulary &words) : b(b), random(seed), words(words) {}

  Truth makeTruth(unsigned depth) {
    if (!words.masks.empty() && draw(3) == 0) {
      const BoundMask &bound = words.masks[draw(words.masks.size())];
      auto rename = [&](unsigned index) { return bound.symbols[index]; };
      RenamedSymbols renamed(b, rename);
      return bound.mask.build(renamed);
    }
    unsigned choice = draw(depth == 0 ? 2 : 6);
    switch (choice) {
    case 0:
    case 1: {
      Term lhs = makeTerm(2);
      Term rhs = makeTerm(2);
      return draw(4) == 0 ? b.eq(lhs, rhs) : b.ge(lhs, rhs);
    }
    case 2:
      return b.negate(makeTruth(depth - 1));
    default: {
      std::vector<Truth> operands;
      for (unsigned count = draw(4); count > 0; --count)
        operands.push_back(makeTruth(depth - 1));
      return choice < 5 ? b.all(operands) : b.any(operands);
    }
    }
  }

private:
  unsigned draw(unsigned bound) { return random() % bound; }

  Term makeTerm(unsigned depth) {
    if (depth == 0 || draw(3) == 0)
      return makeLeaf();
    Term lhs = makeTerm(depth - 1);
    unsigned choice = draw(8);
    switch (!words.hasDivisions && (choice == 1 || choice == 2) ? 7 : choice) {
    case 0:
      return b.mul(lhs, static_cast<int64_t>(draw(7)) - 3);
    case 1:
      return b.floorDiv(lhs, 1 + draw(9));
    case 2:
      return b.mod(lhs, 1 + draw(9));
    case 3: {
      Term rhs = makeTerm(depth - 1);
      return b.min(lhs, rhs);
    }
    case 4: {
      Term rhs = makeTerm(depth - 1);
      return b.max(lhs, rhs);
    }
    case 5: {
      Term rhs = makeTerm(depth - 1);
      return b.sub(lhs, rhs);
    }
    default: {
      Term rhs = makeTerm(depth - 1);
      return b.add(lhs, rhs);
    }
    }
  }

  Term makeCoordinate() {
    llvm::SmallVector<Term> extents;
    for (MaskExtent extent : words.grid)
      extents.push_back(extent.isSymbol ? b.symbol(extent.value) : b.literal(extent.value));
    unsigned axis = draw(words.grid.size());
    return draw(2) == 0 ? b.queryAt(extents, axis) : b.keyAt(extents, axis);
  }

  Term makeLeaf() {
    if (!words.grid.empty() && draw(2) == 0)
      return makeCoordinate();
    switch (draw(10)) {
    case 0:
    case 1:
    case 2:
      return b.query();
    case 3:
    case 4:
    case 5:
      return b.key();
    case 6:
      return b.literal(static_cast<int64_t>(draw(41)) - 15);
    case 7:
      return draw(2) == 0 ? b.queries() : b.keys();
    case 8:
      return draw(2) == 0 ? b.batch() : b.head();
    default:
      return words.numSymbols == 0 ? b.literal(draw(20)) : b.symbol(draw(words.numSymbols));
    }
  }

  MaskBuilder &b;
  std::mt19937 random;
  const Vocabulary &words;
};

} // namespace

bool test::isVisible(const Mask &mask, const Point &point) {
  PlainBuilder builder(point);
  return mask(builder).id != 0;
}

Truth test::buildRandom(MaskBuilder &b, uint32_t seed, unsigned depth, const Vocabulary &words) {
  return RandomMask(b, seed, words).makeTruth(depth);
}
