// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index graphs become arith ops here, one op a node but for divisions.
#include "attn/Codegen/MaskReadings.h"
#include "dialects/Attn/AttnOps.h"
#include "dialects/Attn/RenamedSymbols.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;
using Kind = IndexGraph::Kind;

namespace {

/// Emits the nodes that some roots need, in order; what an input is worth is asked when it is first needed.
class GraphEmitter {
public:
  GraphEmitter(OpBuilder &builder, Location loc, const IndexGraph &graph, llvm::function_ref<Value(unsigned)> input)
      : b(builder), loc(loc), graph(graph), input(input), values(graph.getNodes().size()) {}

  void emit(ArrayRef<unsigned> roots) {
    for (unsigned id : graph.getReachable(roots))
      values[id] = emitNode(graph.getNodes()[id]);
  }
  Value get(IndexExpr expr) const { return values[expr.id]; }
  Value get(BoolExpr expr) const { return values[expr.id]; }

private:
  Value emitNode(const IndexGraph::Node &node);
  Value emitFloorDiv(Value value, IndexRange range, int64_t divisor);
  Value emitMod(Value value, IndexRange range, int64_t divisor);
  Value emitFloorDivBy(Value value, IndexRange range, Value divisor);
  Value emitModBy(Value value, IndexRange range, Value divisor);
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  template <typename OpTy, typename... Args> Value fold(Args &&...args) {
    return b.createOrFold<OpTy>(loc, std::forward<Args>(args)...);
  }
  Value compare(arith::CmpIPredicate predicate, Value lhs, Value rhs) {
    return fold<arith::CmpIOp>(predicate, lhs, rhs);
  }

