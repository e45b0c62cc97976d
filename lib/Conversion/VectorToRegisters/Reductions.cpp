// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Handlers for what combines elements: contractions as chains of fused
// multiply-adds, reductions as trees.
#include "AcrossLanes.h"
#include "Elementwise.h"
#include "RegisterTiler.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attn {

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

namespace {

/// One contraction: its operands, and the multiply-add that it is made of.
class Contraction {
public:
  Contraction(LaneBuilder &builder, vector::CombiningKind kind) : builder(builder), kind(kind) {}

  /// acc combined with lhs * rhs.
  Lanes step(const Lanes &lhs, const Lanes &rhs, const Lanes &acc) {
    bool isScalar = lhs.isUniform() && rhs.isUniform() && acc.isUniform();
    Value a = value(lhs, acc.element, isScalar);
    Value b = value(rhs, acc.element, isScalar);
    Value c = isScalar ? builder.toScalar(acc) : builder.toVector(acc);
    Value result;
    if (!isa<FloatType>(acc.element))
      result = emitCombine(builder, kind, arith::MulIOp::create(builder.b, builder.loc, a, b), c);
    else if (kind == vector::CombiningKind::ADD)
      result = math::FmaOp::create(builder.b, builder.loc, a, b, c);
    else
      result = emitCombine(builder, kind, arith::MulFOp::create(builder.b, builder.loc, a, b), c);
    return isScalar ? Lanes::ofScalar(result, acc.width) : Lanes::ofVector(result, acc.element);
  }

private:
  /// The operand in the accumulator's type; one broadcast serves all its uses.
  Value value(const Lanes &lanes, Type element, bool isScalar) {
    if (isScalar)
      return extended(builder.toScalar(lanes), element);
    if (!lanes.isUniform() || !lanes.base)
      return extended(builder.toVector(lanes), element);
    Value &known = broadcasts[{lanes.base, lanes.width}];
    if (!known)
      known = extended(builder.toVector(lanes), element);
    return known;
  }

  Value extended(Value operand, Type element) {
    Type type = operand.getType();
    if (getElementTypeOrSelf(type) == element || !isa<FloatType>(element))
      return operand;
    if (auto vector = dyn_cast<VectorType>(type))
      type = vector.clone(element);
    else
      type = element;
    return arith::ExtFOp::create(builder.b, builder.loc, type, operand);
  }

  LaneBuilder &builder;
  vector::CombiningKind kind;
  llvm::DenseMap<std::pair<Value, int64_t>, Value> broadcasts;
};

/// The element of `tile` at the iteration point `at`, as `map` projects it.
int64_t elementAt(const TileLayout &tile, AffineMap map, ArrayRef<int64_t> at) {
  SmallVector<int64_t> position;
  for (AffineExpr expr : map.getResults())
    position.push_back(at[cast<AffineDimExpr>(expr).getPosition()]);
  return tile.getElement(position);
}

} // namespace

