// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Neighborhoods against the rule of NATTEN, written down once more: start and end of the window of each query on each
// axis, as reference/mask.hpp computes them, and nothing of this project's masks. Logs how much was compared.
#include "MaskZoo.h"
#include "attn/Analysis/MaskReadings.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace attn;
using namespace attn::test;

namespace {

struct Axis {
  int64_t extent, window, stride, dilation;
  bool isCausal;
};

/// Whether a query at `i` sees a key at `j`.
bool isNeighbour(const Axis &axis, int64_t i, int64_t j) {
  if (i % axis.dilation != j % axis.dilation)
    return false;
  // The tokens of the dilation group, renumbered.
  int64_t group = i % axis.dilation, length = (axis.extent - group + axis.dilation - 1) / axis.dilation;
  int64_t query = i / axis.dilation, key = j / axis.dilation;
  int64_t left = axis.window / 2, right = axis.window / 2 + axis.window % 2 - 1;
  int64_t leaderInGroup = axis.isCausal ? axis.stride - 1 : axis.stride / 2;
  int64_t leader = std::min(query / axis.stride * axis.stride + leaderInGroup, length - 1);
  int64_t start, end;
  if (axis.isCausal) {
    start = std::max<int64_t>(leader - left - right, 0);
    end = std::min(query + 1, length);
  } else {
    start = std::max<int64_t>(leader - left, 0);
    if (leader + right >= length)
      start += length - right - leader - 1;
    end = start + axis.window;
  }
  return start <= key && key < end;
}

std::vector<Axis> drawAxes(std::mt19937 &random) {
  std::vector<Axis> axes(1 + random() % 3);
  int64_t longest = axes.size() == 1 ? 60 : axes.size() == 2 ? 12 : 6;
  for (Axis &axis : axes) {
    axis.extent = 1 + random() % longest;
    axis.dilation = 1 + random() % std::min<int64_t>(axis.extent, 4);
    axis.window = 1 + random() % (axis.extent / axis.dilation);
    axis.stride = 1 + random() % axis.window;
    axis.isCausal = random() % 3 == 0;
  }
  return axes;
}

NeighborhoodAttr makeMask(mlir::MLIRContext &context, llvm::ArrayRef<Axis> axes, bool isDynamic) {
  llvm::SmallVector<int64_t> grid, window, stride, dilation;
  llvm::SmallVector<bool> causal;
  for (const Axis &axis : axes) {
    grid.push_back(isDynamic ? mlir::ShapedType::kDynamic : axis.extent);
    window.push_back(axis.window);
    stride.push_back(axis.stride);
    dilation.push_back(axis.dilation);
    causal.push_back(axis.isCausal);
  }
  return NeighborhoodAttr::get(&context, grid, window, stride, dilation, causal);
}

/// The coordinates of a token.
llvm::SmallVector<int64_t> locate(llvm::ArrayRef<Axis> axes, int64_t token) {
  llvm::SmallVector<int64_t> coordinates(axes.size());
  for (size_t axis = axes.size(); axis-- > 0; token /= axes[axis].extent)
    coordinates[axis] = token % axes[axis].extent;
  return coordinates;
}

/// Compares the exact reading of every pair of tokens; returns how many there were.
long compare(llvm::ArrayRef<Axis> axes, NeighborhoodAttr mask, Coordinates coordinates) {
  PointReading point = readPoint([&](MaskBuilder &b) { return mask.build(b); }, coordinates);
  IndexGraphEvaluator value(point.graph, point.visible.id);
  int64_t tokens = 1;
  std::vector<int64_t> inputs(MaskInput::symbolLow(axes.size()));
  for (auto [number, axis] : llvm::enumerate(axes)) {
    tokens *= axis.extent;
    inputs[MaskInput::symbolLow(number)] = axis.extent;
  }
  for (int64_t i = 0; i < tokens; ++i)
    for (int64_t j = 0; j < tokens; ++j) {
      auto at = locate(axes, i), seen = locate(axes, j);
      bool expected = true;
      for (auto [number, axis] : llvm::enumerate(axes))
        expected &= isNeighbour(axis, at[number], seen[number]);
      // What a reading must not look at is wrong.
      bool areGiven = coordinates == Coordinates::Given;
      inputs[MaskInput::QueryFirst] = areGiven ? -1 : i;
      inputs[MaskInput::KeyFirst] = areGiven ? -1 : j;
      for (unsigned axis = 0; axis < axes.size(); ++axis) {
        inputs[MaskInput::queryAxisFirst(axis)] = areGiven ? at[axis] : -1;
        inputs[MaskInput::keyAxisFirst(axis)] = areGiven ? seen[axis] : -1;
      }
      value.run(inputs);
      EXPECT_EQ(value.get(point.visible), expected) << "query " << i << ", key " << j;
      if (value.get(point.visible) != expected)
        return 0;
    }
  return long(tokens) * tokens;
}

class Neighborhood : public testing::Test {
protected:
  Neighborhood() { context.loadDialect<AttnDialect>(); }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  long compared = 0;
};

TEST_F(Neighborhood, AgreesWithNattenEverywhere) {
  std::mt19937 random(20250422);
  for (unsigned trial = 0; trial < 150; ++trial) {
    std::vector<Axis> axes = drawAxes(random);
    for (bool isDynamic : {false, true})
      for (Coordinates coordinates : {Coordinates::Flat, Coordinates::Given}) {
        NeighborhoodAttr mask = makeMask(context, axes, isDynamic);
        ASSERT_TRUE(mask);
        compared += compare(axes, mask, coordinates);
        ASSERT_FALSE(HasFailure()) << "trial " << trial;
      }
  }
  std::cout << "compared " << compared << " pairs\n";
  EXPECT_GT(compared, 500000);
}

/// The hull on one axis of what the queries from `first` to `last` see: exact without dilation; else it may exceed what
/// is seen by less than the dilation at either end, but not for one query.
void checkHull(const Axis &axis, int64_t first, int64_t last, int64_t lo, int64_t hi) {
  int64_t least = axis.extent, greatest = -1;
  for (int64_t i = first; i <= last; ++i)
    for (int64_t j = 0; j < axis.extent; ++j)
      if (isNeighbour(axis, i, j)) {
        least = std::min(least, j);
        greatest = std::max(greatest, j);
      }
  int64_t slack = first == last ? 0 : axis.dilation - 1;
  ASSERT_TRUE(lo <= least && greatest < hi && hi <= axis.extent && lo >= 0)
      << lo << ", " << hi << " of " << least << ", " << greatest;
  ASSERT_TRUE(least - lo <= slack && hi - 1 - greatest <= slack)
      << lo << ", " << hi << " of " << least << ", " << greatest;
}

TEST_F(Neighborhood, AxisBoundsAreTight) {
  std::mt19937 random(7);
  for (unsigned trial = 0; trial < 3000; ++trial) {
    std::vector<Axis> axes = drawAxes(random);
    NeighborhoodAttr mask = makeMask(context, axes, trial % 2 == 0);
    // Flat positions and what is behind the axis hold nothing that could help.
    std::vector<int64_t> inputs(MaskInput::symbolLow(axes.size()), -1);
    for (auto [number, axis] : llvm::enumerate(axes)) {
      inputs[MaskInput::symbolLow(number)] = axis.extent;
      inputs[MaskInput::queryAxisFirst(number)] = random() % axis.extent;
      int64_t rest = axis.extent - inputs[MaskInput::queryAxisFirst(number)];
      inputs[MaskInput::queryAxisLast(number)] = inputs[MaskInput::queryAxisFirst(number)] + random() % rest;
    }
    llvm::SmallVector<SymbolKind> kinds(axes.size(), SymbolKind::Scalar);
    for (auto [number, axis] : llvm::enumerate(axes)) {
      auto bounds = readAxisBounds([&](MaskBuilder &b) { return mask.build(b); }, kinds, number);
      ASSERT_TRUE(bounds.has_value());
      IndexGraphEvaluator value(bounds->graph, {bounds->lo.id, bounds->hi.id});
      int64_t first = inputs[MaskInput::queryAxisFirst(number)], last = inputs[MaskInput::queryAxisLast(number)];
      // The keys behind are those that queries see: their own coordinates.
      value.run(inputs);
      checkHull(axis, first, last, value.get(bounds->lo), value.get(bounds->hi));
      ASSERT_FALSE(HasFatalFailure()) << "trial " << trial << ", axis " << number;
      inputs[MaskInput::keyAxisFirst(number)] = first;
      ++compared;
    }
  }
  std::cout << "compared " << compared << " hulls\n";
  EXPECT_GT(compared, 5000);
}

} // namespace
