// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which grid a mask has; what blocks and segments mean, in formulas of their own; and that bounds of coordinates stay
// inside of the grid whatever the inputs hold.
#include "Composition.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace attn;
using namespace attn::test;

namespace {

class Grids : public ::testing::Test {
protected:
  Grids() : context(mlir::MLIRContext::Threading::DISABLED) { context.loadDialect<AttnDialect>(); }

  MaskAttrInterface neighborhood(llvm::ArrayRef<int64_t> grid) {
    llvm::SmallVector<int64_t> ones(grid.size(), 1);
    return NeighborhoodAttr::get(&context, grid, ones, ones, ones, llvm::SmallVector<bool>(grid.size(), false));
  }
  MaskAttrInterface parse(llvm::StringRef text) {
    return llvm::cast<MaskAttrInterface>(mlir::parseAttribute(text, &context));
  }
  std::optional<MaskGrid> find(llvm::ArrayRef<MaskAttrInterface> operands) {
    auto mask = OrAttr::get(&context, operands);
    return findMaskGrid([&](MaskBuilder &b) { return mask.build(b); });
  }

  mlir::MLIRContext context;
};

TEST_F(Grids, AreFoundWhereThereIsOne) {
  MaskAttrInterface causal = CausalAttr::get(&context, 0, false), length = LengthAttr::get(&context);
  EXPECT_FALSE(find({causal, length}).has_value());
  std::optional<MaskGrid> grid = find({causal, neighborhood({8, 9})});
  ASSERT_TRUE(grid.has_value());
  EXPECT_TRUE(grid->extents[0] == (MaskExtent{false, 8}) && grid->extents[1] == (MaskExtent{false, 9}));
  // The same one twice is one; two are none, and so are equal sizes in another order or with other symbols.
  EXPECT_TRUE(find({neighborhood({8, 9}), neighborhood({8, 9})}).has_value());
  EXPECT_FALSE(find({neighborhood({8, 9}), neighborhood({9, 8})}).has_value());
  EXPECT_FALSE(find({neighborhood({8, 9}), neighborhood({72})}).has_value());
  constexpr int64_t kAny = mlir::ShapedType::kDynamic;
  EXPECT_FALSE(find({neighborhood({kAny, 9}), neighborhood({kAny, 9})}).has_value());
  // Symbols are those of the whole mask.
  grid = find({length, neighborhood({4, kAny})});
  ASSERT_TRUE(grid.has_value());
  EXPECT_TRUE(grid->extents[1] == (MaskExtent{true, 1}));
  // Sets are on grids as neighborhoods are; one that reads no coordinate is on none.
  MaskAttrInterface column = parse("#attn.set<grid = [8, 9], i1 eq j1>");
  EXPECT_TRUE(find({column, causal, neighborhood({8, 9})}).has_value());
  EXPECT_FALSE(find({column, parse("#attn.set<grid = [9, 8], i1 eq j1>")}).has_value());
  EXPECT_FALSE(find({parse("#attn.set<grid = [8, 9], i ge j>")}).has_value());
  grid = find({length, parse("#attn.set<grid = [?, ?], i1 eq j1>")});
  ASSERT_TRUE(grid.has_value());
  EXPECT_TRUE(grid->extents[0] == (MaskExtent{true, 1}) && grid->extents[1] == (MaskExtent{true, 2}));
  // An extent that is computed is none that a walk could follow.
  EXPECT_FALSE(findMaskGrid([](MaskBuilder &b) {
                 Term extent = b.add(b.literal(3), b.literal(1));
                 return b.ge(b.queryAt(extent, 0), b.keyAt(extent, 0));
               }).has_value());
}

TEST_F(Grids, HaveBoundsForTheirAxesOnly) {
  auto mask = neighborhood({8, 9});
  auto define = [&](MaskBuilder &b) { return mask.build(b); };
  EXPECT_TRUE(readAxisBounds(define, {}, 1).has_value());
  EXPECT_FALSE(readAxisBounds(define, {}, 2).has_value());
  auto causal = CausalAttr::get(&context, 0, false);
  EXPECT_FALSE(readAxisBounds([&](MaskBuilder &b) { return causal.build(b); }, {}, 0).has_value());
}

TEST_F(Grids, RequireWhatTheirSymbolsMustBe) {
  MaskAttrInterface operands[] = {
      SegmentsAttr::get(&context),
      NeighborhoodAttr::get(&context, {mlir::ShapedType::kDynamic, 9}, {3, 3}, {1, 1}, {2, 1}, {false, false})};
  llvm::SmallVector<MaskRequirement> requirements;
  AndAttr::get(&context, operands).collectRequirements(requirements);
  ASSERT_EQ(requirements.size(), 4u);
  for (unsigned symbol : {0, 1}) {
    EXPECT_EQ(requirements[symbol].kind, MaskRequirement::Kind::NonDecreasing);
    EXPECT_EQ(requirements[symbol].symbol, symbol);
  }
  EXPECT_EQ(requirements[2].kind, MaskRequirement::Kind::AtLeast);
  EXPECT_EQ(requirements[2].symbol, 2u);
  EXPECT_EQ(requirements[2].least, 6);
  EXPECT_EQ(requirements[3].kind, MaskRequirement::Kind::FillsGrid);
  EXPECT_TRUE(requirements[3].extents[0] == (MaskExtent{true, 2}) &&
              requirements[3].extents[1] == (MaskExtent{false, 9}));
}

TEST_F(Grids, RequireThatExtentsOfSetsArePositive) {
  llvm::SmallVector<MaskRequirement> requirements;
  parse("#attn.or<#attn.length, #attn.set<i ge j>, #attn.set<grid = [3, ?, ?], i0 eq j0>>")
      .collectRequirements(requirements);
  ASSERT_EQ(requirements.size(), 3u);
  for (unsigned symbol : {1, 2}) {
    EXPECT_EQ(requirements[symbol - 1].kind, MaskRequirement::Kind::AtLeast);
    EXPECT_EQ(requirements[symbol - 1].symbol, symbol);
    EXPECT_EQ(requirements[symbol - 1].least, 1);
  }
  EXPECT_EQ(requirements[2].kind, MaskRequirement::Kind::FillsGrid);
  llvm::ArrayRef<MaskExtent> extents = requirements[2].extents;
  EXPECT_TRUE(extents[0] == (MaskExtent{false, 3}) && extents[1] == (MaskExtent{true, 1}) &&
              extents[2] == (MaskExtent{true, 2}));
}

/// Windows that begin anywhere, of one size or of a quotient of quotients: the hull on an axis is what is seen there.
TEST_F(Grids, SetsHaveTightBounds) {
  std::mt19937 random(9);
  long compared = 0, narrowed = 0;
  for (unsigned trial = 0; trial < 1000; ++trial) {
    int64_t extent = 1 + random() % 40, size = 1 + random() % 9, shift = static_cast<int64_t>(random() % 21) - 10,
            outer = 1 + random() % 3, behind = static_cast<int64_t>(random() % 5) - 2;
    auto window = [&](int64_t at) {
      return llvm::divideFloorSigned(llvm::divideFloorSigned(at + shift, size) + behind, outer);
    };
    auto text = [&](char at) {
      return llvm::formatv("(({0}1 + {1}) floordiv {2} + {3}) floordiv {4}", at, shift, size, behind, outer).str();
    };
    MaskAttrInterface mask = parse("#attn.set<grid = [?, ?], " + text('i') + " eq " + text('j') + ">");
    int64_t first = random() % extent, last = first + random() % (extent - first);
    std::vector<int64_t> inputs(MaskInput::symbolLow(2), -1);
    inputs[MaskInput::symbolLow(0)] = 3;
    inputs[MaskInput::symbolLow(1)] = extent;
    inputs[MaskInput::queryAxisFirst(1)] = first;
    inputs[MaskInput::queryAxisLast(1)] = last;
    SymbolKind kinds[] = {SymbolKind::Scalar, SymbolKind::Scalar};
    AxisBoundsReading bounds = *readAxisBounds([&](MaskBuilder &b) { return mask.build(b); }, kinds, 1);
    IndexGraphEvaluator value(bounds.graph, {bounds.lo.id, bounds.hi.id});
    value.run(inputs);
    int64_t least = extent, greatest = -1;
    for (int64_t key = 0; key < extent; ++key)
      if (window(key) >= window(first) && window(key) <= window(last)) {
        least = std::min(least, key);
        greatest = key;
      }
    ASSERT_EQ(value.get(bounds.lo), least) << "trial " << trial;
    ASSERT_EQ(value.get(bounds.hi), greatest + 1) << "trial " << trial;
    narrowed += greatest + 1 - least < extent;
    ++compared;
  }
  std::cout << "compared " << compared << " hulls, " << narrowed << " narrower than the axis\n";
  EXPECT_GT(narrowed, 200);
}

/// Of flat positions, windows of lines whose length is known at run time only are bounds, too: up to a window wider on
/// either side where they are shifted.
TEST_F(Grids, WindowsOfLinesBoundFlatPositions) {
  SymbolKind kinds[] = {SymbolKind::Scalar, SymbolKind::Scalar};
  long compared = 0;
  for (int64_t shift : {0, 3}) {
    MaskAttrInterface mask =
        parse(llvm::formatv("#attn.set<grid = [?, ?], (i0 + {0}) floordiv 4 eq (j0 + {0}) floordiv 4>", shift).str());
    BoundsReading bounds = readBounds([&](MaskBuilder &b) { return mask.build(b); }, kinds);
    EXPECT_TRUE(bounds.hasLower && bounds.hasUpper);
    IndexGraphEvaluator value(bounds.graph, {bounds.lo.id, bounds.hi.id});
    for (int64_t length : {1, 7, 64})
      for (int64_t line = 0; line < 40; ++line) {
        std::vector<int64_t> inputs(MaskInput::symbolLow(2), 0);
        inputs[MaskInput::QueryFirst] = line * length;
        inputs[MaskInput::QueryLast] = (line + 1) * length - 1;
        inputs[MaskInput::Queries] = inputs[MaskInput::Keys] = 40 * length;
        inputs[MaskInput::symbolLow(0)] = 40;
        inputs[MaskInput::symbolLow(1)] = length;
        value.run(inputs);
        int64_t first = std::max<int64_t>((line + shift) / 4 * 4 - shift, 0), end = (line + shift) / 4 * 4 - shift + 4;
        int64_t lo = value.get(bounds.lo), hi = value.get(bounds.hi), slack = shift == 0 ? 0 : 4 * length;
        EXPECT_TRUE(lo <= first * length && lo >= first * length - slack) << line << " of " << length;
        EXPECT_TRUE(hi >= std::min<int64_t>(end, 40) * length && hi <= end * length + slack)
            << line << " of " << length;
        ++compared;
      }
  }
  std::cout << "compared " << compared << " bounds\n";
  EXPECT_EQ(compared, 240);
}

/// Keys of a line are asked one by one only where they differ.
TEST_F(Grids, RemaindersOfKeysAreThoseOfTheLastAxis) {
  auto reads = [&](llvm::StringRef text, Coordinates coordinates, unsigned rank) {
    MaskAttrInterface mask = parse(text);
    return readsRemaindersOfKeys(readTile([&](MaskBuilder &b) { return mask.build(b); }, {}, coordinates), rank);
  };
  llvm::StringRef first = "#attn.set<grid = [4, 8], (i0 - j0) mod 2 eq 0>",
                  last = "#attn.set<grid = [4, 8], j1 mod 3 eq 0>";
  EXPECT_FALSE(reads(first, Coordinates::Given, 2));
  EXPECT_TRUE(reads(last, Coordinates::Given, 2));
  EXPECT_FALSE(reads("#attn.set<grid = [4, 8], i1 mod 3 - j1 ge 0>", Coordinates::Given, 2));
  EXPECT_TRUE(reads("#attn.set<grid = [4, 8], i0 - j0 ge 0, (i - j) mod 5 eq 0>", Coordinates::Given, 2));
  // Coordinates that are computed are remainders themselves.
  EXPECT_TRUE(reads(first, Coordinates::Flat, 1));
  EXPECT_FALSE(reads("#attn.set<i mod 4 - j ge 0>", Coordinates::Flat, 1));
}

/// Blocks by counting from one to the other, segments by comparing.
TEST_F(Grids, BlocksAndSegmentsMeanWhatTheySay) {
  std::mt19937 random(3);
  long compared = 0, visible = 0;
  for (unsigned trial = 0; trial < 300; ++trial) {
    int64_t size = 1 + random() % 12, left = random() % 4, right = random() % 4;
    auto blocks = BlocksAttr::get(&context, size, left == 3 ? kMaskLimit : left, right == 3 ? kMaskLimit : right);
    auto segments = SegmentsAttr::get(&context);
    int64_t first = static_cast<int64_t>(random() % 40) - 5, end = first + static_cast<int64_t>(random() % 20) - 2;
    for (int64_t i = 0; i < 30; ++i)
      for (int64_t j = 0; j < 30; ++j) {
        int64_t distance = j / size - i / size;
        bool inBlocks = (left == 3 || distance >= -left) && (right == 3 || distance <= right);
        Point point{0, 0, i, j, 30, 30, {first, end}};
        ASSERT_EQ(isVisible([&](MaskBuilder &b) { return blocks.build(b); }, point), inBlocks);
        bool inSegment = j >= first && j < end;
        ASSERT_EQ(isVisible([&](MaskBuilder &b) { return segments.build(b); }, point), inSegment);
        visible += inBlocks + inSegment;
        compared += 2;
      }
  }
  std::cout << "compared " << compared << " scores, " << visible << " visible\n";
  EXPECT_EQ(compared, 540000);
}

/// Documents of 16 tokens in tiles of 8: all tiles are recognised, and the hull is the document.
TEST_F(Grids, SegmentsAreKnownByRanges) {
  auto mask = SegmentsAttr::get(&context);
  auto define = [&](MaskBuilder &b) { return mask.build(b); };
  constexpr SymbolKind kinds[] = {SymbolKind::Rows, SymbolKind::Rows};
  TileReading tile = readTile(define, kinds);
  BoundsReading bounds = readBounds(define, kinds);
  IndexGraphEvaluator tileValue(tile.graph, {tile.full.id, tile.empty.id}),
      boundsValue(bounds.graph, {bounds.lo.id, bounds.hi.id});
  for (int64_t i = 0; i < 64; i += 8)
    for (int64_t j = 0; j < 64; j += 8) {
      std::vector<int64_t> inputs{0, 0, i, i + 7, j, j + 7, 64, 64};
      inputs.resize(MaskInput::kSymbols);
      int64_t first = i / 16 * 16;
      inputs.insert(inputs.end(), {first, first, first + 16, first + 16});
      tileValue.run(inputs);
      EXPECT_EQ(tileValue.get(tile.full), i / 16 == j / 16);
      EXPECT_EQ(tileValue.get(tile.empty), i / 16 != j / 16);
      boundsValue.run(inputs);
      EXPECT_EQ(boundsValue.get(bounds.lo), first);
      EXPECT_EQ(boundsValue.get(bounds.hi), first + 16);
    }
}

/// Loops run over the bounds and read memory there: coordinates and symbols that are lies must not lead outside.
TEST_F(Grids, BoundsStayInsideWhateverTheInputs) {
  std::mt19937_64 random(12);
  const int64_t extremes[] = {INT64_MIN, -IndexGraph::kLimit * 2, -1, 0, 1, IndexGraph::kLimit * 2, INT64_MAX};
  auto draw = [&] {
    return random() % 3 == 0 ? static_cast<int64_t>(random() % 100) : extremes[random() % std::size(extremes)];
  };
  long compared = 0;
  for (uint32_t seed = 0; seed < 1500; ++seed) {
    Composition mask(context, seed);
    auto define = [&](MaskBuilder &b) { return mask.build(b); };
    std::optional<MaskGrid> grid = findMaskGrid(define);
    for (unsigned axis = 0; grid && axis < grid->extents.size(); ++axis) {
      AxisBoundsReading bounds = *readAxisBounds(define, kCompositionKinds, axis);
      IndexGraphEvaluator value(bounds.graph, {bounds.lo.id, bounds.hi.id});
      for (unsigned repeat = 0; repeat < 4; ++repeat) {
        std::vector<int64_t> inputs;
        for (unsigned number = 0; number < MaskInput::symbolLow(kCompositionSymbols); ++number)
          inputs.push_back(draw());
        MaskExtent extent = grid->extents[axis];
        int64_t size =
            extent.isSymbol ? std::max<int64_t>(inputs[MaskInput::symbolLow(extent.value)], 0) : extent.value;
        value.run(inputs);
        int64_t lo = value.get(bounds.lo), hi = value.get(bounds.hi);
        ASSERT_TRUE(0 <= lo && lo <= hi && hi <= size) << "seed " << seed << ": " << lo << ", " << hi << " of " << size;
        ++compared;
      }
    }
  }
  std::cout << "compared " << compared << " bounds\n";
  EXPECT_GT(compared, 4000);
}

} // namespace
