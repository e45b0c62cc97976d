// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TileBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value TileBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }

Value TileBuilder::add(Value lhs, Value rhs) { return createOrFold<arith::AddIOp>(lhs, rhs); }
Value TileBuilder::sub(Value lhs, Value rhs) { return createOrFold<arith::SubIOp>(lhs, rhs); }
Value TileBuilder::mul(Value lhs, Value rhs) { return createOrFold<arith::MulIOp>(lhs, rhs); }
Value TileBuilder::minimum(Value lhs, Value rhs) { return createOrFold<arith::MinSIOp>(lhs, rhs); }
Value TileBuilder::maximum(Value lhs, Value rhs) { return createOrFold<arith::MaxSIOp>(lhs, rhs); }

Value TileBuilder::divDown(Value value, int64_t divisor) {
  return divisor == 1 ? value : createOrFold<arith::DivUIOp>(value, index(divisor));
}

Value TileBuilder::divUp(Value value, int64_t divisor) { return divDown(add(value, index(divisor - 1)), divisor); }

Value TileBuilder::alignDown(Value value, int64_t granule) { return mul(divDown(value, granule), index(granule)); }

Value TileBuilder::alignUp(Value value, int64_t granule) { return mul(divUp(value, granule), index(granule)); }

Value TileBuilder::less(Value lhs, Value rhs) {
  return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, lhs, rhs);
}

Value TileBuilder::lessEqual(Value lhs, Value rhs) {
  return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::sle, lhs, rhs);
}

Value TileBuilder::scalar(Type type, double value) {
  return arith::ConstantOp::create(*this, getFloatAttr(type, value));
}

Value TileBuilder::toFloat(Value value, Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth(), to = type.getIntOrFloatBitWidth();
  if (value.getType() == type)
    return value;
  return from < to ? arith::ExtFOp::create(*this, type, value).getResult()
                   : arith::TruncFOp::create(*this, type, value).getResult();
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

RankedTensorType TileBuilder::tensorType(ArrayRef<int64_t> shape, Type element) {
  return RankedTensorType::get(shape, element);
}

Value TileBuilder::dim(Value tensor, int64_t axis) {
  int64_t size = cast<RankedTensorType>(tensor.getType()).getDimSize(axis);
  if (!ShapedType::isDynamic(size))
    return index(size);
  return createOrFold<tensor::DimOp>(tensor, axis);
}

Value TileBuilder::scratch(ArrayRef<int64_t> shape, Type element) {
  return bufferization::AllocTensorOp::create(*this, tensorType(shape, element), ValueRange());
}

Value TileBuilder::empty(ArrayRef<int64_t> shape, Type element) {
  return tensor::EmptyOp::create(*this, shape, element);
}

/// `shape` with leading ones up to `rank`.
static SmallVector<OpFoldResult> fullSizes(Builder &b, ArrayRef<int64_t> shape, size_t rank) {
  SmallVector<OpFoldResult> sizes(rank - shape.size(), b.getIndexAttr(1));
  for (int64_t size : shape)
    sizes.push_back(b.getIndexAttr(size));
  return sizes;
}

Value TileBuilder::extract(Value source, ArrayRef<OpFoldResult> offsets, ArrayRef<int64_t> shape) {
  Type element = cast<RankedTensorType>(source.getType()).getElementType();
  SmallVector<OpFoldResult> strides(offsets.size(), getIndexAttr(1));
  return tensor::ExtractSliceOp::create(*this, tensorType(shape, element), source, offsets,
                                        fullSizes(*this, shape, offsets.size()), strides);
}

Value TileBuilder::insert(Value tile, Value dest, ArrayRef<OpFoldResult> offsets) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(tile.getType()).getShape();
  SmallVector<OpFoldResult> strides(offsets.size(), getIndexAttr(1));
  return tensor::InsertSliceOp::create(*this, tile, dest, offsets, fullSizes(*this, shape, offsets.size()), strides);
}

//===----------------------------------------------------------------------===//
// linalg on static tiles
//===----------------------------------------------------------------------===//

