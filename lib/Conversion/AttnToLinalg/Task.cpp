// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A task walks over the blocks of keys that the mask's hull names, and writes its rows.
#include "Task.h"
#include "BlockWalk.h"
#include "BoxWalk.h"

using namespace mlir;
using namespace attn;

namespace {

/// One block of queries of one head, or one slab of its grid.
class TaskEmitter {
public:
  TaskEmitter(TileBuilder &b, const AttentionProblem &p, Value batch, Value head, Value block)
      : b(b), p(p), mask(b, p, batch, head), block(block) {
    int64_t blockRows = p.schedule.getRows();
    StripPosition &at = task.at;
    at.batch = batch;
    at.head = head;
    at.keyBatch = p.keyBatchOf(b, batch);
    at.keyHead = p.keyHeadOf(b, head);
    at.row = b.index(0);
    at.key = b.index(0);
    if (p.schedule.hasBox()) {
      MaskPlan::Range slab = queriesOfSlab(b, p, block);
      at.query = slab.from;
      task.rows = b.sub(slab.to, slab.from);
      return;
    }
    at.query = b.mul(block, b.index(blockRows));
    task.rows = b.minimum(b.index(blockRows), b.sub(p.queries, at.query));
    task.strips = b.divUp(task.rows, p.schedule.getStrip());
    task.queries = {at.query, b.add(at.query, task.rows)};
  }

  Value firstQuery() const { return task.at.query; }
  Value rowCount() const { return task.rows; }

  WalkedBoxes emit(TaskResult destination) {
    const StripPosition &at = task.at;
    if (p.schedule.hasBox())
      return emitBoxWalk(b, p, mask, {at.batch, at.head, at.keyBatch, at.keyHead}, block, destination);
    RowState state = allocateState(b, p, p.schedule.getRows());
    state = emitInitialState(b, p, at, {p.schedule.getStrip(), task.strips, /*withSink=*/true}, state);
    WalkedKeys walked = emitBlockWalk(b, p, mask, task, state);
    return {emitFinish(b, p, walked.state, task.rows, destination), walked.visited};
  }

private:
  TileBuilder &b;
  const AttentionProblem &p;
  MaskPlan mask;
  Value block;
  TaskRows task;
};

} // namespace

//===----------------------------------------------------------------------===//
// Rows of the results
//===----------------------------------------------------------------------===//

static Value extractRows(TileBuilder &b, Value source, const OperandView::Slice &slice, ArrayRef<int64_t> shape) {
  Type element = cast<RankedTensorType>(source.getType()).getElementType();
  return tensor::ExtractSliceOp::create(b, b.tensorType(shape, element), source, slice.offsets, slice.sizes,
                                        slice.strides);
}

HeadRows::HeadRows(TileBuilder &b, const AttentionProblem &p, const AttentionResults &results, ValueRange outs,
                   Value batch, Value head, Value from, Value rows) {
  OpFoldResult one = b.getIndexAttr(1), zero = b.getIndexAttr(0);
  outputTensor = outs[0];
  output = results.output.withSource(outputTensor)
               .slice(b, Index4{batch, head, from, zero}, rows, b.getIndexAttr(p.valueSize));
  destination.output = extractRows(b, outputTensor, output, {ShapedType::kDynamic, p.valueSize});
  if (!results.lse)
    return;
  lseTensor = outs[1];
  lse = {{batch, head, from}, {one, one, rows}, {one, one, one}};
  destination.lse = extractRows(b, lseTensor, lse, {ShapedType::kDynamic});
}

void HeadRows::insert(TileBuilder &b, const TaskResult &done) const {
  tensor::ParallelInsertSliceOp::create(b, done.output, outputTensor, output.offsets, output.sizes, output.strides);
  if (lseTensor)
    tensor::ParallelInsertSliceOp::create(b, done.lse, lseTensor, lse.offsets, lse.sizes, lse.strides);
}

//===----------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------===//

Value attn::countTasks(TileBuilder &b, const AttentionProblem &p) {
  if (p.schedule.hasBox())
    return countSlabs(b, p);
  return p.isShort() ? b.divUp(p.keys, p.schedule.getSplit()) : b.divUp(p.queries, p.schedule.getRows());
}

AttentionResults attn::emitTasks(TileBuilder &b, const AttentionProblem &p, const AttentionResults &destination) {
  SmallVector<Value> outs{destination.output.getSource()};
  if (destination.lse)
    outs.push_back(destination.lse);
  outs.push_back(destination.visited);
  SmallVector<OpFoldResult> bounds{p.batch, p.queryHeads, countTasks(b, p)};
  auto forall = scf::ForallOp::create(b, bounds, outs, /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  SmallVector<Value> iv = forall.getInductionVars();
  ValueRange args = forall.getRegionIterArgs();
  TaskEmitter task(b, p, iv[0], iv[1], iv[2]);
  HeadRows rows(b, p, destination, args, iv[0], iv[1], task.firstQuery(), task.rowCount());
  SmallVector<OpFoldResult> visitedOffsets{iv[0], iv[1], iv[2]}, ones(3, b.getIndexAttr(1));
  Value visitedSlot = b.extract(args.back(), visitedOffsets, {1});
  WalkedBoxes result = task.emit(rows.getDestination());
  Value visited = tensor::InsertOp::create(b, result.visited, visitedSlot, ValueRange{b.index(0)});

  b.setInsertionPointToStart(forall.getTerminator().getBody());
  rows.insert(b, result.rows);
  tensor::ParallelInsertSliceOp::create(b, visited, args.back(), visitedOffsets, ones, ones);
  return {destination.output.withSource(forall.getResult(0)), destination.lse ? forall.getResult(1) : Value(),
          forall.getResults().back()};
}