  OpBuilder &b;
  Location loc;
  const IndexGraph &graph;
  llvm::function_ref<Value(unsigned)> input;
  SmallVector<Value> values;
};

Value GraphEmitter::emitNode(const IndexGraph::Node &node) {
  Value lhs = values[node.a], rhs = values[node.b];
  switch (node.kind) {
  case Kind::Input:
    return input(node.value);
  case Kind::Constant:
    return constant(node.value);
  case Kind::Truth:
    return arith::ConstantIntOp::create(b, loc, node.value, /*width=*/1);
  case Kind::Add:
    return fold<arith::AddIOp>(lhs, rhs);
  case Kind::Sub:
    return fold<arith::SubIOp>(lhs, rhs);
  case Kind::Mul:
    return fold<arith::MulIOp>(lhs, constant(node.value));
  case Kind::FloorDiv:
    return emitFloorDiv(lhs, graph.getNodes()[node.a].range, node.value);
  case Kind::Mod:
    return emitMod(lhs, graph.getNodes()[node.a].range, node.value);
  case Kind::MulBy:
    return fold<arith::MulIOp>(lhs, rhs);
  case Kind::FloorDivBy:
    return emitFloorDivBy(lhs, graph.getNodes()[node.a].range, rhs);
  case Kind::ModBy:
    return emitModBy(lhs, graph.getNodes()[node.a].range, rhs);
  case Kind::Min:
    return fold<arith::MinSIOp>(lhs, rhs);
  case Kind::Max:
    return fold<arith::MaxSIOp>(lhs, rhs);
  case Kind::Select:
    return fold<arith::SelectOp>(values[node.c], lhs, rhs);
  case Kind::Ge:
    return compare(arith::CmpIPredicate::sge, lhs, rhs);
  case Kind::Lt:
    return compare(arith::CmpIPredicate::slt, lhs, rhs);
  case Kind::Eq:
    return compare(arith::CmpIPredicate::eq, lhs, rhs);
  case Kind::Ne:
    return compare(arith::CmpIPredicate::ne, lhs, rhs);
  case Kind::And:
    return fold<arith::AndIOp>(lhs, rhs);
  case Kind::Or:
    return fold<arith::OrIOp>(lhs, rhs);
  }
  llvm_unreachable("unknown kind of node");
}

/// Shifts for powers of two; else a division that rounds towards zero, corrected. Moving a negative value up by a
/// multiple of the divisor would be shorter, but what covers the whole range of positions does not fit the 32 bits of a
/// lane.
Value GraphEmitter::emitFloorDiv(Value value, IndexRange range, int64_t divisor) {
  if (llvm::isPowerOf2_64(divisor))
    return fold<arith::ShRSIOp>(value, constant(llvm::Log2_64(divisor)));
  return emitFloorDivBy(value, range, constant(divisor));
}

Value GraphEmitter::emitFloorDivBy(Value value, IndexRange range, Value divisor) {
  if (range.lo >= 0)
    return fold<arith::DivUIOp>(value, divisor);
  // What lies below is a multiple of the divisor: its division is exact.
  Value below = fold<arith::SubIOp>(value, emitModBy(value, range, divisor));
  return fold<arith::DivSIOp>(below, divisor);
}

Value GraphEmitter::emitMod(Value value, IndexRange range, int64_t divisor) {
  if (llvm::isPowerOf2_64(divisor))
    return fold<arith::AndIOp>(value, constant(divisor - 1));
  return emitModBy(value, range, constant(divisor));
}

Value GraphEmitter::emitModBy(Value value, IndexRange range, Value divisor) {
  if (range.lo >= 0)
    return fold<arith::RemUIOp>(value, divisor);
  Value rest = fold<arith::RemSIOp>(value, divisor);
  Value negative = compare(arith::CmpIPredicate::slt, rest, constant(0));
  return b.createOrFold<arith::SelectOp>(loc, negative, fold<arith::AddIOp>(rest, divisor), rest);
}

/// The inputs of a tile's readings; the graphs want inclusive ends.
Value getTileInput(OpBuilder &b, Location loc, const MaskTile &at, unsigned number,
                   llvm::function_ref<SymbolBounds(unsigned)> symbol) {
  auto value = [&](OpFoldResult position) { return getValueOrCreateConstantIndexOp(b, loc, position); };
  auto last = [&](OpFoldResult end) {
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    return b.createOrFold<arith::SubIOp>(loc, value(end), one);
  };
  switch (number) {
  case MaskInput::Batch:
    return value(at.batch);
  case MaskInput::Head:
    return value(at.head);
  case MaskInput::QueryFirst:
    return value(at.queryBegin);
  case MaskInput::QueryLast:
    return last(at.queryEnd);
  case MaskInput::KeyFirst:
    return value(at.keyBegin);
  case MaskInput::KeyLast:
    return last(at.keyEnd);
  case MaskInput::Queries:
    return value(at.queries);
  case MaskInput::Keys:
    return value(at.keys);
  default:
    break;
  }
  if (number < MaskInput::kSymbols) {
    const AxisRange &range = at.axes[(number - MaskInput::kAxes) / 4];
    switch ((number - MaskInput::kAxes) % 4) {
    case 0:
      return value(range.queryBegin);
    case 1:
      return last(range.queryEnd);
    case 2:
      return value(range.keyBegin);
    default:
      return last(range.keyEnd);
    }
  }
  SymbolBounds bounds = symbol((number - MaskInput::kSymbols) / 2);
  return number % 2 == MaskInput::kSymbols % 2 ? bounds.least : bounds.greatest;
}

} // namespace

MaskReadings::MaskReadings(MaskAttrInterface mask, ArrayRef<SymbolKind> symbols, Coordinates coordinates)
    : MaskReadings([&](MaskBuilder &b) { return mask ? mask.build(b) : b.all({}); }, symbols, coordinates) {}

MaskReadings::MaskReadings(MaskDefinition mask, ArrayRef<SymbolKind> symbols, Coordinates coordinates)
    : grid(findMaskGrid(mask)), point(readPoint(mask, coordinates)), tile(readTile(mask, symbols, coordinates)),
      bounds(readBounds(mask, symbols)) {
  if (coordinates == Coordinates::Flat)
    return;
  assert(grid && "coordinates of no grid are given");
  for (unsigned axis = 0; axis < grid->extents.size(); ++axis)
    axisBounds.push_back(*readAxisBounds(mask, symbols, axis));
}

