// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.score_reduce: tasks like those of an attention, without values. A strip of queries walks over the panels of keys
// in its hull, one after another; its products, score region and mask are those of an attention, in the same order, so
// that both get the same score for a pair.
#include "DotProducts.h"
#include "KeptScores.h"
#include "OperationTrace.h"
#include "ScoreTile.h"
#include "Task.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace attn;

namespace {

class ReduceTask {
public:
  /// `head` is a query head, or for few queries the first that shares a key head.
  ReduceTask(TileBuilder &b, const AttentionProblem &p, const KeptScores &kept, StripPosition at, Value rows)
      : b(b), p(p), kept(kept), mask(b, p, at.batch, at.head), task(at), rows(rows), strip(p.schedule.getStrip()),
        panel(p.schedule.getPanel()) {}

  struct Result {
    Value rows, visited;
  };
  /// Writes the task's rows to `results`, and counts the tiles computed.
  Result emit(Value results);

private:
  using State = KeptScores::State;

  TileBuilder &b;
  const AttentionProblem &p;
  const KeptScores &kept;
  MaskPlan mask;
  StripPosition task;
  Value rows;
  int64_t strip, panel;

  Value packStrip(const StripPosition &at, Value count, Value block);
  MaskPlan::Range queriesOf(const StripPosition &at, Value count);
  SmallVector<Value> walk(const StripPosition &at, Value count, Value query, ValueRange carried);
  SmallVector<Value> visitPanel(const StripPosition &at, Value count, Value query, ValueRange carried);
  Value products(const StripPosition &at, Value query, Value dest);
  State score(const MaskPlan *plan, const StripPosition &at, Value count, Value query, State state);
};

/// The strip's queries, scaled; a strip of few queries begins within a head.
Value ReduceTask::packStrip(const StripPosition &at, Value count, Value block) {
  double factor = p.scoring.getScale().convertToDouble();
  return b.loop(b.index(0), count, 1, block, [&](Value row, ValueRange current) -> SmallVector<Value> {
    auto place = [&](OpFoldResult column) -> Index4 {
      if (!p.isShort())
        return {at.batch, at.head, b.add(at.query, row), column};
      auto [member, i] = p.splitRow(b, b.add(at.row, row));
      return {at.batch, b.add(at.head, member), i, column};
    };
    return {b.columns(
        0, p.headSize, p.schedule.getLanes(), current[0], [&](OpFoldResult column, int64_t width, Value copy) {
          SmallVector<OpFoldResult> to{row, column};
          Value scaled =
              b.elementwise(p.query.matrix(b, place(column), 1, width), b.whole(2), b.extract(copy, to, {1, width}),
                            [&](TileBuilder &inner, ValueRange args) -> Value {
                              Value wide = inner.toFloat(args[0], p.element);
                              return arith::MulFOp::create(inner, wide, inner.scalar(p.element, factor));
                            });
          return b.insert(scaled, copy, to);
        })};
  })[0];
}

MaskPlan::Range ReduceTask::queriesOf(const StripPosition &at, Value count) {
  return p.isShort() ? MaskPlan::Range{b.index(0), p.queries} : MaskPlan::Range{at.query, b.add(at.query, count)};
}

/// All panels that the strip may see something of.
SmallVector<Value> ReduceTask::walk(const StripPosition &at, Value count, Value query, ValueRange carried) {
  MaskPlan::Range hull = mask.hull(b, queriesOf(at, count));
  // An empty hull lies in a panel, too.
  Value end = b.createOrFold<arith::SelectOp>(b.less(hull.from, hull.to), hull.to, b.index(0));
  return b.loop(b.alignDown(hull.from, panel), end, panel, carried, [&](Value key, ValueRange current) {
    StripPosition here = at;
    here.key = key;
    return visitPanel(here, count, query, current);
  });
}

/// The last carried value counts tiles.
SmallVector<Value> ReduceTask::visitPanel(const StripPosition &at, Value count, Value query, ValueRange carried) {
  Value end = b.add(at.key, b.index(panel));
  MaskPlan::Tile tile = mask.tile(b, queriesOf(at, count), {at.key, b.minimum(end, p.keys)});
  Value full = b.createOrFold<arith::AndIOp>(tile.full, b.lessEqual(end, p.keys));
  State state = State::from(carried.drop_back());
  auto scored = [&](const MaskPlan *plan) { return score(plan, at, count, query, state).values(); };
  auto compute = [&] {
    SmallVector<Value> next = b.branch(
        full, carried.drop_back().getTypes(), [&] { return scored(nullptr); }, [&] { return scored(&mask); });
    next.push_back(b.add(carried.back(), b.index(1)));
    return next;
  };
  if (!tile.empty)
    return compute();
  return b.branch(
      tile.empty, carried.getTypes(), [&] { return llvm::to_vector_of<Value>(carried); }, compute);
}

/// The products of a panel with all queries of the strip.
Value ReduceTask::products(const StripPosition &at, Value query, Value scores) {
  SmallVector<OpFoldResult> corner(2, b.getIndexAttr(0));
  if (p.isShort()) {
    StripPosition first = at;
    first.row = b.index(0);
    Value count = b.minimum(b.index(panel), b.sub(p.keys, at.key));
    return emitDotProducts(b, p, first, query, {b.index(0), count}, scores);
  }
  SmallVector<OpFoldResult> panelAt{at.keyBatch, at.keyHead, b.divDown(at.key, panel), b.getIndexAttr(0),
                                    b.getIndexAttr(0)};
  Value keys = b.extract(p.packedKey, panelAt, {p.headSize, panel});
  Value queries = b.extract(query, corner, {strip, p.headSize});
  Value tile = b.matmul(queries, keys, b.fill(0.0, b.extract(scores, corner, {strip, panel})));
  return b.insert(tile, scores, corner);
}

/// Scores one panel and takes what is to be kept of it.
ReduceTask::State ReduceTask::score(const MaskPlan *plan, const StripPosition &at, Value count, Value query,
                                    State state) {
  SmallVector<OpFoldResult> corner(2, b.getIndexAttr(0));
  state.scores = products(at, query, state.scores);
  Value tile = b.extract(state.scores, corner, {strip, panel});
  TilePosition position{at.batch, at.head, at.query, at.key, at.row};
  tile = applyScoreRegion(b, p, position, /*keysInRange=*/!plan, tile);
  if (plan)
    tile = applyMask(b, p, *plan, position, tile, kept.getHidden());
  state.scores = b.insert(tile, state.scores, corner);
  return kept.take(b, count, state);
}

ReduceTask::Result ReduceTask::emit(Value results) {
  SmallVector<Value> carried = kept.allocate(b).values();
  size_t states = carried.size();
  carried.append({b.scratch({strip + 1, p.headSize}, p.element), results, b.index(0)});
  auto done = b.loop(b.index(0), rows, strip, carried, [&](Value row, ValueRange current) {
    StripPosition at = task;
    at.row = row;
    if (!p.isShort())
      at.query = b.add(task.query, row);
    Value count = b.minimum(b.index(strip), b.sub(rows, row));
    Value query = packStrip(at, count, current[states]);
    SmallVector<Value> walked = kept.begin(b, State::from(current.take_front(states))).values();
    walked.push_back(current[states + 2]);
    walked = walk(at, count, query, walked);
    State state = State::from(ArrayRef(walked).drop_back());
    Value written =
        b.loop(b.index(0), count, 1, current[states + 1], [&](Value each, ValueRange to) -> SmallVector<Value> {
          return {kept.finish(b, state, each, b.add(row, each), to[0])};
        })[0];
    SmallVector<Value> next = state.values();
    next.append({query, written, walked.back()});
    return next;
  });
  return {done[states + 1], done[states + 2]};
}

/// Where the task (batch, head or key head, block) begins, and how many rows it has.
std::pair<StripPosition, Value> placeTask(TileBuilder &b, const AttentionProblem &p, ValueRange iv) {
  Value zero = b.index(0);
  if (p.isShort())
    return {{iv[0], b.mul(iv[1], b.index(p.group)), p.keyBatchOf(b, iv[0]), iv[1], zero, zero, zero},
            b.index(p.schedule.getRows())};
  Value first = b.mul(iv[2], b.index(p.schedule.getRows()));
  return {{iv[0], iv[1], p.keyBatchOf(b, iv[0]), p.keyHeadOf(b, iv[1]), zero, first, zero},
          b.minimum(b.index(p.schedule.getRows()), b.sub(p.queries, first))};
}

/// [B, heads, rows of a head] and the number of tiles that each task computed. For few queries, a head is a key head.
std::pair<Value, Value> emitReduceTasks(TileBuilder &b, const AttentionProblem &p, const KeptScores &kept) {
  Value heads = p.isShort() ? p.keyHeads : p.queryHeads;
  Value rowsOfHead = p.isShort() ? b.index(p.schedule.getRows()) : p.queries;
  Value tasks = b.divUp(rowsOfHead, p.schedule.getRows());
  auto perHead = [&](Value last, Type element) -> Value {
    SmallVector<OpFoldResult> sizes{getAsOpFoldResult(p.batch), getAsOpFoldResult(heads), getAsOpFoldResult(last)};
    return tensor::EmptyOp::create(b, sizes, element);
  };
  SmallVector<Value> outs{perHead(rowsOfHead, p.element), perHead(tasks, b.getIndexType())};
  SmallVector<OpFoldResult> bounds{p.batch, heads, tasks};
  auto forall = scf::ForallOp::create(b, bounds, outs, /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  SmallVector<Value> iv = forall.getInductionVars();
  ValueRange args = forall.getRegionIterArgs();
  auto [at, rows] = placeTask(b, p, iv);
  OpFoldResult one = b.getIndexAttr(1);
  Value firstRow = p.isShort() ? b.index(0) : at.query;
  SmallVector<OpFoldResult> offsets{iv[0], iv[1], firstRow}, sizes{one, one, rows}, ones(3, one);
  SmallVector<OpFoldResult> visitedAt{iv[0], iv[1], iv[2]};
  Value slice =
      tensor::ExtractSliceOp::create(b, b.tensorType({ShapedType::kDynamic}, p.element), args[0], offsets, sizes, ones);
  Value visitedSlot = b.extract(args[1], visitedAt, {1});
  ReduceTask::Result done = ReduceTask(b, p, kept, at, rows).emit(slice);
  Value visited = tensor::InsertOp::create(b, done.visited, visitedSlot, ValueRange{b.index(0)});

  b.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, done.rows, args[0], offsets, sizes, ones);
  tensor::ParallelInsertSliceOp::create(b, visited, args[1], visitedAt, ones, ones);
  return {forall.getResult(0), forall.getResult(1)};
}

void emitEnd(TileBuilder &b, const AttentionProblem &p, StringRef name, Value visited) {
  Value done = sumVisited(b, p, visited);
  int64_t strip = p.schedule.getStrip(), panel = p.schedule.getPanel();
  Value strips = p.isShort() ? b.index(p.schedule.getRows() / strip) : b.divUp(p.queries, strip);
  Value heads = b.mul(p.batch, b.dim(visited, 1));
  Value all = b.mul(b.mul(heads, strips), b.divUp(p.keys, panel));
  Value perQuery = b.mul(b.mul(p.batch, p.queryHeads), p.queries);
  Value computed = b.minimum(b.mul(perQuery, p.keys), b.mul(done, b.index(strip * panel)));
  Value perKey = b.mul(b.mul(p.keyBatch, p.keyHeads), p.keys);
  Value numbers = b.add(b.mul(b.add(perKey, perQuery), b.index(p.headSize)), perQuery);
  OpEndOp::create(b, name, done, b.sub(all, done), b.mul(computed, b.index(2 * p.headSize)),
                  b.mul(numbers, b.index(4)));
}

/// [B, Hk, rows of a key head] as [B, Hq, M].
Value splitRowsOfHead(TileBuilder &b, const AttentionProblem &p, Value rows) {
  SmallVector<ReassociationIndices> groups{{0}, {1, 2}};
  Value flat = tensor::CollapseShapeOp::create(b, rows, groups);
  int64_t batch = cast<RankedTensorType>(flat.getType()).getDimSize(0);
  SmallVector<OpFoldResult> sizes{getAsOpFoldResult(p.batch), getAsOpFoldResult(p.queryHeads),
                                  getAsOpFoldResult(p.queries)};
  auto type =
      b.tensorType({batch, p.group * cast<RankedTensorType>(rows.getType()).getDimSize(1), p.rowsPerHead}, p.element);
  return tensor::ExpandShapeOp::create(b, type, flat, groups, sizes);
}

} // namespace

void attn::lowerScoreReduce(RewriterBase &rewriter, ScoreReduceOp op) {
  TileBuilder b(op.getLoc(), rewriter);
  AttentionProblem problem(b, op);
  KeptScores kept(op, problem);
  std::string name = operationName(op, "score_reduce");
  OpBeginOp begin = emitScoringBegin(b, problem, name, "score_reduce");
  begin->setAttr("reduction", b.getStringAttr(stringifyReduction(op.getReduction())));
  if (!problem.isShort())
    packOperands(b, problem);
  auto [rows, visited] = emitReduceTasks(b, problem, kept);
  emitEnd(b, problem, name, visited);
  Value result = problem.isShort() ? splitRowsOfHead(b, problem, rows) : rows;
  if (result.getType() != op.getResult().getType())
    result = tensor::CastOp::create(b, op.getResult().getType(), result);
  rewriter.replaceOp(op, result);
}
