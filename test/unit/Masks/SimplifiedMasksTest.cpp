// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random compositions of mask attributes, simplified for a random scope, against the original point by point in
// problems of that scope. Logs how much was compared and how much was simplified; zero fails.
#include "MaskZoo.h"
#include "attn/Analysis/MaskSimplifier.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace attn;
using attn::test::isVisible;
using attn::test::Point;
using Kind = SimplifiedMask::Kind;

namespace {

/// Symbols of a random scope: the first holds one value a problem, the second one a row, the third one a score.
constexpr unsigned kSymbolCount = 3;

class RandomAttributes {
public:
  RandomAttributes(mlir::MLIRContext &context, std::mt19937 &random) : context(context), random(random) {}

  BoundMask make(unsigned depth) {
    unsigned choice = draw(depth == 0 ? 6 : 11);
    if (choice < 6)
      return makeLeaf();
    if (choice == 6) {
      BoundMask operand = make(depth - 1);
      return {NotAttr::get(&context, operand.mask), operand.symbols};
    }
    llvm::SmallVector<MaskAttrInterface> operands;
    BoundMask result;
    for (unsigned count = 1 + draw(3); count > 0; --count) {
      BoundMask operand = make(depth - 1);
      operands.push_back(operand.mask);
      result.symbols.append(operand.symbols);
    }
    result.mask = choice < 9 ? MaskAttrInterface(AndAttr::get(&context, operands))
                             : MaskAttrInterface(OrAttr::get(&context, operands));
    return result;
  }

private:
  int64_t draw(unsigned bound) { return random() % bound; }
  int64_t drawSigned(unsigned bound) { return draw(2 * bound + 1) - static_cast<int64_t>(bound); }

  BoundMask makeLeaf() {
    int64_t a = draw(12), b = draw(12);
    switch (draw(10)) {
    case 8:
      return {BlocksAttr::get(&context, 1 + draw(5), draw(3), draw(3)), {}};
    case 9:
      return {SegmentsAttr::get(&context), {static_cast<unsigned>(draw(2)), static_cast<unsigned>(draw(2))}};
    case 0:
      return {CausalAttr::get(&context, drawSigned(6), false), {}};
    case 1:
      return {CausalAttr::get(&context, 0, true), {}};
    case 2:
      return {WindowAttr::get(&context, a, b), {}};
    case 3:
      return {PrefixAttr::get(&context, a), {}};
    case 4:
      return {LengthAttr::get(&context), {static_cast<unsigned>(draw(2))}};
    case 5:
      return {DenseAttr::get(&context), {2}};
    default:
      return makeSet();
    }
  }

  BoundMask makeSet() {
    mlir::AffineExpr i = mlir::getAffineDimExpr(2, &context), j = mlir::getAffineDimExpr(3, &context);
    mlir::AffineExpr terms[] = {i - j + drawSigned(5),
                                j - i + drawSigned(5),
                                i.floorDiv(4) - j.floorDiv(4),
                                (i - j) % (1 + draw(3)) - draw(3),
                                mlir::getAffineDimExpr(1, &context) - draw(2),
                                mlir::getAffineSymbolExpr(1, &context) - j - draw(8),
                                mlir::getAffineSymbolExpr(0, &context) - 1 - i - draw(3)};
    llvm::SmallVector<mlir::AffineExpr> constraints{terms[draw(std::size(terms))]};
    llvm::SmallVector<bool> isEqual{draw(3) == 0};
    return {SetAttr::get(&context, mlir::IntegerSet::get(4, 2, constraints, isEqual)), {}};
  }

  mlir::MLIRContext &context;
  std::mt19937 &random;
};

/// One problem of a scope, with symbols of random values within it.
struct Problem {
  int64_t queries, keys;
  uint64_t salt;

