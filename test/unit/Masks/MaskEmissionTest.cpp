// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The emitted arith ops compute what the expressions say: random masks are emitted once over block arguments, and their
// ops are folded op by op for many inputs. Also how few ops the common masks become.
#include "MaskZoo.h"
#include "attn/Codegen/MaskReadings.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace attn;
using namespace attn::test;
using namespace mlir;

namespace {

constexpr unsigned kSymbolCount = 2;
constexpr SymbolKind kKinds[kSymbolCount] = {SymbolKind::Scalar, SymbolKind::Rows};
constexpr unsigned kInputs = MaskInput::kSymbols + 2 * kSymbolCount;

/// A grid of which one extent is a symbol.
const MaskExtent kGrid[] = {{false, 4}, {true, 0}, {false, 3}};
constexpr unsigned kGridAxes = std::size(kGrid);

/// A block whose arguments are the inputs of a reading.
class Emission {
public:
  explicit Emission(MLIRContext &context) : builder(&context), module(ModuleOp::create(builder.getUnknownLoc())) {
    block = module->getBody();
    for (unsigned number = 0; number < kInputs; ++number)
      block->addArgument(builder.getIndexType(), builder.getUnknownLoc());
    builder.setInsertionPointToEnd(block);
  }
  Value arg(unsigned number) { return block->getArgument(number); }
  Location loc() { return builder.getUnknownLoc(); }
  MaskPoint point() {
    MaskPoint at{arg(MaskInput::Batch),    arg(MaskInput::Head),    arg(MaskInput::QueryFirst),
                 arg(MaskInput::KeyFirst), arg(MaskInput::Queries), arg(MaskInput::Keys)};
    for (unsigned axis = 0; axis < kGridAxes; ++axis)
      at.axes.push_back({arg(MaskInput::queryAxisFirst(axis)), arg(MaskInput::keyAxisFirst(axis))});
    return at;
  }
  /// The arguments of last positions hold exclusive ends here.
  MaskTile tile() {
    MaskTile at{arg(MaskInput::Batch),     arg(MaskInput::Head),     arg(MaskInput::QueryFirst),
                arg(MaskInput::QueryLast), arg(MaskInput::KeyFirst), arg(MaskInput::KeyLast),
                arg(MaskInput::Queries),   arg(MaskInput::Keys)};
    for (unsigned axis = 0; axis < kGridAxes; ++axis)
      at.axes.push_back({arg(MaskInput::queryAxisFirst(axis)), arg(MaskInput::queryAxisLast(axis)),
                         arg(MaskInput::keyAxisFirst(axis)), arg(MaskInput::keyAxisLast(axis))});
    return at;
  }

  /// Folds the ops of the block in order, given the arguments.
  void run(ArrayRef<int64_t> inputs) {
    values.clear();
    for (auto [number, input] : llvm::enumerate(inputs))
      values[arg(number)] = builder.getIndexAttr(input);
    for (Operation &op : *block) {
      SmallVector<Attribute> operands;
      for (Value operand : op.getOperands())
        operands.push_back(values.lookup(operand));
      SmallVector<OpFoldResult> results;
      ASSERT_TRUE(succeeded(op.fold(operands, results)) && results.size() == 1) << op.getName().getStringRef().str();
      auto asValue = dyn_cast<Value>(results[0]);
      values[op.getResult(0)] = asValue ? values.lookup(asValue) : cast<Attribute>(results[0]);
    }
  }
  int64_t get(Value value) { return cast<IntegerAttr>(values.lookup(value)).getValue().getSExtValue(); }
  bool getBool(Value value) { return get(value) != 0; }

  /// The ops of the block but for constants, by name.
  std::string describeOps() {
    std::string text;
    for (Operation &op : *block)
      if (!isa<arith::ConstantOp>(op))
        text += (text.empty() ? "" : " ") + op.getName().stripDialect().str();
    return text;
  }

  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
  Block *block;
  llvm::DenseMap<Value, Attribute> values;
};

std::vector<int64_t> drawInputs(std::mt19937 &random) {
  int64_t queries = 1 + random() % 60, keys = 1 + random() % 60, i0 = random() % queries, j0 = random() % keys;
  int64_t i1 = i0 + 1 + random() % (queries - i0), j1 = j0 + 1 + random() % (keys - j0);
  int64_t batch = random() % 3, head = random() % 3;
  std::vector<int64_t> inputs{batch, head, i0, i1, j0, j1, queries, keys};
  inputs.resize(MaskInput::kSymbols);
  for (unsigned axis = 0; axis < kGridAxes; ++axis)
    for (unsigned first : {MaskInput::queryAxisFirst(axis), MaskInput::keyAxisFirst(axis)}) {
      inputs[first] = random() % 12;
      inputs[first + 1] = inputs[first] + 1 + random() % 5;
    }
  for (unsigned symbol = 0; symbol < kSymbolCount; ++symbol) {
    int64_t least = static_cast<int64_t>(random() % 60) - 5, width = random() % 9;
    inputs.push_back(least);
    inputs.push_back(symbol == 0 ? least : least + width);
  }
  return inputs;
}

/// Readings want last positions.
void makeInclusive(std::vector<int64_t> &inputs) {
  --inputs[MaskInput::QueryLast];
  --inputs[MaskInput::KeyLast];
  for (unsigned axis = 0; axis < kGridAxes; ++axis) {
    --inputs[MaskInput::queryAxisLast(axis)];
    --inputs[MaskInput::keyAxisLast(axis)];
  }
}

class MaskEmission : public ::testing::Test {
protected:
  MaskEmission() : context(MLIRContext::Threading::DISABLED) {
    context.loadDialect<arith::ArithDialect, AttnDialect>();
  }

