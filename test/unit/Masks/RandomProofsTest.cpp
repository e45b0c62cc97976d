// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Proofs for all sizes, of masks that nobody chose: random compositions that are affine or nearly so, and neighborhoods
// on grids of any extents, whose coordinates are given. The set of counterexamples to each claim of a reading is empty.
#include "MaskZoo.h"
#include "attn/Analysis/MaskReadings.h"
#include "attn/Analysis/PresburgerReading.h"
#include "mlir/IR/BuiltinTypes.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace attn;
using namespace attn::test;
using mlir::presburger::PresburgerSet;

namespace {

/// More parts would cost seconds for each mask. Masks that need them are left to brute force.
constexpr unsigned kMaxDisjuncts = 24;

using DimOf = llvm::function_ref<unsigned(unsigned)>;

/// `less <= more` for each pair of neighbours.
BoolExpr inOrder(IndexGraph &g, llvm::ArrayRef<IndexExpr> values) {
  BoolExpr holds = g.truth(true);
  for (size_t at = 1; at < values.size(); ++at)
    holds = g.conjunction(holds, g.ge(values[at], values[at - 1]));
  return holds;
}

//===----------------------------------------------------------------------===//
// Compositions
//===----------------------------------------------------------------------===//

/// The inputs of a tile but for symbols are the first dimensions. Then follow one query and one key of it, and the
/// symbols: one value; a value for each row, with its least and its greatest one; a value for each score.
enum CompositionDim : unsigned { kQuery = MaskInput::kAxes, kKey, kScalar, kLeast, kGreatest, kOfRow, kOfScore, kDims };
constexpr SymbolKind kKinds[] = {SymbolKind::Scalar, SymbolKind::Rows, SymbolKind::Unknown};

unsigned symbolDim(unsigned input, unsigned ofRow) {
  if (input < MaskInput::kAxes)
    return input;
  if (input == MaskInput::symbolLow(0))
    return kScalar;
  if (input == MaskInput::symbolLow(1))
    return ofRow;
  return input == MaskInput::symbolHigh(1) ? unsigned(kGreatest) : unsigned(kOfScore);
}
unsigned tileDim(unsigned input) { return symbolDim(input, kLeast); }
unsigned pointDim(unsigned input) {
  if (input == MaskInput::QueryFirst || input == MaskInput::KeyFirst)
    return input == MaskInput::QueryFirst ? kQuery : kKey;
  return symbolDim(input, kOfRow);
}
unsigned boundsDim(unsigned input) { return input == MaskInput::KeyFirst ? unsigned(kKey) : tileDim(input); }

PresburgerSet makeDomain() {
  IndexGraph g;
  auto dim = [&](unsigned number) { return g.input(number); };
  IndexExpr zero = g.constant(0), one = g.constant(1), limit = g.constant(IndexGraph::kLimit);
  BoolExpr holds = g.conjunction(inOrder(g, {zero, dim(MaskInput::QueryFirst), dim(kQuery), dim(MaskInput::QueryLast),
                                             g.sub(dim(MaskInput::Queries), one), limit}),
                                 inOrder(g, {zero, dim(MaskInput::KeyFirst), dim(kKey), dim(MaskInput::KeyLast),
                                             g.sub(dim(MaskInput::Keys), one), limit}));
  holds = g.conjunction(holds, inOrder(g, {dim(kLeast), dim(kOfRow), dim(kGreatest)}));
  for (unsigned position : {MaskInput::Batch, MaskInput::Head})
    holds = g.conjunction(holds, inOrder(g, {zero, dim(position), limit}));
  return *readPresburger(g, holds, kDims, [](unsigned input) { return input; });
}

/// What was proved.
struct Proofs {
  unsigned full = 0, empty = 0, bounds = 0, tooLarge = 0;
};

/// Proves that no point of `claim` is in `contrary`; counts claims that say something.
void prove(const IndexGraph &graph, BoolExpr claim, DimOf dimOf, const std::optional<PresburgerSet> &contrary,
           unsigned &proved, Proofs &proofs) {
  std::optional<PresburgerSet> set = readPresburger(graph, claim, kDims, dimOf, kMaxDisjuncts);
  if (!set || !contrary) {
    ++proofs.tooLarge;
    return;
  }
  ASSERT_TRUE(set->intersect(*contrary).isIntegerEmpty());
  proved += graph.getConstant(claim) != false;
}

void proveComposition(MaskDefinition mask, const PresburgerSet &domain, Proofs &proofs) {
  PointReading point = readPoint(mask);
  auto points = [&](BoolExpr expr) {
    std::optional<PresburgerSet> set = readPresburger(point.graph, expr, kDims, pointDim, kMaxDisjuncts);
    return set ? std::optional(set->intersect(domain)) : std::nullopt;
  };
  std::optional<PresburgerSet> visible = points(point.visible), masked = points(point.graph.negate(point.visible));
  TileReading tile = readTile(mask, kKinds);
  prove(tile.graph, tile.full, tileDim, masked, proofs.full, proofs);
  if (!::testing::Test::HasFatalFailure())
    prove(tile.graph, tile.empty, tileDim, visible, proofs.empty, proofs);
  BoundsReading bounds = readBounds(mask, kKinds);
  IndexExpr key = bounds.graph.input(MaskInput::KeyFirst);
  BoolExpr outside = bounds.graph.disjunction(bounds.graph.lt(key, bounds.lo), bounds.graph.ge(key, bounds.hi));
  if (!::testing::Test::HasFatalFailure())
    prove(bounds.graph, outside, boundsDim, visible, proofs.bounds, proofs);
}

/// Masks whose definitions divide once at most.
std::vector<BoundMask> makeMasks(mlir::MLIRContext &context) {
  constexpr unsigned kScalarSymbol = 0, kRowSymbol = 1;
  return {{CausalAttr::get(&context, 0, true), {}},
          {CausalAttr::get(&context, -2, false), {}},
          {WindowAttr::get(&context, 5, 2), {}},
          {PrefixAttr::get(&context, 7), {}},
          {LengthAttr::get(&context), {kScalarSymbol}},
          {LengthAttr::get(&context), {kRowSymbol}},
          {SegmentsAttr::get(&context), {kRowSymbol, kScalarSymbol}},
          {BlocksAttr::get(&context, 5, 1, 0), {}}};
}

TEST(RandomProofs, CompositionsHaveNoCounterexampleOfAnySize) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<AttnDialect>();
  std::vector<BoundMask> masks = makeMasks(context);
  Vocabulary words{std::size(kKinds), masks, {}, /*hasDivisions=*/false};
  PresburgerSet domain = makeDomain();
  Proofs proofs;
  for (uint32_t seed = 0; seed < 120; ++seed) {
    proveComposition([&](MaskBuilder &b) { return buildRandom(b, seed, 1 + seed % 4, words); }, domain, proofs);
    ASSERT_FALSE(HasFatalFailure()) << "composition " << seed;
  }
  std::cout << "proved " << proofs.full << " claims of full tiles, " << proofs.empty << " of empty ones, "
            << proofs.bounds << " of bounds; left " << proofs.tooLarge << " that have too many parts\n";
  EXPECT_GT(proofs.full, 20u);
  EXPECT_GT(proofs.empty, 20u);
  EXPECT_GT(proofs.bounds, 20u);
}

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