LogicalResult RegisterTiler::visitContract(vector::ContractionOp op) {
  auto accType = dyn_cast<VectorType>(op.getAccType());
  if (!accType)
    accType = VectorType::get({}, op.getAccType());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  LaneBuilder builder = at(op);
  const Tile &lhs = get(op.getLhs()), &rhs = get(op.getRhs());
  TileLayout lhsLayout = layout(lhs.type), rhsLayout = layout(rhs.type);
  TileLayout to = layout(accType);
  SmallVector<int64_t> bounds;
  op.getIterationBounds(bounds);
  SmallVector<unsigned> reduced;
  for (auto [d, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == vector::IteratorType::reduction)
      reduced.push_back(d);
  int64_t steps = 1;
  for (unsigned d : reduced)
    steps *= bounds[d];

  Contraction contraction(builder, op.getKind());
  SmallVector<Lanes> registers{getScalar(op.getAcc(), 1)};
  if (isa<VectorType>(op.getAccType()))
    registers = get(op.getAcc()).registers;
  for (int64_t step = 0; step < steps; ++step)
    for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
      SmallVector<Lane> a, b;
      for (int64_t lane = 0; lane < to.getWidth(reg % to.getChunks()); ++lane) {
        SmallVector<int64_t> point(bounds.size(), 0);
        SmallVector<int64_t> at = to.getCoordinates(to.getFirst(reg) + lane);
        for (auto [d, expr] : llvm::enumerate(maps[2].getResults()))
          point[cast<AffineDimExpr>(expr).getPosition()] = at[d];
        int64_t rest = step;
        for (unsigned d : llvm::reverse(reduced)) {
          point[d] = rest % bounds[d];
          rest /= bounds[d];
        }
        int64_t l = elementAt(lhsLayout, maps[0], point);
        int64_t r = elementAt(rhsLayout, maps[1], point);
        a.push_back({&lhs.registers[lhsLayout.getRegister(l)], lhsLayout.getLane(l)});
        b.push_back({&rhs.registers[rhsLayout.getRegister(r)], rhsLayout.getLane(r)});
      }
      registers[reg] = contraction.step(builder.assemble(a), builder.assemble(b), registers[reg]);
    }
  if (!isa<VectorType>(op.getResultType())) {
    replaceScalar(op, builder.toScalar(registers.front()));
    return success();
  }
  set(op.getResult(), std::move(registers));
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitOuterProduct(vector::OuterProductOp op) {
  LaneBuilder builder = at(op);
  VectorType type = op.getResultVectorType();
  TileLayout to = layout(type);
  const Tile &lhs = get(op.getLhs());
  TileLayout lhsLayout = layout(lhs.type);
  Contraction contraction(builder, op.getKind());
  SmallVector<Lanes> registers;
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
    int64_t row = reg / to.getChunks(), chunk = reg % to.getChunks();
    int64_t width = to.getWidth(chunk);
    Lanes zero =
        Lanes::ofScalar(arith::ConstantOp::create(b, op.getLoc(), b.getZeroAttr(type.getElementType())), width);
    Lanes acc = op.getAcc() ? get(op.getAcc()).registers[reg] : zero;
    if (!isa<VectorType>(op.getRhs().getType())) {
      registers.push_back(contraction.step(lhs.registers[reg], Lanes::ofScalar(op.getRhs(), width), acc));
      continue;
    }
    const Lanes &source = lhs.registers[lhsLayout.getRegister(row)];
    Lanes factor = Lanes::ofScalar(builder.toScalar(source, lhsLayout.getLane(row)), width);
    registers.push_back(contraction.step(factor, get(op.getRhs()).registers[chunk], acc));
  }
  set(op.getResult(), std::move(registers));
  retire(op);
  return success();
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

namespace {
/// Which elements of a reduction's source go to which of its result.
struct ReductionShape {
  TileLayout from;
  SmallVector<unsigned> kept, reduced;
  int64_t count = 1;

  ReductionShape(TileLayout from, vector::MultiDimReductionOp op) : from(std::move(from)) {
    for (auto [d, isReduced] : llvm::enumerate(op.getReductionMask())) {
      (isReduced ? reduced : kept).push_back(d);
      if (isReduced)
        count *= this->from.getShape()[d];
    }
  }

  /// The i-th source element that goes to the result's element at `at`.
  int64_t getElement(ArrayRef<int64_t> at, int64_t i) const {
    SmallVector<int64_t> position(kept.size() + reduced.size());
    for (auto [d, coordinate] : llvm::zip_equal(kept, at))
      position[d] = coordinate;
    for (unsigned d : llvm::reverse(reduced)) {
      position[d] = i % from.getShape()[d];
      i /= from.getShape()[d];
    }
    return from.getElement(position);
  }

  /// The source registers that go to the result's element at `at`, each once.
  SmallVector<int64_t> getRegisters(ArrayRef<int64_t> at) const {
    SmallVector<int64_t> result;
    for (int64_t i = 0; i < count; ++i) {
      int64_t reg = from.getRegister(getElement(at, i));
      if (result.empty() || result.back() != reg)
        result.push_back(reg);
    }
    return result;
  }
};
} // namespace

LogicalResult RegisterTiler::visitMultiReduction(vector::MultiDimReductionOp op) {
  LaneBuilder builder = at(op);
  const Tile &source = get(op.getSource());
  ReductionShape shape(layout(source.type), op);
  auto sources = [&](ArrayRef<int64_t> at) {
    SmallVector<Lanes> list;
    for (int64_t reg : shape.getRegisters(at))
      list.push_back(source.registers[reg]);
    return list;
  };
  auto type = dyn_cast<VectorType>(op.getDestType());
  if (!type) {
    replaceScalar(op, combineRegisters(builder, op.getKind(), sources({}), op.getAcc()));
    return success();
  }
  TileLayout to = layout(type);
  bool isAcross = shape.reduced.back() + 1 == shape.from.getShape().size();
  auto across = [&](int64_t first, const Lanes &acc) {
    SmallVector<SmallVector<Lanes>> rows;
    for (int64_t lane = 0; lane < acc.width; ++lane)
      rows.push_back(sources(to.getCoordinates(first + lane)));
    return combineRows(builder, op.getKind(), rows, acc);
  };
  SmallVector<Lanes> registers;
  for (auto [reg, acc] : llvm::enumerate(get(op.getAcc()).registers)) {
    if (isAcross) {
      registers.push_back(across(to.getFirst(reg), acc));
      continue;
    }
    SmallVector<Value> values;
    for (int64_t from : shape.getRegisters(to.getCoordinates(to.getFirst(reg)))) {
      const Lanes &lanes = source.registers[from];
      values.push_back(acc.width == 1 ? builder.toScalar(lanes) : builder.toVector(lanes));
    }
    Value init = acc.width == 1 ? builder.toScalar(acc) : builder.toVector(acc);
    Value result = combineAll(builder, op.getKind(), std::move(values), init);
    registers.push_back(acc.width == 1 ? Lanes::ofScalar(result, 1) : Lanes::ofVector(result, acc.element));
  }
  set(op.getResult(), std::move(registers));
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitReduction(vector::ReductionOp op) {
  LaneBuilder builder = at(op);
  SmallVector<Lanes> list(get(op.getVector()).registers);
  Value acc = op.getAcc();
  if (!acc) {
    Lanes last = list.pop_back_val();
    acc = combineLanes(builder, op.getKind(), last);
  }
  replaceScalar(op, list.empty() ? acc : combineRegisters(builder, op.getKind(), list, acc));
  return success();
}

} // namespace attn