Value TileBuilder::fill(double value, Value dest) {
  Type element = cast<RankedTensorType>(dest.getType()).getElementType();
  return linalg::FillOp::create(*this, ValueRange{scalar(element, value)}, ValueRange{dest}).getResult(0);
}

Value TileBuilder::matmul(Value lhs, Value rhs, Value acc) {
  return linalg::MatmulOp::create(*this, TypeRange{acc.getType()}, ValueRange{lhs, rhs}, ValueRange{acc}).getResult(0);
}

Value TileBuilder::toFloats(Value tile, Type element) {
  auto type = cast<RankedTensorType>(tile.getType());
  if (type.getElementType() == element)
    return tile;
  return elementwise(tile, whole(type.getRank()), empty(type.getShape(), element),
                     [&](TileBuilder &inner, ValueRange args) { return inner.toFloat(args[0], element); });
}

AffineMap TileBuilder::whole(unsigned rank) { return getMultiDimIdentityMap(rank); }

AffineMap TileBuilder::rowOf() { return AffineMap::get(2, 0, getAffineDimExpr(0)); }

Value TileBuilder::elementwise(ValueRange inputs, ArrayRef<AffineMap> maps, Value dest, BodyFn body) {
  unsigned rank = cast<RankedTensorType>(dest.getType()).getRank();
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(whole(rank));
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(*this, TypeRange{dest.getType()}, inputs, ValueRange{dest}, allMaps,
                                           iterators, [&](OpBuilder &nested, Location loc, ValueRange args) {
                                             TileBuilder inner(loc, nested);
                                             linalg::YieldOp::create(inner, body(inner, args));
                                           });
  return generic.getResult(0);
}

Value TileBuilder::reduce(Value source, int64_t axis, Value dest, BodyFn body) {
  unsigned rank = cast<RankedTensorType>(source.getType()).getRank();
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators[axis] = utils::IteratorType::reduction;
  AffineMap kept = whole(rank).dropResult(axis);
  auto generic = linalg::GenericOp::create(*this, TypeRange{dest.getType()}, ValueRange{source}, ValueRange{dest},
                                           ArrayRef<AffineMap>{whole(rank), kept}, iterators,
                                           [&](OpBuilder &nested, Location loc, ValueRange args) {
                                             TileBuilder inner(loc, nested);
                                             linalg::YieldOp::create(inner, body(inner, args));
                                           });
  return generic.getResult(0);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

SmallVector<Value> TileBuilder::loop(Value from, Value to, int64_t step, ValueRange state, LoopFn body) {
  auto forOp = scf::ForOp::create(*this, from, to, index(step), state);
  OpBuilder::InsertionGuard guard(*this);
  Block *block = forOp.getBody();
  if (state.empty())
    setInsertionPoint(block->getTerminator());
  else
    setInsertionPointToEnd(block);
  SmallVector<Value> results = body(forOp.getInductionVar(), forOp.getRegionIterArgs());
  if (!state.empty())
    scf::YieldOp::create(*this, results);
  return llvm::to_vector_of<Value>(forOp.getResults());
}

Value TileBuilder::columns(int64_t from, int64_t to, int64_t width, Value state, ColumnFn body) {
  int64_t end = from + (to - from) / width * width;
  if (end - from == width)
    state = body(getIndexAttr(from), width, state);
  else if (end != from)
    state = loop(index(from), index(end), width, state, [&](Value column, ValueRange current) -> SmallVector<Value> {
      return {body(column, width, current[0])};
    })[0];
  return end == to ? state : body(getIndexAttr(end), to - end, state);
}

SmallVector<Value> TileBuilder::branch(Value condition, TypeRange types, BranchFn then, BranchFn otherwise) {
  auto ifOp = scf::IfOp::create(*this, types, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(*this);
  for (auto [region, fill] : {std::pair{&ifOp.getThenRegion(), then}, std::pair{&ifOp.getElseRegion(), otherwise}}) {
    Block &block = region->front();
    if (!block.empty())
      block.back().erase();
    setInsertionPointToEnd(&block);
    SmallVector<Value> results = fill();
    scf::YieldOp::create(*this, results);
  }
  return llvm::to_vector_of<Value>(ifOp.getResults());
}