/// The tile's coordinates on the one axis, a query and a key of it, and the extent. More axes have thousands of parts;
/// they are conjunctions of such.
enum GridDim : unsigned { kQueryFirst, kQueryLast, kKeyFirst, kKeyLast, kQueryAt, kKeyAt, kExtent, kGridDims };

unsigned tileAxisDim(unsigned input) {
  return input == MaskInput::symbolLow(0) ? unsigned(kExtent) : input - MaskInput::kAxes;
}
unsigned pointAxisDim(unsigned input) {
  unsigned dim = tileAxisDim(input);
  return dim == kQueryFirst ? unsigned(kQueryAt) : dim == kKeyFirst ? unsigned(kKeyAt) : dim;
}

/// Tiles inside of grids that are as large as the window at least.
PresburgerSet makeGridDomain(int64_t least) {
  IndexGraph g;
  auto dim = [&](unsigned number) { return g.input(number); };
  IndexExpr zero = g.constant(0), last = g.sub(dim(kExtent), g.constant(1));
  BoolExpr holds = inOrder(g, {g.constant(least), dim(kExtent), g.constant(IndexGraph::kLimit)});
  holds = g.conjunction(holds, inOrder(g, {zero, dim(kQueryFirst), dim(kQueryAt), dim(kQueryLast), last}));
  holds = g.conjunction(holds, inOrder(g, {zero, dim(kKeyFirst), dim(kKeyAt), dim(kKeyLast), last}));
  return *readPresburger(g, holds, kGridDims, [](unsigned input) { return input; });
}

void proveCausalGrid(mlir::MLIRContext &context, int64_t window) {
  auto mask = NeighborhoodAttr::get(&context, {mlir::ShapedType::kDynamic}, {window}, {1}, {1}, {true});
  auto define = [&](MaskBuilder &b) { return mask.build(b); };
  PresburgerSet domain = makeGridDomain(window);
  auto readSet = [&](const IndexGraph &graph, BoolExpr expr, DimOf dimOf) {
    std::optional<PresburgerSet> set = readPresburger(graph, expr, kGridDims, dimOf);
    EXPECT_TRUE(set.has_value());
    return set ? set->intersect(domain) : domain;
  };
  PointReading point = readPoint(define, Coordinates::Given);
  PresburgerSet visible = readSet(point.graph, point.visible, pointAxisDim);
  PresburgerSet masked = readSet(point.graph, point.graph.negate(point.visible), pointAxisDim);
  TileReading tile = readTile(define, SymbolKind::Scalar, Coordinates::Given);
  PresburgerSet full = readSet(tile.graph, tile.full, tileAxisDim),
                empty = readSet(tile.graph, tile.empty, tileAxisDim);
  EXPECT_TRUE(full.intersect(masked).isIntegerEmpty());
  EXPECT_TRUE(empty.intersect(visible).isIntegerEmpty());
  EXPECT_FALSE(full.isIntegerEmpty());
  EXPECT_FALSE(empty.isIntegerEmpty());
  AxisBoundsReading bounds = *readAxisBounds(define, SymbolKind::Scalar, 0);
  IndexGraph &g = bounds.graph;
  IndexExpr key = g.input(MaskInput::keyAxisFirst(0));
  BoolExpr outside = g.disjunction(g.lt(key, bounds.lo), g.ge(key, bounds.hi));
  auto inBounds = [](unsigned input) {
    unsigned dim = tileAxisDim(input);
    return dim == kKeyFirst ? unsigned(kKeyAt) : dim;
  };
  PresburgerSet hidden = readSet(g, outside, inBounds);
  EXPECT_TRUE(hidden.intersect(visible).isIntegerEmpty());
  EXPECT_FALSE(hidden.isIntegerEmpty());
}

/// Where the window slides inwards the extent stands in more places, and the sets have hundreds of parts: MaskProofs
/// has that rule with the number of keys for the extent.
TEST(RandomProofs, CausalGridsOfAnyExtentHaveNoCounterexample) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<AttnDialect>();
  proveCausalGrid(context, /*window=*/8);
}

} // namespace
