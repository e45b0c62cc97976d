// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies keys into transposed panels, once for each key head, so that the inner loop reads whole vectors of keys; and
// pads values whose rows are no whole number of native vectors. Rows beyond the last key are zero in a panel: they are
// masked, but must not be NaN. Both widen what is narrower than f32.
#include "AttentionProblem.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace attn;

namespace {

/// Emits a parallel loop over (batch, head, third) whose body returns the slice it made and where it belongs.
Value forallHeads(TileBuilder &b, Value batches, Value heads, Value third, Value dest,
                  llvm::function_ref<Value(TileBuilder &, Value, Value, Value)> body) {
  SmallVector<OpFoldResult> bounds{batches, heads, third};
  auto forall = scf::ForallOp::create(b, bounds, ValueRange{dest}, /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  SmallVector<Value> iv = forall.getInductionVars();
  Value slice = body(b, iv[0], iv[1], iv[2]);
  auto type = cast<RankedTensorType>(dest.getType());
  SmallVector<OpFoldResult> offsets{iv[0], iv[1], iv[2]}, sizes(3, b.getIndexAttr(1)),
      strides(type.getRank(), b.getIndexAttr(1));
  for (int64_t axis = 3; axis < type.getRank(); ++axis) {
    offsets.push_back(b.getIndexAttr(0));
    sizes.push_back(b.getIndexAttr(type.getDimSize(axis)));
  }
  b.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, slice, forall.getRegionIterArgs()[0], offsets, sizes, strides);
  return forall.getResult(0);
}

/// The destination slice of one (batch, head, third) inside forallHeads.
Value destinationSlice(TileBuilder &b, ArrayRef<int64_t> shape) {
  auto forall = cast<scf::ForallOp>(b.getInsertionBlock()->getParentOp());
  SmallVector<OpFoldResult> offsets = getAsOpFoldResult(forall.getInductionVars());
  offsets.append(shape.size(), b.getIndexAttr(0));
  return b.extract(forall.getRegionIterArgs()[0], offsets, shape);
}

/// Transposes `rows` x `columns` keys at (row, column) of a panel.
Value transposeTile(TileBuilder &b, const AttentionProblem &p, Index4 at, Value row, OpFoldResult column, int64_t rows,
                    int64_t columns, Value panel) {
  at[3] = column;
  Value tile = b.toFloats(p.key.matrix(b, at, rows, columns), p.element);
  SmallVector<OpFoldResult> offsets{column, row};
  Value dest = b.extract(panel, offsets, {columns, rows});
  Value transposed = linalg::TransposeOp::create(b, tile, dest, ArrayRef<int64_t>{1, 0}).getResult()[0];
  return b.insert(transposed, panel, offsets);
}

/// A panel of which all keys exist: square tiles of native vectors, then what remains of the head size.
Value packFullPanel(TileBuilder &b, const AttentionProblem &p, Value keyBatch, Value keyHead, Value firstKey,
                    Value panel) {
  int64_t lanes = p.schedule.getLanes();
  Value zero = b.index(0), size = b.index(p.schedule.getPanel());
  return b.loop(zero, size, lanes, panel, [&](Value row, ValueRange state) -> SmallVector<Value> {
    Index4 at{keyBatch, keyHead, b.add(firstKey, row), b.getIndexAttr(0)};
    return {b.columns(0, p.headSize, lanes, state[0], [&](OpFoldResult column, int64_t width, Value current) {
      return transposeTile(b, p, at, row, column, lanes, width, current);
    })};
  })[0];
}

/// The last panel: zeros, then key by key.
Value packPartialPanel(TileBuilder &b, const AttentionProblem &p, Value keyBatch, Value keyHead, Value firstKey,
                       Value panel) {
  int64_t lanes = p.schedule.getLanes();
  Value zero = b.index(0);
  Value cleared = b.loop(zero, b.index(p.headSize), 1, panel, [&](Value d, ValueRange state) -> SmallVector<Value> {
    SmallVector<OpFoldResult> offsets{d, b.getIndexAttr(0)};
    Value row = b.extract(state[0], offsets, {1, p.schedule.getPanel()});
    return {b.insert(b.fill(0.0, row), state[0], offsets)};
  })[0];
  Value rows = b.sub(p.keys, firstKey);
  return b.loop(zero, rows, 1, cleared, [&](Value row, ValueRange state) -> SmallVector<Value> {
    Index4 at{keyBatch, keyHead, b.add(firstKey, row), b.getIndexAttr(0)};
    return {b.columns(0, p.headSize, lanes, state[0], [&](OpFoldResult column, int64_t width, Value current) {
      return transposeTile(b, p, at, row, column, 1, width, current);
    })};
  })[0];
}

Value packKeys(TileBuilder &b, const AttentionProblem &p) {
  int64_t panelSize = p.schedule.getPanel();
  Value panels = b.divUp(p.keys, panelSize);
  Value dest = tensor::EmptyOp::create(
      b, ArrayRef<OpFoldResult>{p.keyBatch, p.keyHeads, panels, b.getIndexAttr(p.headSize), b.getIndexAttr(panelSize)},
      p.element);
  return forallHeads(b, p.keyBatch, p.keyHeads, panels, dest, [&](TileBuilder &, Value kb, Value kh, Value index) {
    Value panel = destinationSlice(b, {p.headSize, panelSize});
    Value firstKey = b.mul(index, b.index(panelSize));
    Value full = b.lessEqual(b.add(firstKey, b.index(panelSize)), p.keys);
    return b.branch(
        full, panel.getType(), [&]() -> SmallVector<Value> { return {packFullPanel(b, p, kb, kh, firstKey, panel)}; },
        [&]() -> SmallVector<Value> { return {packPartialPanel(b, p, kb, kh, firstKey, panel)}; })[0];
  });
}

/// Copies one row of values and zeroes the rest of its last vector.
Value padRow(TileBuilder &b, const AttentionProblem &p, const Index4 &source, OpFoldResult row, Value dest) {
  int64_t lanes = p.schedule.getLanes();
  return b.columns(0, p.valueSize, lanes, dest, [&](OpFoldResult column, int64_t width, Value dest) {
    SmallVector<OpFoldResult> offsets{row, column};
    if (width < lanes)
      dest = b.insert(b.fill(0.0, b.extract(dest, offsets, {1, lanes})), dest, offsets);
    Index4 at = source;
    at[3] = column;
    Value tile = p.value.matrix(b, at, 1, width);
    Value copied =
        b.elementwise(tile, b.whole(2), b.extract(dest, offsets, {1, width}),
                      [&](TileBuilder &inner, ValueRange args) { return inner.toFloat(args[0], p.element); });
    return b.insert(copied, dest, offsets);
  });
}

/// Rows copied by one task: enough to be worth a task.
constexpr int64_t kRowsPerCopyTask = 64;

Value padValues(TileBuilder &b, const AttentionProblem &p) {
  Value tasks = b.divUp(p.keys, kRowsPerCopyTask);
  Value dest =
      tensor::EmptyOp::create(b,
                              ArrayRef<OpFoldResult>{p.keyBatch, p.keyHeads, tasks, b.getIndexAttr(kRowsPerCopyTask),
                                                     b.getIndexAttr(p.paddedValueSize)},
                              p.element);
  Value blocks =
      forallHeads(b, p.keyBatch, p.keyHeads, tasks, dest, [&](TileBuilder &, Value kb, Value kh, Value index) {
        Value block = destinationSlice(b, {kRowsPerCopyTask, p.paddedValueSize});
        Value first = b.mul(index, b.index(kRowsPerCopyTask));
        Value rows = b.minimum(b.index(kRowsPerCopyTask), b.sub(p.keys, first));
        return b.loop(b.index(0), rows, 1, block, [&](Value row, ValueRange state) -> SmallVector<Value> {
          Index4 at{kb, kh, b.add(first, row), b.getIndexAttr(0)};
          return {padRow(b, p, at, row, state[0])};
        })[0];
      });
  // [Bk, Hk, tasks, rows of a task, E'] to [Bk, Hk, N rounded up, E'].
  SmallVector<ReassociationIndices> groups{{0}, {1}, {2, 3}, {4}};
  return tensor::CollapseShapeOp::create(b, blocks, groups);
}

} // namespace

