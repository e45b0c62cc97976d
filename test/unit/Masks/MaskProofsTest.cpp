// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Proofs for all sizes: of masks that are affine and small, the set of counterexamples to each claim of a reading is
// empty. Other masks are held by brute force only: for some of them the solver does not terminate.
#include "MaskZoo.h"
#include "attn/Analysis/MaskReadings.h"
#include "attn/Analysis/PresburgerReading.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace attn;
using namespace attn::test;
using mlir::presburger::PresburgerSet;

namespace {

/// The inputs of a tile are the first dimensions; one query and one key of it follow.
enum : unsigned { Query = MaskInput::kAxes, Key, NumDims };

unsigned tileDim(unsigned input) { return input; }
unsigned pointDim(unsigned input) {
  return input == MaskInput::QueryFirst ? unsigned(Query) : input == MaskInput::KeyFirst ? unsigned(Key) : input;
}

PresburgerSet read(const IndexGraph &graph, BoolExpr expr, unsigned (*dimOf)(unsigned)) {
  std::optional<PresburgerSet> set = readPresburger(graph, expr, NumDims, dimOf);
  EXPECT_TRUE(set.has_value());
  return set ? *set : PresburgerSet::getUniverse(mlir::presburger::PresburgerSpace::getSetSpace(NumDims));
}

/// 0 <= first <= query <= last < queries <= limit, and the same for keys.
PresburgerSet makeDomain() {
  IndexGraph g;
  BoolExpr holds = g.truth(true);
  auto order = [&](unsigned less, unsigned more) { holds = g.conjunction(holds, g.ge(g.input(more), g.input(less))); };
  for (auto [first, position, last, size] :
       {std::array<unsigned, 4>{MaskInput::QueryFirst, Query, MaskInput::QueryLast, MaskInput::Queries},
        std::array<unsigned, 4>{MaskInput::KeyFirst, Key, MaskInput::KeyLast, MaskInput::Keys}}) {
    holds = g.conjunction(holds, g.ge(g.input(first), g.constant(0)));
    order(first, position);
    order(position, last);
    holds = g.conjunction(holds, g.lt(g.input(last), g.input(size)));
    holds = g.conjunction(holds, g.ge(g.constant(IndexGraph::kLimit), g.input(size)));
  }
  return read(g, holds, tileDim);
}

const char *const kProvable[] = {"causal",
                                 "causal bottom-right",
                                 "window",
                                 "causal and window",
                                 "prefix-LM",
                                 "sink and causal window",
                                 "chunked causal 8",
                                 "span of the previous block of 8",
                                 "halo 8/3",
                                 "not causal",
                                 "neighborhood 7",
                                 "block diagonal 8",
                                 "dilated 4 and causal window",
                                 "neighborhood 9, stride 3"};

TEST(MaskProofs, NoCounterexampleOfAnySize) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  PresburgerSet domain = makeDomain();
  unsigned proofs = 0;
  for (const PinnedMask &pinned : makePinnedMasks(context)) {
    if (!llvm::is_contained(kProvable, pinned.name))
      continue;
    PointReading point = readPoint(pinned.mask);
    TileReading tile = readTile(pinned.mask, {});
    BoundsReading bounds = readBounds(pinned.mask, {});
    PresburgerSet visible = read(point.graph, point.visible, pointDim).intersect(domain);
    PresburgerSet masked = read(point.graph, point.graph.negate(point.visible), pointDim).intersect(domain);
    PresburgerSet full = read(tile.graph, tile.full, tileDim), empty = read(tile.graph, tile.empty, tileDim);
    EXPECT_TRUE(full.intersect(masked).isIntegerEmpty()) << pinned.name << ": a full tile masks a score";
    EXPECT_TRUE(empty.intersect(visible).isIntegerEmpty()) << pinned.name << ": an empty tile shows a score";
    // The bounds of the tile's queries; their graph has no key of its own.
    IndexExpr key = bounds.graph.input(MaskInput::KeyFirst);
    BoolExpr outside = bounds.graph.disjunction(bounds.graph.lt(key, bounds.lo), bounds.graph.ge(key, bounds.hi));
    auto boundsDim = [](unsigned input) { return input == MaskInput::KeyFirst ? unsigned(Key) : input; };
    EXPECT_TRUE(read(bounds.graph, outside, boundsDim).intersect(visible).isIntegerEmpty())
        << pinned.name << ": a key out of bounds";
    // No claim is proved because it says nothing.
    EXPECT_FALSE(full.intersect(visible).isIntegerEmpty()) << pinned.name << ": nothing is ever full";
    EXPECT_FALSE(empty.intersect(masked).isIntegerEmpty()) << pinned.name << ": nothing is ever empty";
    proofs += 3;
  }
  std::cout << "proved " << proofs << " claims\n";
  EXPECT_EQ(proofs, 3 * std::size(kProvable));
}

TEST(MaskProofs, AWrongClaimHasACounterexample) {
  PresburgerSet domain = makeDomain();
  Mask causal = [](MaskBuilder &b) { return b.ge(b.query(), b.key()); };
  Mask shifted = [](MaskBuilder &b) { return b.ge(b.add(b.query(), b.literal(1)), b.key()); };
  PointReading point = readPoint(causal);
  PresburgerSet masked = read(point.graph, point.graph.negate(point.visible), pointDim).intersect(domain);
  TileReading tile = readTile(shifted, {});
  EXPECT_FALSE(read(tile.graph, tile.full, tileDim).intersect(masked).isIntegerEmpty());
}

TEST(MaskProofs, TooManyPiecesAreRefused) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  for (const PinnedMask &pinned : makePinnedMasks(context))
    if (pinned.name == "radial, frames of 16") {
      TileReading tile = readTile(pinned.mask, {});
      EXPECT_FALSE(readPresburger(tile.graph, tile.empty, NumDims, tileDim, /*maxDisjuncts=*/64).has_value());
    }
}

} // namespace
