// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Composition.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace attn;
using namespace attn::test;

Composition::Composition(mlir::MLIRContext &context, uint32_t seed) : seed(seed), random(seed ^ 0x5bd1e995) {
  unsigned axes = 1 + draw(3);
  int64_t longest = axes == 1 ? 40 : axes == 2 ? 8 : 4;
  for (unsigned axis = 0; axis < axes; ++axis) {
    grid.push_back(1 + draw(longest));
    bool isSymbol = draw(3) == 0;
    extents.push_back({isSymbol, isSymbol ? int64_t(kExtent + axis) : grid.back()});
  }
  for (unsigned count = 4; count > 0; --count)
    masks.push_back(drawMask(context, 2));
}

int64_t Composition::getTokens() const {
  int64_t tokens = 1;
  for (int64_t extent : grid)
    tokens *= extent;
  return tokens;
}

Truth Composition::build(MaskBuilder &b) const {
  return buildRandom(b, seed, 1 + seed % 4, Vocabulary{kExtent, masks, extents});
}

int64_t Composition::symbol(unsigned number, int64_t i, int64_t j, uint64_t salt) const {
  if (number >= kExtent)
    return number - kExtent < grid.size() ? grid[number - kExtent] : 0;
  auto hash = [&](uint64_t place) {
    return ((place + 1) * 0x9E3779B97F4A7C15u ^ salt * 0xD1B54A32D192ED03u ^ number) >> 33;
  };
  // Segments of a few lengths, some of them with gaps between and some beyond all keys.
  int64_t length = 1 + salt % 11;
  if (number == kFirst)
    return i / length * length - static_cast<int64_t>(salt / 16 % 3);
  if (number == kEnd)
    return (i / length + 1) * length - static_cast<int64_t>(salt / 64 % 3);
  uint64_t place = number == kOne ? 0 : number == kRow ? i : i * 64 + j;
  return static_cast<int64_t>(hash(place) % 45) - 4;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

BoundMask Composition::drawMask(mlir::MLIRContext &context, unsigned depth) {
  unsigned choice = depth == 0 ? 0 : draw(8);
  if (choice < 4)
    return drawLeaf(context);
  BoundMask result;
  llvm::SmallVector<MaskAttrInterface> operands;
  for (unsigned count = choice == 7 ? 1 : 1 + draw(3); count > 0; --count) {
    BoundMask operand = drawMask(context, depth - 1);
    operands.push_back(operand.mask);
    result.symbols.append(operand.symbols);
  }
  if (choice == 7)
    result.mask = NotAttr::get(&context, operands.front());
  else
    result.mask = choice < 6 ? MaskAttrInterface(AndAttr::get(&context, operands)) : OrAttr::get(&context, operands);
  return result;
}

BoundMask Composition::drawLeaf(mlir::MLIRContext &context) {
  switch (draw(11)) {
  case 0:
    return {CausalAttr::get(&context, static_cast<int64_t>(draw(9)) - 4, false), {}};
  case 1:
    return {CausalAttr::get(&context, 0, true), {}};
  case 2: {
    int64_t left = draw(12), right = draw(9);
    return {WindowAttr::get(&context, left < 9 ? left : kMaskLimit, right), {}};
  }
  case 3:
    return draw(2) == 0 ? BoundMask{PrefixAttr::get(&context, draw(20)), {}}
                        : BoundMask{PrefixAttr::get(&context, std::nullopt), {draw(3)}};
  case 4:
    return {LengthAttr::get(&context), {draw(2) == 0 ? unsigned(kOne) : unsigned(kRow)}};
  case 5:
    return {DenseAttr::get(&context), {draw(3)}};
  case 6:
    return draw(2) == 0 ? BoundMask{drawSet(context), {}} : drawSetOnGrid(context);
  case 7: {
    int64_t size = 1 + draw(9), left = draw(4), right = draw(3);
    return {BlocksAttr::get(&context, size, left < 3 ? left : kMaskLimit, right), {}};
  }
  case 8:
    return {SegmentsAttr::get(&context), {kFirst, kEnd}};
  default:
    return drawNeighborhood(context);
  }
}

MaskAttrInterface Composition::drawSet(mlir::MLIRContext &context) {
  mlir::AffineExpr i = mlir::getAffineDimExpr(2, &context), j = mlir::getAffineDimExpr(3, &context);
  mlir::AffineExpr distance = draw(2) == 0 ? i - j : j - i;
  mlir::AffineExpr constraints[] = {distance + (static_cast<int64_t>(draw(9)) - 4),
                                    draw(2) == 0 ? distance % (1 + draw(5)) : i.floorDiv(1 + draw(5)) - j};
  bool isEqual[] = {false, draw(2) == 0};
  return SetAttr::get(&context, mlir::IntegerSet::get(/*dimCount=*/4, /*symbolCount=*/2, constraints, isEqual));
}

/// Coordinates on one or two axes, compared as they are, in windows or in steps.
BoundMask Composition::drawSetOnGrid(mlir::MLIRContext &context) {
  llvm::SmallVector<mlir::AffineExpr> constraints;
  llvm::SmallVector<bool> isEqual;
  for (unsigned count = 1 + draw(2); count > 0; --count) {
    unsigned axis = draw(grid.size());
    mlir::AffineExpr i = mlir::getAffineDimExpr(SetAttr::kPositions + 2 * axis, &context);
    mlir::AffineExpr j = mlir::getAffineDimExpr(SetAttr::kPositions + 2 * axis + 1, &context);
    int64_t offset = static_cast<int64_t>(draw(7)) - 3, size = 1 + draw(4);
    unsigned choice = draw(5);
    if (choice == 0)
      constraints.push_back(i - j);
    else if (choice == 1)
      constraints.push_back((i + offset).floorDiv(size) - (j + offset).floorDiv(size));
    else if (choice == 2)
      constraints.push_back((j + offset).floorDiv(size).floorDiv(2) - i.floorDiv(size));
    else if (choice == 3)
      constraints.push_back((i - j) % size);
    else
      constraints.push_back(draw(2) == 0 ? i - j + offset : j - i + offset);
    isEqual.push_back(choice < 4 && draw(3) != 0);
  }
  llvm::SmallVector<int64_t> sizes = getSizes();
  auto set = mlir::IntegerSet::get(SetAttr::kPositions + 2 * grid.size(), /*symbolCount=*/2, constraints, isEqual);
  return {SetAttr::get(&context, set, sizes), getExtentSymbols()};
}

/// The grid as attributes have it.
llvm::SmallVector<int64_t> Composition::getSizes() const {
  llvm::SmallVector<int64_t> sizes;
  for (auto [axis, extent] : llvm::enumerate(grid))
    sizes.push_back(extents[axis].isSymbol ? mlir::ShapedType::kDynamic : extent);
  return sizes;
}

llvm::SmallVector<unsigned, 2> Composition::getExtentSymbols() const {
  llvm::SmallVector<unsigned, 2> symbols;
  for (const MaskExtent &extent : extents)
    if (extent.isSymbol)
      symbols.push_back(extent.value);
  return symbols;
}

BoundMask Composition::drawNeighborhood(mlir::MLIRContext &context) {
  llvm::SmallVector<int64_t> window, stride, dilation;
  llvm::SmallVector<bool> causal;
  for (int64_t extent : grid) {
    dilation.push_back(1 + draw(std::min<int64_t>(extent, 3)));
    window.push_back(1 + draw(extent / dilation.back()));
    stride.push_back(1 + draw(window.back()));
    causal.push_back(draw(3) == 0);
  }
  return {NeighborhoodAttr::get(&context, getSizes(), window, stride, dilation, causal), getExtentSymbols()};
}
