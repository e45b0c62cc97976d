// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TokenList.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

using namespace mlir;
using namespace attn;

TokenList TokenList::allocate(TileBuilder &b, const AttentionProblem &p, Value capacity) {
  int64_t axes = p.coordinates == Coordinates::Given ? p.keyGrid.getRank() : 0;
  APInt constant;
  bool isStatic = matchPattern(capacity, m_ConstantInt(&constant));
  auto type =
      RankedTensorType::get({1 + axes, isStatic ? constant.getSExtValue() : ShapedType::kDynamic}, b.getI32Type());
  return TokenList(bufferization::AllocTensorOp::create(b, type, isStatic ? ValueRange() : ValueRange(capacity)));
}

TokenList TokenList::write(TileBuilder &b, Value at, Value position, ValueRange coordinates) const {
  Value next = tensor;
  for (int64_t number = 0; number < countNumbers(); ++number) {
    Value value = number == 0 ? position : coordinates[number - 1];
    Value narrow = arith::IndexCastOp::create(b, b.getI32Type(), value);
    next = tensor::InsertOp::create(b, narrow, next, ValueRange{b.index(number), at});
  }
  return TokenList(next);
}

TokenList TokenList::copy(TileBuilder &b, Value from, Value to) const {
  Value next = tensor;
  for (int64_t number = 0; number < countNumbers(); ++number) {
    Value value = tensor::ExtractOp::create(b, next, ValueRange{b.index(number), from});
    next = tensor::InsertOp::create(b, value, next, ValueRange{b.index(number), to});
  }
  return TokenList(next);
}

Value TokenList::getPosition(TileBuilder &b, Value at) const {
  Value position = tensor::ExtractOp::create(b, tensor, ValueRange{b.index(0), at});
  return arith::IndexCastOp::create(b, b.getIndexType(), position);
}

Value TokenList::getNumbers(TileBuilder &b, int64_t number, OpFoldResult first, int64_t count) const {
  return b.extract(tensor, {b.getIndexAttr(number), first}, {count});
}
