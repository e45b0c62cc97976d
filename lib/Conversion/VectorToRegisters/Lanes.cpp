// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers as promises: how they become values, and the integer arithmetic
// that keeps them promises.
#include "Lanes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include <limits>

using namespace mlir;

namespace attn {

/// Beyond all positions, and two of them can be added.
static constexpr int64_t kFarthest = int64_t(1) << 61;
/// The same for positions in lanes of 32 bits, of which there are fewer.
static constexpr int64_t kFarthestLane = int64_t(1) << 30;

std::optional<int64_t> Lanes::getConstant() const {
  if (!isUniform() || !element.isIntOrIndex())
    return std::nullopt;
  if (!base)
    return offset;
  APInt value;
  if (!matchPattern(base, m_ConstantInt(&value)))
    return std::nullopt;
  return value.getSExtValue() + offset;
}

Lanes Lanes::ofVector(Value vector, Type element) {
  Lanes lanes;
  lanes.element = element;
  lanes.width = cast<VectorType>(vector.getType()).getDimSize(0);
  lanes.vector = vector;
  return lanes;
}

Lanes Lanes::ofScalar(Value scalar, int64_t width) {
  Lanes lanes;
  lanes.element = scalar.getType();
  lanes.width = width;
  APInt value;
  if (lanes.element.isIntOrIndex() && matchPattern(scalar, m_ConstantInt(&value)) && value.getBitWidth() <= 64)
    lanes.offset = value.getSExtValue();
  else
    lanes.base = scalar;
  return lanes;
}

Lanes Lanes::ofConstant(int64_t value, Type element, int64_t width) {
  Lanes lanes;
  lanes.element = element;
  lanes.width = width;
  lanes.offset = value;
  return lanes;
}

VectorType LaneBuilder::type(int64_t width, Type element) { return VectorType::get({width}, element); }

Value LaneBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

Value LaneBuilder::plus(Value value, int64_t offset) {
  if (offset == 0)
    return value;
  Value constant = arith::ConstantOp::create(b, loc, b.getIntegerAttr(value.getType(), offset));
  return b.createOrFold<arith::AddIOp>(loc, value, constant);
}

/// An index that a lane of 32 bits can hold: out of range goes to the end. A constant is added to positions, too, as by
/// a window of 2^40, and must leave room for them.
Value LaneBuilder::narrowed(Value scalar) {
  Type i32 = b.getI32Type();
  APInt constant;
  if (matchPattern(scalar, m_ConstantInt(&constant)))
    return arith::ConstantIntOp::create(b, loc, std::clamp(constant.getSExtValue(), -kFarthestLane, kFarthestLane), 32);
  scalar = b.createOrFold<arith::MinSIOp>(loc, scalar, index(std::numeric_limits<int32_t>::max()));
  scalar = b.createOrFold<arith::MaxSIOp>(loc, scalar, index(std::numeric_limits<int32_t>::min()));
  return b.createOrFold<arith::IndexCastOp>(loc, i32, scalar);
}

/// The vector of a lazy integer register with a stride.
Value LaneBuilder::progression(const Lanes &lanes) {
  Type element = lanes.element;
  if (isa<IndexType>(element))
    element = b.getI32Type();
  SmallVector<Attribute> steps;
  for (int64_t lane = 0; lane < lanes.width; ++lane)
    steps.push_back(b.getIntegerAttr(element, lane * lanes.stride + (lanes.base ? 0 : lanes.offset)));
  VectorType vectorType = type(lanes.width, element);
  Value result = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vectorType, steps));
  if (!lanes.base)
    return result;
  Value base = plus(lanes.base, lanes.offset);
  if (element != lanes.element)
    base = b.createOrFold<arith::IndexCastOp>(loc, element, base);
  Value splat = vector::BroadcastOp::create(b, loc, vectorType, base);
  return arith::AddIOp::create(b, loc, splat, result);
}

