// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "BlockWalk.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace attn;

namespace {

class WalkEmitter {
public:
  WalkEmitter(TileBuilder &b, const AttentionProblem &p, const MaskPlan &mask, const TaskRows &task)
      : b(b), p(p), mask(mask), task(task), at(task.at), blockKeys(p.schedule.getKeys()), strip(p.schedule.getStrip()),
        panel(p.schedule.getPanel()) {}

  WalkedKeys emit(const RowState &initial) {
    query = copyQueries(b, p, b.scratch({p.schedule.getRows(), p.headSize}, p.element), task.rows,
                        [&](Value row, OpFoldResult column) { return queryAt(row, column); });
    auto [from, end] = walkedKeys();
    SmallVector<Value> carried = initial.values();
    carried.push_back(b.index(0));
    auto results =
        b.loop(from, end, blockKeys, carried, [&](Value key, ValueRange current) { return keyBlock(key, current); });
    Value visited = results.pop_back_val();
    return {RowState::from(results), visited};
  }

private:
  TileBuilder &b;
  const AttentionProblem &p;
  const MaskPlan &mask;
  const TaskRows &task;
  StripPosition at;
  int64_t blockKeys, strip, panel;
  Value query;

  /// Where the blocks begin, and where no more does. Those of parts lie where they would lie without parts, so that
  /// none belongs to two.
  MaskPlan::Range walkedKeys() {
    MaskPlan::Range hull = mask.hull(b, task.queries);
    // The panel in which an empty hull lies would be a block of its own.
    Value end = hull.to;
    if (!isConstantIntValue(hull.from, 0))
      end = b.createOrFold<arith::SelectOp>(b.less(hull.from, hull.to), hull.to, b.index(0));
    if (!task.keys.from)
      return {b.alignDown(hull.from, panel), end};
    return {b.maximum(b.alignDown(hull.from, blockKeys), task.keys.from), b.minimum(end, task.keys.to)};
  }

  Index4 queryAt(Value row, OpFoldResult column) {
    if (!p.isShort())
      return {at.batch, at.head, b.add(at.query, row), column};
    auto [member, i] = p.splitRow(b, row);
    return {at.batch, b.add(at.head, member), i, column};
  }

  /// One block of keys; the last carried value counts the tiles computed.
  SmallVector<Value> keyBlock(Value key, ValueRange carried) {
    Value end = b.add(key, b.index(blockKeys));
    MaskPlan::Range blockRange{key, b.minimum(end, p.keys)};
    MaskPlan::Tile tile = mask.tile(b, task.queries, blockRange);
    Value full = b.createOrFold<arith::AndIOp>(tile.full, b.lessEqual(end, p.keys));
    StripPosition saved = at;
    at.key = key;
    auto compute = [&]() -> SmallVector<Value> {
      return b.branch(
          full, carried.getTypes(), [&] { return allStrips(nullptr, carried); },
          [&] { return allStrips(&mask, carried); });
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
    Value end = b.mul(task.strips, b.index(strip));
    return b.loop(b.index(0), end, strip, carried, [&](Value row, ValueRange current) {
      StripPosition place = at;
      place.row = row;
      if (!p.isShort())
        place.query = b.add(at.query, row);
      Value zero = b.index(0), whole = b.index(blockKeys);
      StripKeys keys = plan ? stripKeys(*plan, place) : StripKeys{zero, whole, zero, whole};
      SmallVector<Value> next = emitStrip(b, p, plan, place, query, keys, RowState::from(current.drop_back())).values();
      Value tiles = b.divDown(b.maximum(b.sub(keys.to, keys.from), zero), panel);
      next.push_back(b.add(current.back(), tiles));
      return next;
    });
  }

  /// The queries of a strip; all of a task for few queries, whose strips may begin and end within a head.
  MaskPlan::Range stripQueries(const StripPosition &place) {
    if (p.isShort())
      return task.queries;
    return {place.query, b.minimum(b.add(place.query, b.index(strip)), p.queries)};
  }

  /// The keys of the block that a strip may see, and the panels they lie in.
  StripKeys stripKeys(const MaskPlan &plan, const StripPosition &place) {
    Value zero = b.index(0), whole = b.index(blockKeys);
    // Without a hull, values end where the keys do, so that none is read past its end.
    Value first = zero, firstValue = zero, last = b.sub(p.keys, place.key);
    if (plan.hasHull()) {
      MaskPlan::Range hull = plan.hull(b, stripQueries(place));
      if (plan.hasFirstKey()) {
        firstValue = b.maximum(b.sub(hull.from, place.key), zero);
        first = b.maximum(b.sub(b.alignDown(hull.from, panel), place.key), zero);
      }
      last = b.sub(hull.to, place.key);
      // An empty hull lies in a panel, too, which is not to be computed.
      if (plan.hasFirstKey())
        last = b.createOrFold<arith::SelectOp>(b.less(hull.from, hull.to), last, zero);
    }
    // A hull that ends before the block gives a negative end.
    last = b.maximum(last, zero);
    return {first, b.minimum(b.alignUp(last, panel), whole), firstValue, b.minimum(last, whole)};
  }
};

} // namespace

WalkedKeys attn::emitBlockWalk(TileBuilder &b, const AttentionProblem &problem, const MaskPlan &mask,
                               const TaskRows &task, const RowState &initial) {
  return WalkEmitter(b, problem, mask, task).emit(initial);
}