  /// Compares every reading of one mask for some inputs.
  void compare(const Mask &mask, std::mt19937 &random, uint32_t seed, Coordinates coordinates = Coordinates::Flat) {
    MaskReadings readings(MaskDefinition(mask), kKinds, coordinates);
    Emission e(context);
    auto least = [&](unsigned symbol) { return e.arg(MaskInput::symbolLow(symbol)); };
    auto range = [&](unsigned symbol) { return SymbolBounds{least(symbol), e.arg(MaskInput::symbolHigh(symbol))}; };
    Value visible = readings.emitVisible(e.builder, e.loc(), e.point(), least);
    TileTest test = readings.emitTileTest(e.builder, e.loc(), e.tile(), range);
    KeyBounds keyBounds = readings.emitKeyBounds(e.builder, e.loc(), e.tile(), range);
    PointReading point = readPoint(mask, coordinates);
    TileReading tile = readTile(mask, kKinds, coordinates);
    BoundsReading bounds = readBounds(mask, kKinds);
    IndexGraphEvaluator pointValue(point.graph, point.visible.id), tileValue(tile.graph, {tile.full.id, tile.empty.id}),
        boundsValue(bounds.graph, {bounds.lo.id, bounds.hi.id});
    for (unsigned repeat = 0; repeat < 8; ++repeat) {
      std::vector<int64_t> inputs = drawInputs(random);
      e.run(inputs);
      ASSERT_FALSE(HasFatalFailure());
      makeInclusive(inputs);
      pointValue.run(inputs);
      tileValue.run(inputs);
      boundsValue.run(inputs);
      ASSERT_EQ(e.getBool(visible), pointValue.get(point.visible)) << "seed " << seed;
      ASSERT_EQ(e.getBool(test.full), tileValue.get(tile.full)) << "seed " << seed;
      ASSERT_EQ(e.getBool(test.empty), tileValue.get(tile.empty)) << "seed " << seed;
      ASSERT_EQ(e.get(keyBounds.lo), boundsValue.get(bounds.lo)) << "seed " << seed;
      ASSERT_EQ(e.get(keyBounds.hi), boundsValue.get(bounds.hi)) << "seed " << seed;
      compared += 5;
    }
  }

  /// Compares the bounds of coordinates on each axis.
  void compareAxes(const Mask &mask, std::mt19937 &random, uint32_t seed) {
    MaskReadings readings(MaskDefinition(mask), kKinds, Coordinates::Given);
    for (unsigned axis = 0; axis < kGridAxes; ++axis) {
      Emission e(context);
      KeyBounds emitted = readings.emitAxisBounds(e.builder, e.loc(), axis, e.tile(), [&](unsigned symbol) {
        return SymbolBounds{e.arg(MaskInput::symbolLow(symbol)), e.arg(MaskInput::symbolHigh(symbol))};
      });
      AxisBoundsReading bounds = *readAxisBounds(mask, kKinds, axis);
      EXPECT_EQ(readings.hasLowerBound(axis), bounds.hasLower);
      EXPECT_EQ(readings.hasUpperBound(axis), bounds.hasUpper);
      IndexGraphEvaluator value(bounds.graph, {bounds.lo.id, bounds.hi.id});
      for (unsigned repeat = 0; repeat < 4; ++repeat) {
        std::vector<int64_t> inputs = drawInputs(random);
        e.run(inputs);
        ASSERT_FALSE(HasFatalFailure());
        makeInclusive(inputs);
        value.run(inputs);
        ASSERT_EQ(e.get(emitted.lo), value.get(bounds.lo)) << "seed " << seed;
        ASSERT_EQ(e.get(emitted.hi), value.get(bounds.hi)) << "seed " << seed;
        compared += 2;
      }
    }
  }