Value LaneBuilder::toVector(const Lanes &lanes) {
  if (lanes.vector)
    return lanes.vector;
  if (lanes.stride != 0)
    return progression(lanes);
  Value scalar = toScalar(lanes);
  if (isa<IndexType>(lanes.element))
    scalar = narrowed(scalar);
  VectorType vectorType = type(lanes.width, scalar.getType());
  Attribute constant;
  if (matchPattern(scalar, m_Constant(&constant)) && isa<TypedAttr>(constant))
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vectorType, constant));
  return vector::BroadcastOp::create(b, loc, vectorType, scalar);
}

Value LaneBuilder::toVectorOf(const Lanes &lanes, Type element) {
  Value value = toVector(lanes);
  Type have = cast<VectorType>(value.getType()).getElementType();
  if (have == element)
    return value;
  VectorType wanted = type(lanes.width, element);
  if (isa<IndexType>(have) || isa<IndexType>(element))
    return arith::IndexCastOp::create(b, loc, wanted, value);
  if (have.getIntOrFloatBitWidth() < element.getIntOrFloatBitWidth())
    return arith::ExtSIOp::create(b, loc, wanted, value);
  return arith::TruncIOp::create(b, loc, wanted, value);
}

Value LaneBuilder::toScalar(const Lanes &lanes, int64_t lane) {
  if (lanes.vector) {
    Value scalar = vector::ExtractOp::create(b, loc, lanes.vector, lane);
    if (scalar.getType() != lanes.element)
      scalar = arith::IndexCastOp::create(b, loc, lanes.element, scalar);
    return scalar;
  }
  int64_t offset = lanes.offset + lane * lanes.stride;
  if (lanes.base)
    return plus(lanes.base, offset);
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(lanes.element, offset));
}

//===----------------------------------------------------------------------===//
// Arithmetic that stays lazy
//===----------------------------------------------------------------------===//

static bool areLazyIntegers(const Lanes &lhs, const Lanes &rhs) {
  return lhs.isLazy() && rhs.isLazy() && lhs.element.isIntOrIndex() && !lhs.element.isInteger(1);
}

std::optional<Lanes> LaneBuilder::add(const Lanes &lhs, const Lanes &rhs) {
  if (!areLazyIntegers(lhs, rhs))
    return std::nullopt;
  Lanes sum = lhs;
  sum.offset += rhs.offset;
  sum.stride += rhs.stride;
  if (lhs.base && rhs.base)
    sum.base = b.createOrFold<arith::AddIOp>(loc, lhs.base, rhs.base);
  else if (rhs.base)
    sum.base = rhs.base;
  return sum;
}

std::optional<Lanes> LaneBuilder::subtract(const Lanes &lhs, const Lanes &rhs) {
  if (!areLazyIntegers(lhs, rhs))
    return std::nullopt;
  Lanes difference = lhs;
  difference.offset -= rhs.offset;
  difference.stride -= rhs.stride;
  if (!rhs.base)
    return difference;
  if (lhs.base == rhs.base) {
    difference.base = Value();
    return difference;
  }
  Value from = lhs.base;
  if (!from)
    from = arith::ConstantOp::create(b, loc, b.getIntegerAttr(lhs.element, 0));
  difference.base = b.createOrFold<arith::SubIOp>(loc, from, rhs.base);
  return difference;
}

std::optional<Lanes> LaneBuilder::multiply(const Lanes &lhs, const Lanes &rhs) {
  if (!areLazyIntegers(lhs, rhs))
    return std::nullopt;
  std::optional<int64_t> factor = rhs.getConstant();
  const Lanes &other = factor ? lhs : rhs;
  if (!factor)
    factor = lhs.getConstant();
  if (!factor)
    return std::nullopt;
  Lanes product = other;
  product.offset *= *factor;
  product.stride *= *factor;
  if (product.base) {
    Value constant = arith::ConstantOp::create(b, loc, b.getIntegerAttr(product.element, *factor));
    product.base = b.createOrFold<arith::MulIOp>(loc, product.base, constant);
  }
  return product;
}