bool MaskReadings::readsHead() const {
  return tile.graph.reads({tile.full.id, tile.empty.id}, MaskInput::Head) ||
         bounds.graph.reads({bounds.lo.id, bounds.hi.id}, MaskInput::Head);
}

bool MaskReadings::readsSymbol(unsigned symbol) const {
  return point.graph.reads(point.visible.id, MaskInput::symbolLow(symbol));
}

bool MaskReadings::readsRemainders() const {
  // Coordinates are read where they are given.
  return readsRemaindersOfKeys(tile, axisBounds.empty() ? 1 : axisBounds.size());
}

bool MaskReadings::readsFlat() const {
  for (unsigned input : {MaskInput::QueryFirst, MaskInput::QueryLast, MaskInput::KeyFirst, MaskInput::KeyLast}) {
    if (point.graph.reads(point.visible.id, input) || tile.graph.reads({tile.full.id, tile.empty.id}, input))
      return true;
    for (const AxisBoundsReading &axis : axisBounds)
      if (axis.graph.reads({axis.lo.id, axis.hi.id}, input))
        return true;
  }
  return false;
}

Value MaskReadings::emitVisible(OpBuilder &builder, Location loc, const MaskPoint &at,
                                llvm::function_ref<Value(unsigned)> symbol) const {
  auto input = [&](unsigned number) -> Value {
    OpFoldResult positions[] = {at.batch, at.head, at.query, at.query, at.key, at.key, at.queries, at.keys};
    if (number < MaskInput::kAxes)
      return getValueOrCreateConstantIndexOp(builder, loc, positions[number]);
    if (number < MaskInput::kSymbols) {
      // A point has no last coordinates.
      const AxisPoint &axis = at.axes[(number - MaskInput::kAxes) / 4];
      bool isQuery = (number - MaskInput::kAxes) % 4 == 0;
      return getValueOrCreateConstantIndexOp(builder, loc, isQuery ? axis.query : axis.key);
    }
    return symbol((number - MaskInput::kSymbols) / 2);
  };
  GraphEmitter emitter(builder, loc, point.graph, input);
  emitter.emit(point.visible.id);
  return emitter.get(point.visible);
}

TileTest MaskReadings::emitTileTest(OpBuilder &builder, Location loc, const MaskTile &at,
                                    llvm::function_ref<SymbolBounds(unsigned)> symbol) const {
  auto input = [&](unsigned number) { return getTileInput(builder, loc, at, number, symbol); };
  GraphEmitter emitter(builder, loc, tile.graph, input);
  emitter.emit({tile.full.id, tile.empty.id});
  return {emitter.get(tile.full), emitter.get(tile.empty)};
}

KeyBounds MaskReadings::emitKeyBounds(OpBuilder &builder, Location loc, const MaskTile &at,
                                      llvm::function_ref<SymbolBounds(unsigned)> symbol) const {
  auto input = [&](unsigned number) { return getTileInput(builder, loc, at, number, symbol); };
  GraphEmitter emitter(builder, loc, bounds.graph, input);
  emitter.emit({bounds.lo.id, bounds.hi.id});
  return {emitter.get(bounds.lo), emitter.get(bounds.hi)};
}

KeyBounds MaskReadings::emitAxisBounds(OpBuilder &builder, Location loc, unsigned axis, const MaskTile &at,
                                       llvm::function_ref<SymbolBounds(unsigned)> symbol) const {
  auto input = [&](unsigned number) { return getTileInput(builder, loc, at, number, symbol); };
  const AxisBoundsReading &reading = axisBounds[axis];
  GraphEmitter emitter(builder, loc, reading.graph, input);
  emitter.emit({reading.lo.id, reading.hi.id});
  return {emitter.get(reading.lo), emitter.get(reading.hi)};
}