  int64_t symbol(unsigned number, IndexRange range, int64_t i, int64_t j) const {
    uint64_t place = number == 0 ? 0 : number == 1 ? i : i * 64 + j;
    uint64_t hash = ((place + 1) * 0x9E3779B97F4A7C15u) ^ (salt * 0xD1B54A32D192ED03u) ^ number;
    int64_t lo = std::max<int64_t>(range.lo, -3), hi = std::min<int64_t>(range.hi, 30);
    return lo >= hi ? range.lo : lo + static_cast<int64_t>((hash >> 33) % (hi - lo + 1));
  }
};

struct Tally {
  long points = 0, visible = 0, changed = 0, everything = 0, nothing = 0;
};

bool showsAt(const BoundMask &mask, Point point, const std::vector<int64_t> &values) {
  point.symbols.clear();
  for (unsigned symbol : mask.symbols)
    point.symbols.push_back(values[symbol]);
  return isVisible([&](MaskBuilder &b) { return mask.mask.build(b); }, point);
}

void compare(const BoundMask &mask, const SimplifiedMask &simple, const MaskScope &scope, const Problem &problem,
             Tally &tally, const std::string &text) {
  for (int64_t head = 0; head < 2; ++head)
    for (int64_t i = 0; i < problem.queries; ++i)
      for (int64_t j = 0; j < problem.keys; ++j) {
        std::vector<int64_t> values;
        for (unsigned number = 0; number < kSymbolCount; ++number)
          values.push_back(problem.symbol(number, scope.symbols[number], i, j));
        Point point{0, head, i, j, problem.queries, problem.keys, {}};
        bool expected = showsAt(mask, point, values);
        bool actual =
            simple.kind == Kind::Everything || (simple.kind == Kind::Some && showsAt(simple.mask, point, values));
        ASSERT_EQ(actual, expected) << text << " at " << head << ", " << i << ", " << j << " of " << problem.queries
                                    << " x " << problem.keys;
        ++tally.points;
        tally.visible += expected;
      }
}

/// Static sizes, ranges of sizes, or nothing known; symbols of one value, a few, or any.
MaskScope makeScope(std::mt19937 &random) {
  MaskScope scope;
  scope.setBatches(0, 1);
  scope.setHeads(0, 2);
  scope.isSquare = random() % 3 == 0;
  if (unsigned known = random() % 3; known != 0) {
    int64_t queries = 1 + random() % 14, keys = scope.isSquare ? queries : 1 + random() % 14;
    int64_t slack = known == 1 ? 0 : 3;
    scope.setQueries({queries, queries + slack});
    scope.setKeys({keys, keys + slack});
  }
  for (unsigned number = 0; number < kSymbolCount; ++number) {
    int64_t lo = static_cast<int64_t>(random() % 20) - 2;
    scope.symbols.push_back(random() % 2 == 0 ? IndexRange() : IndexRange{lo, lo + static_cast<int64_t>(random() % 6)});
  }
  scope.symbols[2] = {0, 1};
  return scope;
}

int64_t drawWithin(IndexRange range, std::mt19937 &random) {
  int64_t lo = std::max<int64_t>(range.lo, 1), hi = std::max(lo, std::min<int64_t>(range.hi, 12));
  return lo + static_cast<int64_t>(random() % (hi - lo + 1));
}

TEST(SimplifiedMasks, RandomCompositionsKeepTheirMeaning) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<AttnDialect>();
  std::mt19937 random(20260601);
  Tally tally;
  constexpr unsigned masks = 2500;
  for (unsigned number = 0; number < masks; ++number) {
    BoundMask mask = RandomAttributes(context, random).make(2 + number % 3);
    MaskScope scope = makeScope(random);
    SimplifiedMask simple = simplifyMask(mask, scope);
    std::string text;
    llvm::raw_string_ostream(text) << "mask " << number << " " << mask.mask << " became " << simple.mask.mask;
    bool isChanged = simple.kind != Kind::Some || !(simple.mask == mask);
    ASSERT_EQ(isChanged, !simple.steps.empty()) << text;
    tally.changed += isChanged;
    tally.everything += simple.kind == Kind::Everything;
    tally.nothing += simple.kind == Kind::Nothing;
    for (unsigned repeat = 0; repeat < 2; ++repeat) {
      Problem problem{drawWithin(scope.inputs[MaskInput::Queries], random),
                      drawWithin(scope.inputs[MaskInput::Keys], random), random()};
      if (scope.isSquare)
        problem.keys = problem.queries;
      compare(mask, simple, scope, problem, tally, text);
      if (HasFatalFailure())
        return;
    }
  }
  std::cout << "compared " << tally.points << " points (" << tally.visible << " visible) of " << masks << " masks, "
            << tally.changed << " simplified, of these " << tally.everything << " to everything and " << tally.nothing
            << " to nothing\n";
  EXPECT_GT(tally.points, 500000);
  EXPECT_GT(tally.visible, 100000);
  EXPECT_GT(tally.changed, 800);
  EXPECT_GT(tally.everything, 150);
  EXPECT_GT(tally.nothing, 100);
}

/// A mask that is simple stays as it is, and so does one that is too large to look at.
TEST(SimplifiedMasks, TwiceIsOnce) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<AttnDialect>();
  std::mt19937 random(7);
  unsigned simplified = 0;
  for (unsigned number = 0; number < 500; ++number) {
    BoundMask mask = RandomAttributes(context, random).make(3);
    MaskScope scope = makeScope(random);
    SimplifiedMask once = simplifyMask(mask, scope);
    if (once.kind != Kind::Some)
      continue;
    SimplifiedMask twice = simplifyMask(once.mask, scope);
    EXPECT_TRUE(twice.kind == Kind::Some && twice.mask == once.mask);
    simplified += !once.steps.empty();
  }
  EXPECT_GT(simplified, 50u);
  llvm::SmallVector<MaskAttrInterface> many(kMaxSimplifiedParts, CausalAttr::get(&context, 0, false));
  BoundMask large{AndAttr::get(&context, many), {}};
  EXPECT_TRUE(simplifyMask(large, MaskScope()).mask == large);
}

} // namespace