std::optional<Lanes> LaneBuilder::convert(const Lanes &lanes, Type element, bool isUnsigned) {
  if (!lanes.isLazy() || !lanes.element.isIntOrIndex() || lanes.element.isInteger(1) || element.isInteger(1))
    return std::nullopt;
  // A progression that starts below zero is not one after zero extension.
  if (isUnsigned && lanes.base && lanes.stride != 0)
    return std::nullopt;
  Lanes result = lanes;
  result.element = element;
  if (!lanes.base)
    return result;
  Value whole = plus(lanes.base, lanes.offset);
  result.offset = 0;
  bool isIndex = isa<IndexType>(element) || isa<IndexType>(lanes.element);
  if (element == lanes.element)
    result.base = whole;
  else if (isIndex && isUnsigned)
    result.base = b.createOrFold<arith::IndexCastUIOp>(loc, element, whole);
  else if (isIndex)
    result.base = b.createOrFold<arith::IndexCastOp>(loc, element, whole);
  else if (element.getIntOrFloatBitWidth() < lanes.element.getIntOrFloatBitWidth())
    result.base = b.createOrFold<arith::TruncIOp>(loc, element, whole);
  else if (isUnsigned)
    result.base = b.createOrFold<arith::ExtUIOp>(loc, element, whole);
  else
    result.base = b.createOrFold<arith::ExtSIOp>(loc, element, whole);
  return result;
}

/// Whether an index is made of positions in a loop, which are far from the ends of their type. What was loaded or
/// handed in may be any number.
static bool isPosition(Value base) {
  if (auto argument = dyn_cast<BlockArgument>(base)) {
    auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
    std::optional<SmallVector<Value>> variables = loop ? loop.getLoopInductionVars() : std::nullopt;
    return variables && llvm::is_contained(*variables, argument);
  }
  return base.getDefiningOp<arith::AddIOp>() || base.getDefiningOp<arith::SubIOp>() ||
         base.getDefiningOp<arith::MulIOp>() || base.getDefiningOp<arith::ConstantOp>();
}

/// One side of a comparison as an index from which another can be subtracted: out of range goes to the end.
std::optional<Lanes> LaneBuilder::subtractable(const Lanes &lanes) {
  std::optional<Lanes> result = isa<IndexType>(lanes.element) ? lanes : convert(lanes, b.getIndexType(), false);
  if (!result || !result->base || isPosition(result->base))
    return result;
  Value base = b.createOrFold<arith::MinSIOp>(loc, result->base, index(kFarthest));
  result->base = b.createOrFold<arith::MaxSIOp>(loc, base, index(-kFarthest));
  return result;
}

