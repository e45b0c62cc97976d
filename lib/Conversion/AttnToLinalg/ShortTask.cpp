// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Few queries: all queries that read one key head are the rows of one task, so that each key is read once, and the keys
// are cut into parts of one length, so that few heads keep several cores busy. Where a part begins depends on nothing
// but its number, and parts are merged in their order: results do not depend on how many threads there are.
#include "BlockWalk.h"
#include "Task.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace attn;

namespace {

/// What the tasks of parts leave for each row, [B, Hk, parts, rows, ...]; `max` is null where nobody asks for it.
struct Parts {
  Value acc, sum, max;

  SmallVector<Value> values() const {
    SmallVector<Value> list{acc, sum};
    if (max)
      list.push_back(max);
    return list;
  }
  static Parts from(ValueRange list) { return {list[0], list[1], list.size() > 2 ? list[2] : Value()}; }
};

class ShortEmitter {
public:
  ShortEmitter(TileBuilder &b, const AttentionProblem &p)
      : b(b), p(p), rows(p.schedule.getRows()), lanes(p.schedule.getLanes()), count(countTasks(b, p)) {}

  /// Emits the tasks of the parts; the second result is the number of blocks that each computed.
  std::pair<Parts, Value> emitParts(Value visited);
  /// Emits the tasks that merge them, one for each query head.
  AttentionResults emitMerge(const Parts &parts, const AttentionResults &destination);

private:
  TileBuilder &b;
  const AttentionProblem &p;
  int64_t rows, lanes;
  Value count;

