// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A task copies its queries, walks over the blocks of keys that the mask's hull names, and writes its rows. A block is
// proved full, proved empty or neither by one test at run time; each of the three has its own code.
#include "Task.h"
#include "MaskPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace attn;

namespace {

constexpr double kLog2E = 1.4426950408889634;

class TaskEmitter {
public:
  TaskEmitter(TileBuilder &b, const AttentionProblem &p, Value batch, Value head, Value block)
      : b(b), p(p), mask(b, p, batch, head), blockRows(p.schedule.getRows()), blockKeys(p.schedule.getKeys()),
        strip(p.schedule.getStrip()), panel(p.schedule.getPanel()) {
    at.batch = batch;
    at.head = head;
    at.keyBatch = p.keyBatchOf(b, batch);
    at.keyHead = p.keyHeadOf(b, head);
    at.row = b.index(0);
    at.query = b.mul(block, b.index(blockRows));
    at.key = b.index(0);
    rows = b.minimum(b.index(blockRows), b.sub(p.queries, at.query));
    strips = b.divUp(rows, strip);
  }

  Value firstQuery() const { return at.query; }
  Value rowCount() const { return rows; }

  struct Result {
    TaskResult rows;
    Value visited;
  };
  Result emit(TaskResult destination) {
    query = copyQueries();
    RowState state = emitInitialState(b, p, at, strips);
    MaskPlan::Range hull = mask.hull(b, {at.query, b.add(at.query, rows)});
    SmallVector<Value> carried = state.values();
    carried.push_back(b.index(0));
    // The panel in which an empty hull lies would be a block of its own.
    Value end = hull.to;
    if (!isConstantIntValue(hull.from, 0))
      end = b.createOrFold<arith::SelectOp>(b.less(hull.from, hull.to), hull.to, b.index(0));
    auto results = b.loop(b.alignDown(hull.from, panel), end, blockKeys, carried,
                          [&](Value key, ValueRange current) { return keyBlock(key, current); });
    Value visited = results.pop_back_val();
    return {emitFinish(b, p, RowState::from(results), rows, destination), visited};
  }

private:
  TileBuilder &b;
  const AttentionProblem &p;
  MaskPlan mask;
  int64_t blockRows, blockKeys, strip, panel;
  StripPosition at;
  Value rows, strips, query;

  /// The task's queries, scaled, in scratch that has whole strips.
  Value copyQueries() {
    double factor = p.op.getScale().convertToDouble() * (p.baseTwo ? kLog2E : 1.0);
    int64_t lanes = p.schedule.getLanes();
    Value block = b.scratch({blockRows, p.headSize}, p.element);
    return b.loop(b.index(0), rows, 1, block, [&](Value row, ValueRange current) -> SmallVector<Value> {
      return {b.columns(0, p.headSize, lanes, current[0], [&](OpFoldResult column, int64_t width, Value copy) {
        Index4 from{at.batch, at.head, b.add(at.query, row), column};
        SmallVector<OpFoldResult> to{row, column};
        Value scaled =
            b.elementwise(p.query.matrix(b, from, 1, width), b.whole(2), b.extract(copy, to, {1, width}),
                          [&](TileBuilder &inner, ValueRange args) {
                            return arith::MulFOp::create(inner, args[0], inner.scalar(p.element, factor)).getResult();
                          });
        return b.insert(scaled, copy, to);
      })};
    })[0];
  }

  /// One block of keys; the last carried value counts the blocks computed.
  SmallVector<Value> keyBlock(Value key, ValueRange carried) {
    Value end = b.add(key, b.index(blockKeys));
    MaskPlan::Range blockRange{key, b.minimum(end, p.keys)};
    MaskPlan::Tile tile = mask.tile(b, {at.query, b.add(at.query, rows)}, blockRange);
    Value full = b.createOrFold<arith::AndIOp>(tile.full, b.lessEqual(end, p.keys));
    StripPosition saved = at;
    at.key = key;
    auto compute = [&]() -> SmallVector<Value> {
      SmallVector<Value> next = b.branch(
          full, carried.drop_back().getTypes(), [&] { return allStrips(nullptr, carried.drop_back()); },
          [&] { return allStrips(&mask, carried.drop_back()); });
      next.push_back(b.add(carried.back(), b.index(1)));
      return next;
    };
    SmallVector<Value> next =
        tile.empty ? b.branch(
                         tile.empty, carried.getTypes(), [&] { return llvm::to_vector_of<Value>(carried); }, compute)
                   : compute();
    at = saved;
    return next;
  }

