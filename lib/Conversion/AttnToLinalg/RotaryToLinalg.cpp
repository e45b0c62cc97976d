// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.rotary: parallel over batch, head and blocks of positions; for each position vectors of pairs, of which both
// elements are made while their angles are in registers. A transpose before it is absorbed as in attention, so that a
// projection is read where it lies.
#include "OperandView.h"
#include "Task.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace attn;

namespace {

class RotaryLowering {
public:
  RotaryLowering(TileBuilder &b, RotaryOp op, int64_t lanes)
      : b(b), op(op), view(OperandView::ofOperand(op.getInput())), lanes(lanes),
        size(cast<RankedTensorType>(op.getInput().getType()).getDimSize(3)),
        pairs(cast<RankedTensorType>(op.getCos().getType()).getDimSize(1)),
        element(cast<RankedTensorType>(op.getInput().getType()).getElementType()) {}

  Value run();

private:
  Value emitRow(Value batch, Value head, Value position, Value block, Value row);
  Value emitPairs(const Index4 &at, Value block, Value row, OpFoldResult column, int64_t width);
  Value rotate(ValueRange inputs, Value block, ArrayRef<OpFoldResult> at, int64_t width, bool isFirst);
  OpFoldResult scaled(OpFoldResult column, int64_t factor, int64_t offset);

  TileBuilder &b;
  RotaryOp op;
  OperandView view;
  int64_t lanes, size, pairs;
  Type element;
};

} // namespace

/// column * factor + offset.
OpFoldResult RotaryLowering::scaled(OpFoldResult column, int64_t factor, int64_t offset) {
  if (std::optional<int64_t> constant = getConstantIntValue(column))
    return b.getIndexAttr(*constant * factor + offset);
  return b.add(b.mul(cast<Value>(column), b.index(factor)), b.index(offset));
}

/// One element of each of `width` pairs into its place; `inputs`: first and second elements, cos and sin.
Value RotaryLowering::rotate(ValueRange inputs, Value block, ArrayRef<OpFoldResult> at, int64_t width, bool isFirst) {
  SmallVector<AffineMap> maps(4, b.whole(2));
  Value made =
      b.elementwise(inputs, maps, b.extract(block, at, {1, width}), [&](TileBuilder &inner, ValueRange args) -> Value {
        Value own = arith::MulFOp::create(inner, args[isFirst ? 0 : 1], args[2]);
        Value other = arith::MulFOp::create(inner, args[isFirst ? 1 : 0], args[3]);
        if (isFirst)
          return arith::SubFOp::create(inner, own, other);
        return arith::AddFOp::create(inner, own, other);
      });
  return b.insert(made, block, at);
}

Value RotaryLowering::emitPairs(const Index4 &at, Value block, Value row, OpFoldResult column, int64_t width) {
  bool isHalf = op.getPairing() == Pairing::Half;
  OpFoldResult first = isHalf ? column : scaled(column, 2, 0);
  OpFoldResult second = isHalf ? scaled(column, 1, pairs) : scaled(column, 2, 1);
  auto read = [&](OpFoldResult from) {
    Index4 place = at;
    place[3] = from;
    return view.matrix(b, place, 1, width);
  };
  auto readTable = [&](Value table) {
    SmallVector<OpFoldResult> place{at[2], column};
    return b.extract(table, place, {1, width});
  };
  Value inputs[] = {read(first), read(second), readTable(op.getCos()), readTable(op.getSin())};
  block = rotate(inputs, block, {row, first}, width, /*isFirst=*/true);
  return rotate(inputs, block, {row, second}, width, /*isFirst=*/false);
}

Value RotaryLowering::emitRow(Value batch, Value head, Value position, Value block, Value row) {
  Index4 at{batch, head, position, b.getIndexAttr(0)};
  // Pairs of neighbours lie two apart, so they go one by one.
  int64_t width = op.getPairing() == Pairing::Half ? lanes : 1;
  block = b.columns(0, pairs, width, block, [&](OpFoldResult column, int64_t columns, Value current) {
    return emitPairs(at, current, row, column, columns);
  });
  return b.columns(2 * pairs, size, lanes, block, [&](OpFoldResult column, int64_t columns, Value current) {
    Index4 place = at;
    place[3] = column;
    SmallVector<OpFoldResult> to{row, column};
    Value copied = b.elementwise(view.matrix(b, place, 1, columns), b.whole(2), b.extract(current, to, {1, columns}),
                                 [](TileBuilder &, ValueRange args) { return args[0]; });
    return b.insert(copied, current, to);
  });
}

Value RotaryLowering::run() {
  // Enough positions for a task to be worth handing out, few enough to share them evenly.
  int64_t blockRows = std::clamp<int64_t>((1 << 14) / std::max<int64_t>(size, 1), 1, 256);
  Value positions = b.dim(op.getInput(), 2);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), op.getInput());
  SmallVector<OpFoldResult> bounds{sizes[0], sizes[1], b.divUp(positions, blockRows)};
  Value dest = tensor::EmptyOp::create(b, sizes, element);
  auto forall = scf::ForallOp::create(b, bounds, ValueRange{dest}, /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  SmallVector<Value> iv = forall.getInductionVars();
  Value first = b.mul(iv[2], b.index(blockRows));
  Value count = b.minimum(b.sub(positions, first), b.index(blockRows));
  OpFoldResult one = b.getIndexAttr(1), zero = b.getIndexAttr(0);
  SmallVector<OpFoldResult> offsets{iv[0], iv[1], first, zero}, strides(4, one);
  SmallVector<OpFoldResult> extents{one, one, count, b.getIndexAttr(size)};
  Value shared = forall.getRegionIterArgs()[0];
  Value block = tensor::ExtractSliceOp::create(b, b.tensorType({ShapedType::kDynamic, size}, element), shared, offsets,
                                               extents, strides);
  block = b.loop(b.index(0), count, 1, block, [&](Value row, ValueRange state) -> SmallVector<Value> {
    return {emitRow(iv[0], iv[1], b.add(first, row), state[0], row)};
  })[0];
  b.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, block, shared, offsets, extents, strides);
  return forall.getResult(0);
}

void attn::lowerRotary(RewriterBase &rewriter, RotaryOp op, int64_t lanes) {
  TileBuilder b(op.getLoc(), rewriter);
  auto name = op.getLoc()->findInstanceOf<NameLoc>();
  StringAttr text = name ? name.getName() : b.getStringAttr("rotary");
  OpBeginOp::create(b, text, b.getStringAttr("rotary"));
  // Three operations for each of the two elements of a pair; rows in and out, and the tables.
  auto table = cast<RankedTensorType>(op.getCos().getType());
  int64_t width = llvm::divideCeil(table.getElementTypeBitWidth(), 8), size = op.getInput().getType().getDimSize(3);
  Value positions = b.dim(op.getInput(), 2);
  Value rows = b.mul(b.mul(b.dim(op.getInput(), 0), b.dim(op.getInput(), 1)), positions);
  Value flops = b.mul(rows, b.index(6 * table.getDimSize(1)));
  Value bytes =
      b.mul(b.add(b.mul(rows, b.index(size)), b.mul(positions, b.index(table.getDimSize(1)))), b.index(2 * width));
  Value result = RotaryLowering(b, op, lanes).run();
  OpEndOp::create(b, text, Value(), Value(), flops, bytes);
  if (result.getType() != op.getOutput().getType())
    result = tensor::CastOp::create(b, op.getOutput().getType(), result);
  rewriter.replaceOp(op, result);
}