  MLIRContext context;
  long compared = 0;
};

TEST_F(MaskEmission, EmittedOpsComputeTheExpressions) {
  std::mt19937 random(7);
  for (uint32_t seed = 0; seed < 1500; ++seed) {
    compare([&](MaskBuilder &b) { return buildRandom(b, seed, 1 + seed % 4, kSymbolCount); }, random, seed);
    if (HasFatalFailure())
      return;
  }
  for (const PinnedMask &pinned : makePinnedMasks(context))
    compare(pinned.mask, random, 0);
  std::cout << "compared " << compared << " emitted values\n";
  EXPECT_GT(compared, 50000);
}

TEST_F(MaskEmission, EmittedOpsComputeCoordinates) {
  std::mt19937 random(8);
  unsigned grids = 0;
  for (uint32_t seed = 0; seed < 600; ++seed) {
    Mask mask = [&](MaskBuilder &b) { return buildRandom(b, seed, 1 + seed % 4, Vocabulary{kSymbolCount, {}, kGrid}); };
    compare(mask, random, seed);
    if (!findMaskGrid(mask))
      continue;
    ++grids;
    compare(mask, random, seed, Coordinates::Given);
    compareAxes(mask, random, seed);
    if (HasFatalFailure())
      return;
  }
  std::cout << "compared " << compared << " emitted values of " << grids << " masks on grids\n";
  EXPECT_GT(compared, 30000);
  EXPECT_GT(grids, 200u);
}

TEST_F(MaskEmission, CoordinatesThatAreGivenNeedNoPositions) {
  auto mask = NeighborhoodAttr::get(&context, {56, 56}, {7, 7}, {1, 1}, {1, 1}, {false, false});
  MaskReadings given(mask, {}, Coordinates::Given), flat(mask);
  ASSERT_TRUE(given.getGrid().has_value());
  EXPECT_EQ(given.getGrid()->extents.size(), 2u);
  EXPECT_FALSE(given.readsFlat());
  EXPECT_TRUE(flat.readsFlat());
  for (unsigned axis : {0, 1})
    EXPECT_TRUE(given.hasLowerBound(axis) && given.hasUpperBound(axis));
  // A window over flat positions beside it reads those.
  MaskAttrInterface operands[] = {mask, CausalAttr::get(&context, 0, false)};
  EXPECT_TRUE(MaskReadings(AndAttr::get(&context, operands), {}, Coordinates::Given).readsFlat());
  EXPECT_FALSE(MaskReadings(operands[1]).getGrid().has_value());
}

TEST_F(MaskEmission, CommonMasksBecomeFewOps) {
  struct Case {
    MaskAttrInterface mask;
    const char *visible, *test, *bounds;
  };
  auto causal = CausalAttr::get(&context, 0, false);
  auto window = WindowAttr::get(&context, 255, 0);
  const Case cases[] = {
      {causal, "cmpi", "subi subi cmpi cmpi", "subi addi minsi maxsi"},
      {LengthAttr::get(&context), "cmpi", "subi cmpi cmpi", "minsi maxsi"},
      {PrefixAttr::get(&context, 4), "cmpi", "subi cmpi cmpi", "minsi maxsi"},
      {DenseAttr::get(&context), "cmpi", "cmpi cmpi", ""},
      {window, "addi cmpi cmpi andi", "", ""},
  };
  for (const Case &c : cases) {
    MaskReadings readings(c.mask, SymbolKind::Scalar);
    Emission visible(context), test(context), bounds(context);
    auto symbol = [](Emission &e) { return [&e](unsigned number) { return e.arg(MaskInput::symbolLow(number)); }; };
    auto range = [](Emission &e) {
      return [&e](unsigned number) { return SymbolBounds{e.arg(MaskInput::symbolLow(number)), {}}; };
    };
    readings.emitVisible(visible.builder, visible.loc(), visible.point(), symbol(visible));
    EXPECT_EQ(visible.describeOps(), c.visible);
    if (c.mask == MaskAttrInterface(window))
      continue;
    readings.emitTileTest(test.builder, test.loc(), test.tile(), range(test));
    readings.emitKeyBounds(bounds.builder, bounds.loc(), bounds.tile(), range(bounds));
    EXPECT_EQ(test.describeOps(), c.test);
    EXPECT_EQ(bounds.describeOps(), c.bounds);
  }
}

TEST_F(MaskEmission, NoMaskNeedsNoCode) {
  MaskReadings readings{MaskAttrInterface()};
  EXPECT_TRUE(readings.isAlwaysVisible());
  EXPECT_EQ(readings.getKnownFull(), true);
  EXPECT_EQ(readings.getKnownEmpty(), false);
  EXPECT_FALSE(readings.hasLowerBound() || readings.hasUpperBound());
  EXPECT_TRUE(readings.isSingleBand());
}

TEST_F(MaskEmission, KnowsWhichSymbolsCount) {
  MaskAttrInterface operands[] = {LengthAttr::get(&context), DenseAttr::get(&context)};
  MaskReadings readings(AndAttr::get(&context, operands), {SymbolKind::Scalar, SymbolKind::Unknown});
  EXPECT_TRUE(readings.readsSymbol(0) && readings.readsSymbol(1));
  EXPECT_FALSE(readings.readsSymbol(2));
  // What a dense mask hides is not known before its elements are read: a tile is never full, but empty beyond the
  // length.
  EXPECT_EQ(readings.getKnownFull(), false);
  EXPECT_EQ(readings.getKnownEmpty(), std::nullopt);
  EXPECT_TRUE(readings.hasUpperBound());
}

} // namespace