  /// All strips against the block at at.key.
  SmallVector<Value> allStrips(const MaskPlan *plan, ValueRange carried) {
    Value end = b.mul(strips, b.index(strip));
    return b.loop(b.index(0), end, strip, carried, [&](Value row, ValueRange current) {
      StripPosition place = at;
      place.row = row;
      place.query = b.add(at.query, row);
      Value zero = b.index(0), whole = b.index(blockKeys);
      StripKeys keys = plan ? stripKeys(*plan, place) : StripKeys{zero, whole, zero, whole};
      return emitStrip(b, p, plan, place, query, keys, RowState::from(current)).values();
    });
  }

  /// The keys of the block that a strip may see, and the panels they lie in.
  StripKeys stripKeys(const MaskPlan &plan, const StripPosition &place) {
    Value zero = b.index(0), whole = b.index(blockKeys);
    // Without a hull, values end where the keys do, so that none is read past its end.
    Value first = zero, firstValue = zero, last = b.sub(p.keys, place.key);
    if (plan.hasHull()) {
      Value lastQuery = b.minimum(b.add(place.query, b.index(strip)), p.queries);
      MaskPlan::Range hull = plan.hull(b, {place.query, lastQuery});
      if (plan.hasFirstKey()) {
        firstValue = b.maximum(b.sub(hull.from, place.key), zero);
        first = b.maximum(b.sub(b.alignDown(hull.from, panel), place.key), zero);
      }
      last = b.sub(hull.to, place.key);
    }
    // A hull that ends before the block gives a negative end.
    last = b.maximum(last, zero);
    return {first, b.minimum(b.alignUp(last, panel), whole), firstValue, b.minimum(last, whole)};
  }
};

Value extractRows(TileBuilder &b, const OperandView &view, const OperandView::Slice &slice, int64_t columns) {
  Type element = cast<RankedTensorType>(view.getSource().getType()).getElementType();
  return tensor::ExtractSliceOp::create(b, b.tensorType({ShapedType::kDynamic, columns}, element), view.getSource(),
                                        slice.offsets, slice.sizes, slice.strides);
}

} // namespace

AttentionResults attn::emitTasks(TileBuilder &b, const AttentionProblem &p, const AttentionResults &destination) {
  SmallVector<Value> outs{destination.output.getSource(), destination.visited};
  if (destination.lse)
    outs.push_back(destination.lse);
  SmallVector<OpFoldResult> bounds{p.batch, p.queryHeads, b.divUp(p.queries, p.schedule.getRows())};
  auto forall = scf::ForallOp::create(b, bounds, outs, /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  SmallVector<Value> iv = forall.getInductionVars();
  ValueRange args = forall.getRegionIterArgs();
  TaskEmitter task(b, p, iv[0], iv[1], iv[2]);

  OpFoldResult one = b.getIndexAttr(1);
  OperandView view = destination.output.withSource(args[0]);
  OperandView::Slice outSlice = view.slice(b, Index4{iv[0], iv[1], task.firstQuery(), b.getIndexAttr(0)},
                                           task.rowCount(), b.getIndexAttr(p.valueSize));
  TaskResult to{extractRows(b, view, outSlice, p.valueSize), {}};
  SmallVector<OpFoldResult> lseOffsets{iv[0], iv[1], task.firstQuery()}, lseSizes{one, one, task.rowCount()},
      ones(3, one);
  if (destination.lse)
    to.lse = tensor::ExtractSliceOp::create(b, b.tensorType({ShapedType::kDynamic}, p.element), args[2], lseOffsets,
                                            lseSizes, ones);
  SmallVector<OpFoldResult> visitedOffsets{iv[0], iv[1], iv[2]};
  Value visitedSlot = b.extract(args[1], visitedOffsets, {1});
  auto result = task.emit(to);
  Value visited = tensor::InsertOp::create(b, result.visited, visitedSlot, ValueRange{b.index(0)});

  b.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, result.rows.output, args[0], outSlice.offsets, outSlice.sizes,
                                        outSlice.strides);
  tensor::ParallelInsertSliceOp::create(b, visited, args[1], visitedOffsets, ones, ones);
  if (destination.lse)
    tensor::ParallelInsertSliceOp::create(b, result.rows.lse, args[2], lseOffsets, lseSizes, ones);
  return {view.withSource(forall.getResult(0)), destination.lse ? forall.getResult(2) : Value(), forall.getResult(1)};
}