void attn::packOperands(TileBuilder &b, AttentionProblem &problem) {
  problem.packedKey = packKeys(b, problem);
  Type valueType = cast<RankedTensorType>(problem.value.getSource().getType()).getElementType();
  if (problem.paddedValueSize != problem.valueSize || valueType != problem.element)
    problem.vectorValue = OperandView(padValues(b, problem), {0, 1, 2, 3});
}

Value attn::copyQueries(TileBuilder &b, const AttentionProblem &p, Value copy, Value rows,
                        llvm::function_ref<Index4(Value, OpFoldResult)> place) {
  constexpr double log2E = 1.4426950408889634;
  double factor = p.op.getScale().convertToDouble() * (p.baseTwo ? log2E : 1.0);
  return b.loop(b.index(0), rows, 1, copy, [&](Value row, ValueRange current) -> SmallVector<Value> {
    return {
        b.columns(0, p.headSize, p.schedule.getLanes(), current[0], [&](OpFoldResult column, int64_t width, Value to) {
          SmallVector<OpFoldResult> at{row, column};
          Value scaled =
              b.elementwise(p.query.matrix(b, place(row, column), 1, width), b.whole(2), b.extract(to, at, {1, width}),
                            [&](TileBuilder &inner, ValueRange args) {
                              Value wide = inner.toFloat(args[0], p.element);
                              return arith::MulFOp::create(inner, wide, inner.scalar(p.element, factor)).getResult();
                            });
          return b.insert(scaled, to, at);
        })};
  })[0];
}