std::optional<Lanes> LaneBuilder::compare(arith::CmpIPredicate predicate, const Lanes &lhs, const Lanes &rhs) {
  using P = arith::CmpIPredicate;
  if (lhs.isUniform() && rhs.isUniform())
    return std::nullopt; // the scalar comparison serves, for any predicate
  if (predicate == P::ult || predicate == P::ule || predicate == P::ugt || predicate == P::uge)
    return std::nullopt;
  // Progressions of narrow integers wrap within few lanes.
  if (!areLazyIntegers(lhs, rhs) || (lhs.element.isInteger() && lhs.element.getIntOrFloatBitWidth() < 32))
    return std::nullopt;
  bool isSame = lhs.base == rhs.base;
  std::optional<Lanes> left = isSame ? lhs : subtractable(lhs), right = isSame ? rhs : subtractable(rhs);
  if (!left || !right)
    return std::nullopt;
  // base + lane * stride ? 0  is  lane * stride ? -base, with small numbers on
  // the left, so that clamping the right side changes nothing.
  std::optional<Lanes> steps = subtract(*left, *right), bound = subtract(*right, *left);
  Type i32 = b.getI32Type();
  if (!steps || !bound || std::abs(steps->stride) > (int64_t(1) << 24))
    return std::nullopt;
  steps->base = Value();
  steps->offset = 0;
  steps->element = i32;
  bound->stride = 0;
  Value result = arith::CmpIOp::create(b, loc, predicate, toVector(*steps), toVectorOf(*bound, i32));
  return Lanes::ofVector(result, b.getI1Type());
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

std::optional<Lanes> LaneBuilder::assembleLazy(ArrayRef<Lane> lanes) {
  const Lanes &first = *lanes.front().lanes;
  if (!first.isLazy())
    return std::nullopt;
  Lanes result = first;
  result.width = lanes.size();
  auto constant = [](const Lane &lane) { return lane.lanes->offset + lane.index * lane.lanes->stride; };
  result.offset = constant(lanes[0]);
  result.stride = lanes.size() > 1 ? constant(lanes[1]) - result.offset : 0;
  for (auto [i, lane] : llvm::enumerate(lanes))
    if (!lane.lanes->isLazy() || lane.lanes->base != first.base ||
        constant(lane) != result.offset + static_cast<int64_t>(i) * result.stride)
      return std::nullopt;
  return result;
}

/// The lanes by shuffles of whole registers, two at a time; null where the
/// sources are many and elements one by one are as good.
Value LaneBuilder::shuffled(ArrayRef<Lane> lanes) {
  SmallVector<const Lanes *> sources;
  for (const Lane &lane : lanes)
    if (!llvm::is_contained(sources, lane.lanes))
      sources.push_back(lane.lanes);
  if (sources.size() > 4)
    return Value();
  int64_t width = lanes.size();
  Value result;
  for (auto [k, source] : llvm::enumerate(sources)) {
    Value vector = toVector(*source);
    int64_t before = k == 0 ? cast<VectorType>(vector.getType()).getDimSize(0) : width;
    SmallVector<int64_t> mask;
    for (auto [i, lane] : llvm::enumerate(lanes)) {
      size_t from = llvm::find(sources, lane.lanes) - sources.begin();
      if (from == k)
        mask.push_back(k == 0 ? lane.index : before + lane.index);
      else
        mask.push_back(from < k ? static_cast<int64_t>(i) : -1);
    }
    result = vector::ShuffleOp::create(b, loc, k == 0 ? vector : result, vector, mask);
  }
  return result;
}

/// The same lanes, with one object for each vector: rows that share a vector
/// are one source.
static SmallVector<Lane> unified(ArrayRef<Lane> lanes) {
  llvm::SmallDenseMap<Value, const Lanes *> known;
  SmallVector<Lane> result(lanes);
  for (Lane &lane : result)
    if (lane.lanes->vector)
      lane.lanes = known.try_emplace(lane.lanes->vector, lane.lanes).first->second;
  return result;
}

Lanes LaneBuilder::assemble(ArrayRef<Lane> given) {
  SmallVector<Lane> lanes = unified(given);
  const Lanes &first = *lanes.front().lanes;
  auto isSame = [&](auto condition) {
    return llvm::all_of(llvm::enumerate(lanes),
                        [&](auto it) { return it.value().lanes == &first && condition(it.index(), it.value()); });
  };
  if (static_cast<int64_t>(lanes.size()) == first.width &&
      isSame([](size_t i, const Lane &lane) { return lane.index == static_cast<int64_t>(i); }))
    return first;
  if (std::optional<Lanes> lazy = assembleLazy(lanes))
    return *lazy;
  if (isSame([&](size_t, const Lane &lane) { return lane.index == lanes.front().index; }))
    return Lanes::ofScalar(toScalar(first, lanes.front().index), lanes.size());
  if (Value vector = shuffled(lanes))
    return Lanes::ofVector(vector, first.element);
  SmallVector<Value> scalars;
  for (const Lane &lane : lanes)
    scalars.push_back(toScalar(*lane.lanes, lane.index));
  if (llvm::all_equal(scalars))
    return Lanes::ofScalar(scalars.front(), lanes.size());
  if (isa<IndexType>(first.element))
    for (Value &scalar : scalars)
      scalar = narrowed(scalar);
  Value vector = vector::FromElementsOp::create(b, loc, type(lanes.size(), scalars.front().getType()), scalars);
  return Lanes::ofVector(vector, first.element);
}

} // namespace attn