  Parts allocateParts();
  TaskRows placePart(Value batch, Value keyHead, Value part);
  RowState mergePart(const Parts &parts, ArrayRef<OpFoldResult> at, RowState state);
  Value joinScaled(Value scale, Value running, Value partScale, Value part);
  Value weight(TileBuilder &inner, Value score, Value max) {
    return p.op.getNormalizer().weight(inner, inner.getLoc(), score, max, p.baseTwo);
  }
};

Parts ShortEmitter::allocateParts() {
  auto allocate = [&](ArrayRef<int64_t> shape) -> Value {
    SmallVector<OpFoldResult> sizes{getAsOpFoldResult(p.batch), getAsOpFoldResult(p.keyHeads),
                                    getAsOpFoldResult(count)};
    for (int64_t size : shape)
      sizes.push_back(b.getIndexAttr(size));
    return tensor::EmptyOp::create(b, sizes, p.element);
  };
  Parts parts{allocate({rows, p.valueSize}), allocate({rows, lanes}), {}};
  if (p.op.getNormalizer().usesRowMax())
    parts.max = allocate({rows});
  return parts;
}

TaskRows ShortEmitter::placePart(Value batch, Value keyHead, Value part) {
  TaskRows task;
  Value zero = b.index(0);
  task.at = {batch, b.mul(keyHead, b.index(p.group)), p.keyBatchOf(b, batch), keyHead, zero, zero, zero};
  task.rows = b.index(rows);
  task.strips = b.index(rows / p.schedule.getStrip());
  task.queries = {zero, p.queries};
  Value first = b.mul(part, b.index(p.schedule.getSplit()));
  task.keys = {first, b.minimum(b.add(first, b.index(p.schedule.getSplit())), p.keys)};
  return task;
}

std::pair<Parts, Value> ShortEmitter::emitParts(Value visited) {
  SmallVector<Value> outs = allocateParts().values();
  outs.push_back(visited);
  SmallVector<OpFoldResult> bounds{p.batch, p.keyHeads, count};
  auto forall = scf::ForallOp::create(b, bounds, outs, /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  SmallVector<Value> iv = forall.getInductionVars();
  ValueRange args = forall.getRegionIterArgs();
  // The state lies where the parts are merged from; only scores and rescaling are the task's own.
  SmallVector<SmallVector<OpFoldResult>> offsets, sizes;
  SmallVector<Value> slices;
  const int64_t one[] = {1};
  for (Value out : args) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(out.getType()).getShape().drop_front(3);
    SmallVector<OpFoldResult> at{iv[0], iv[1], iv[2]}, size(3, b.getIndexAttr(1));
    for (int64_t extent : shape) {
      at.push_back(b.getIndexAttr(0));
      size.push_back(b.getIndexAttr(extent));
    }
    slices.push_back(b.extract(out, at, shape.empty() ? ArrayRef(one) : shape));
    offsets.push_back(at);
    sizes.push_back(size);
  }
  Value visitedSlot = slices.pop_back_val();
  Parts mine = Parts::from(slices);
  RowState state{mine.acc, mine.sum, allocateScores(b, p), mine.max, {}};
  if (mine.max)
    state.alpha = b.scratch({rows}, p.element);
  TaskRows task = placePart(iv[0], iv[1], iv[2]);
  MaskPlan mask(b, p, task.at.batch, task.at.head);
  state = emitInitialState(b, p, task.at, {p.schedule.getStrip(), task.strips, /*withSink=*/false}, state);
  WalkedKeys walked = emitBlockWalk(b, p, mask, task, state);
  SmallVector<Value> results = Parts{walked.state.acc, walked.state.sum, walked.state.max}.values();
  results.push_back(tensor::InsertOp::create(b, walked.visited, visitedSlot, ValueRange{b.index(0)}));

  b.setInsertionPointToStart(forall.getTerminator().getBody());
  for (auto [result, out, at, size] : llvm::zip_equal(results, args, offsets, sizes))
    tensor::ParallelInsertSliceOp::create(b, result, out, at, size,
                                          SmallVector<OpFoldResult>(at.size(), b.getIndexAttr(1)));
  return {Parts::from(forall.getResults().drop_back()), forall.getResults().back()};
}

/// scale * running + partScale * part, for tiles of one row; without maxima nothing is scaled.
Value ShortEmitter::joinScaled(Value scale, Value running, Value partScale, Value part) {
  SmallVector<Value> inputs{part};
  SmallVector<AffineMap> maps{b.whole(2)};
  if (scale) {
    inputs.append({scale, partScale});
    maps.append(2, b.rowOf());
  }
  return b.elementwise(inputs, maps, running, [&](TileBuilder &inner, ValueRange args) -> Value {
    if (!scale)
      return arith::AddFOp::create(inner, args[1], args[0]);
    Value kept = arith::MulFOp::create(inner, args[3], args[1]);
    Value added = arith::MulFOp::create(inner, args[0], args[2]);
    return arith::AddFOp::create(inner, kept, added);
  });
}

/// Merges the part at `at` (batch, key head, part, first row of the head) into the state of a head's rows. A part that
/// saw no key has the lowest maximum and sums of 0.
RowState ShortEmitter::mergePart(const Parts &parts, ArrayRef<OpFoldResult> at, RowState state) {
  Value firstRow = getValueOrCreateConstantIndexOp(b, b.getLoc(), at[3]);
  return RowState::from(b.loop(b.index(0), b.index(p.rowsPerHead), 1, state.values(), [&](Value row, ValueRange list) {
    RowState next = RowState::from(list);
    SmallVector<OpFoldResult> from(at);
    from[3] = b.add(firstRow, row);
    Value scale, partScale;
    if (next.max) {
      Value old = b.extract(next.max, {OpFoldResult(row)}, {1});
      Value other = b.extract(parts.max, from, {1});
      SmallVector<AffineMap> maps(2, b.whole(1));
      auto fresh = [&] { return b.empty({1}, p.element); };
      auto larger = [](TileBuilder &inner, ValueRange args) -> Value {
        return arith::MaxNumFOp::create(inner, args[1], args[0]);
      };
      scale = b.elementwise({other, old}, maps, fresh(), [&](TileBuilder &inner, ValueRange args) {
        return weight(inner, args[1], larger(inner, args));
      });
      partScale = b.elementwise({other, old}, maps, fresh(), [&](TileBuilder &inner, ValueRange args) {
        return weight(inner, args[0], larger(inner, args));
      });
      Value updated = b.elementwise(other, b.whole(1), old, larger);
      next.max = b.insert(updated, next.max, {OpFoldResult(row)});
    }
    auto join = [&](Value running, Value part, OpFoldResult column, int64_t width) {
      SmallVector<OpFoldResult> place{row, column}, partAt(from);
      partAt.push_back(column);
      Value joined =
          joinScaled(scale, b.extract(running, place, {1, width}), partScale, b.extract(part, partAt, {1, width}));
      return b.insert(joined, running, place);
    };
    next.sum = join(next.sum, parts.sum, b.getIndexAttr(0), lanes);
    next.acc = p.overValueTiles(b, next.acc, [&](OpFoldResult column, int64_t width, Value acc) {
      return join(acc, parts.acc, column, width);
    });
    return next.values();
  }));
}

AttentionResults ShortEmitter::emitMerge(const Parts &parts, const AttentionResults &to) {
  SmallVector<Value> outs{to.output.getSource()};
  if (to.lse)
    outs.push_back(to.lse);
  SmallVector<OpFoldResult> bounds{p.batch, p.queryHeads};
  auto forall = scf::ForallOp::create(b, bounds, outs, /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  Value batch = forall.getInductionVars()[0], head = forall.getInductionVars()[1], zero = b.index(0);
  HeadRows rowsOfHead(b, p, to, forall.getRegionIterArgs(), batch, head, zero, p.queries);
  RowState state{
      b.scratch({p.rowsPerHead, p.valueSize}, p.element), b.scratch({p.rowsPerHead, lanes}, p.element), {}, {}, {}};
  if (parts.max) {
    state.max = b.scratch({p.rowsPerHead}, p.element);
    state.alpha = b.scratch({p.rowsPerHead}, p.element);
  }
  StripPosition at{batch, head, {}, {}, zero, zero, zero};
  state = emitInitialState(b, p, at, {p.rowsPerHead, b.index(1), /*withSink=*/true}, state);
  Value keyHead = p.keyHeadOf(b, head);
  Value firstRow = b.mul(b.sub(head, b.mul(keyHead, b.index(p.group))), b.index(p.rowsPerHead));
  state = RowState::from(b.loop(zero, count, 1, state.values(), [&](Value part, ValueRange list) {
    SmallVector<OpFoldResult> from{batch, keyHead, part, firstRow};
    return mergePart(parts, from, RowState::from(list)).values();
  }));
  TaskResult done = emitFinish(b, p, state, p.queries, rowsOfHead.getDestination());

  b.setInsertionPointToStart(forall.getTerminator().getBody());
  rowsOfHead.insert(b, done);
  return {to.output.withSource(forall.getResult(0)), to.lse ? forall.getResult(1) : Value(), {}};
}

} // namespace

AttentionResults attn::emitShortTasks(TileBuilder &b, const AttentionProblem &p, const AttentionResults &destination) {
  ShortEmitter emitter(b, p);
  auto [parts, visited] = emitter.emitParts(destination.visited);
  AttentionResults results = emitter.emitMerge(parts, destination);
  results.visited = visited;
  return results;
}