Truth attn::buildMask(ScoringOpInterface op, MaskBuilder &b) {
  if (!op.getMaskAttr())
    return b.all({});
  auto elementOf = [&](unsigned symbol) { return std::pair(op.getMaskSymbols()[symbol], op.getMaskMaps()[symbol]); };
  auto rename = [&](unsigned symbol) {
    unsigned first = 0;
    while (elementOf(first) != elementOf(symbol))
      ++first;
    return first;
  };
  RenamedSymbols renamed(b, rename);
  return op.getMaskAttr().build(renamed);
}

std::optional<MaskGrid> attn::findWalkedGrid(ScoringOpInterface op) {
  if (!op.getMaskAttr() || !op.getOrigin().empty())
    return std::nullopt;
  std::optional<MaskGrid> grid = findMaskGrid([&](MaskBuilder &b) { return buildMask(op, b); });
  bool isOne = grid && llvm::all_of(grid->extents, [&](const MaskExtent &extent) {
                 return !extent.isSymbol || cast<AffineMapAttr>(op.getMaskMaps()[extent.value]).getValue().isConstant();
               });
  return isOne ? grid : std::nullopt;
}

/// Whether an index never falls, or where it `falls` never rises, from one query or key to the next.
static bool isMonotone(AffineExpr expr, bool falls) {
  if (!expr.isFunctionOfDim(2) && !expr.isFunctionOfDim(3))
    return true;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return !falls;
  if (binary.getKind() == AffineExprKind::Add)
    return isMonotone(binary.getLHS(), falls) && isMonotone(binary.getRHS(), falls);
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (!constant || binary.getKind() == AffineExprKind::Mod)
    return false;
  return isMonotone(binary.getLHS(), falls != (constant.getValue() < 0));
}

bool attn::isTableOfBlocks(AffineMap map) {
  return llvm::all_of(map.getResults(), [](AffineExpr expr) {
    auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
    bool isQuotient = binary && binary.getKind() == AffineExprKind::FloorDiv;
    // Corners of a tile that read one element speak for all between them only where the index does not come back.
    return (isQuotient && (isMonotone(expr, false) || isMonotone(expr, true))) ||
           (!expr.isFunctionOfDim(2) && !expr.isFunctionOfDim(3));
  });
}

SmallVector<SymbolKind> attn::getWalkedSymbolKinds(ScoringOpInterface op) {
  SmallVector<SymbolKind> kinds = getMaskSymbolKinds(op);
  SmallVector<MaskRequirement> requirements;
  if (op.getMaskAttr())
    op.getMaskAttr().collectRequirements(requirements);
  for (auto [number, kind] : llvm::enumerate(kinds)) {
    if (kind == SymbolKind::Scalar)
      continue;
    bool rises = llvm::any_of(requirements, [number = number](const MaskRequirement &requirement) {
      return requirement.kind == MaskRequirement::Kind::NonDecreasing && requirement.symbol == number;
    });
    bool isRange = rises || isTableOfBlocks(cast<AffineMapAttr>(op.getMaskMaps()[number]).getValue());
    kind = isRange ? SymbolKind::Rows : SymbolKind::Unknown;
  }
  return kinds;
}

SmallVector<SymbolKind> attn::getMaskSymbolKinds(ScoringOpInterface op) {
  SmallVector<SymbolKind> kinds;
  for (AffineMap map : op.getMaskMaps().getAsValueRange<AffineMapAttr>()) {
    if (map.isFunctionOfDim(3))
      kinds.push_back(SymbolKind::Unknown);
    else
      kinds.push_back(map.isFunctionOfDim(2) ? SymbolKind::Rows : SymbolKind::Scalar);
  }
  return kinds;
}

Value attn::emitSymbolAsIndex(OpBuilder &builder, Location loc, Value element) {
  if (element.getType().isIndex())
    return element;
  if (element.getType().isInteger(1))
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), element);
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), element);
}
