// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// convert-attn-to-linalg: one attention after another, from the outside in: checks, packing, tasks, and the report of
// what was done.
#include "BoxWalk.h"
#include "OperationTrace.h"
#include "ScoreTile.h"
#include "Task.h"
#include "attn/Analysis/TargetVariant.h"
#include "attn/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

namespace attn {
#define GEN_PASS_DEF_CONVERTATTNTOLINALGPASS
#include "attn/Conversion/Passes.h.inc"
} // namespace attn

using namespace mlir;
using namespace attn;

namespace {

/// The transpose that is the only reader of `output` and keeps its elements innermost; null when there is none.
linalg::TransposeOp followingTranspose(Value output) {
  if (!output.hasOneUse())
    return {};
  auto transpose = dyn_cast<linalg::TransposeOp>(*output.getUsers().begin());
  if (!transpose || transpose.getInput() != output || transpose.getPermutation().back() != 3)
    return {};
  return transpose;
}

/// An empty tensor for the output, in the order in which it is wanted.
OperandView outputDestination(TileBuilder &b, const AttentionProblem &p, linalg::TransposeOp transpose) {
  SmallVector<OpFoldResult> sizes{p.batch, p.queryHeads, p.queries, b.getIndexAttr(p.valueSize)};
  SmallVector<int64_t> permutation{0, 1, 2, 3};
  if (transpose) {
    // Dimension r of the transposed tensor is dimension permutation[r] of ours.
    SmallVector<OpFoldResult> reordered;
    for (auto [result, logical] : llvm::enumerate(transpose.getPermutation())) {
      reordered.push_back(sizes[logical]);
      permutation[logical] = result;
    }
    sizes = reordered;
  }
  for (OpFoldResult &size : sizes)
    size = getAsOpFoldResult(getValueOrCreateConstantIndexOp(b, b.getLoc(), size));
  Type element = cast<RankedTensorType>(p.op.getOutput().getType()).getElementType();
  return OperandView(tensor::EmptyOp::create(b, sizes, element), permutation);
}

void emitEnd(TileBuilder &b, const AttentionProblem &p, StringRef name, Value visited) {
  Value done = sumVisited(b, p, visited);
  Value strips = p.isShort()           ? b.index(p.schedule.getRows() / p.schedule.getStrip())
                 : p.schedule.hasBox() ? countStripsOfBoxes(b, p)
                                       : b.divUp(p.queries, p.schedule.getStrip());
  Value panels = b.divUp(p.keys, p.schedule.getPanel());
  Value all = b.mul(b.mul(b.mul(p.batch, b.dim(visited, 1)), strips), panels);
  Value pairs = b.mul(b.mul(b.mul(p.batch, p.queryHeads), p.queries), p.keys);
  Value computed = b.mul(done, b.index(p.schedule.getStrip() * p.schedule.getPanel()));
  Value flops = b.mul(b.minimum(pairs, computed), b.index(2 * (p.headSize + p.valueSize)));
  Value perKey = b.mul(b.mul(p.keyBatch, p.keyHeads), p.keys),
        perQuery = b.mul(b.mul(p.batch, p.queryHeads), p.queries);
  Value bytes = b.mul(b.add(perKey, perQuery), b.index(4 * (p.headSize + p.valueSize)));
  OpEndOp::create(b, name, done, b.sub(all, done), flops, bytes);
}

/// Sizes of the output are those of query and value: what asks for them reads nothing, and a transpose may be the only
/// reader.
void takeSizesFromOperands(IRRewriter &rewriter, TileBuilder &b, AttentionOp op) {
  for (Operation *user : llvm::make_early_inc_range(op.getOutput().getUsers()))
    if (auto dim = dyn_cast<tensor::DimOp>(user))
      if (std::optional<int64_t> axis = dim.getConstantIndex(); axis && *axis >= 0 && *axis < 4)
        rewriter.replaceOp(dim, b.dim(*axis < 3 ? op.getQuery() : op.getValue(), *axis));
}

void lowerAttention(IRRewriter &rewriter, AttentionOp op) {
  TileBuilder b(op.getLoc(), rewriter);
  takeSizesFromOperands(rewriter, b, op);
  linalg::TransposeOp transpose = followingTranspose(op.getOutput());
  AttentionProblem problem(b, op);
  std::string name = operationName(op, "attention");
  problem.layOutGrid(b);
  OpBeginOp begin = emitScoringBegin(b, problem, name, "attention");
  begin->setAttr("normalizer", b.getStringAttr(describe(op.getNormalizer())));
  if (!problem.isShort() && !problem.schedule.hasBox())
    packOperands(b, problem);
  auto perHead = [&](Value heads, Value last, Type element) -> Value {
    return tensor::EmptyOp::create(
        b, ArrayRef<OpFoldResult>{getAsOpFoldResult(problem.batch), getAsOpFoldResult(heads), getAsOpFoldResult(last)},
        element);
  };
  Value heads = problem.isShort() ? problem.keyHeads : problem.queryHeads;
  AttentionResults to{
      outputDestination(b, problem, transpose), {}, perHead(heads, countTasks(b, problem), b.getIndexType())};
  if (op.getLse())
    to.lse = perHead(problem.queryHeads, problem.queries, problem.element);
  AttentionResults results = problem.isShort() ? emitShortTasks(b, problem, to) : emitTasks(b, problem, to);
  emitEnd(b, problem, name, results.visited);
  auto cast = [&](Value value, Type type) -> Value {
    return value.getType() == type ? value : tensor::CastOp::create(b, type, value).getResult();
  };
  if (op.getLse())
    rewriter.replaceAllUsesWith(op.getLse(), cast(results.lse, op.getLse().getType()));
  if (transpose)
    rewriter.replaceOp(transpose, cast(results.output.getSource(), transpose.getResult()[0].getType()));
  else
    rewriter.replaceAllUsesWith(op.getOutput(), cast(results.output.getSource(), op.getOutput().getType()));
  rewriter.eraseOp(op);
}

/// What the lowering needs and the verifier does not ask for.
LogicalResult checkLowerable(ScoringOpInterface op) {
  if (!op.getScheduleAttr())
    return op->emitError("expects a schedule on ") << op->getName() << ", but got none; attn-schedule sets it";
  SmallVector<std::pair<StringRef, Value>> operands{{"head size of query", op.getQuery()},
                                                    {"head size of key", op.getKey()}};
  if (auto attention = dyn_cast<AttentionOp>(op.getOperation()))
    operands.push_back({"value size of value", attention.getValue()});
  for (auto [name, value] : operands) {
    int64_t size = cast<RankedTensorType>(value.getType()).getDimSize(3);
    if (ShapedType::isDynamic(size))
      return op->emitError("expects the ") << name << " to be static, but got " << value.getType();
    if (size == 0)
      return op->emitError("expects the ") << name << " to be at least 1, but got " << value.getType();
  }
  if (!op.getScoreType().isF32())
    return op->emitError("expects element type bf16, f16 or f32, but got ") << op.getScoreType();
  return success();
}

/// What a walk over boxes needs; attn-schedule does not ask for more.
LogicalResult checkBox(ScoringOpInterface scoring) {
  ScheduleAttr schedule = scoring.getScheduleAttr();
  if (!schedule.hasBox())
    return success();
  ArrayRef<int64_t> box = schedule.getBox();
  auto op = dyn_cast<AttentionOp>(scoring.getOperation());
  if (!op)
    return scoring->emitError("expects the schedule of ") << scoring->getName() << " to have no box, but got " << box;
  if (!op.getOrigin().empty())
    return op->emitError("expects an attention with a box not to be a slice of another one, but got positions");
  std::optional<MaskGrid> grid = findWalkedGrid(op);
  size_t axes = grid ? grid->extents.size() : 1, sizes = box.size();
  if (axes != sizes)
    return op->emitError("expects the box of the schedule to have ") << axes << " sizes, but got " << sizes;
  for (Value stored : {op.getKey(), op.getValue()})
    if (!cast<RankedTensorType>(stored.getType()).getElementType().isF32())
      return op->emitError("expects keys and values of an attention with a box to be f32, but got ")
             << stored.getType();
  return success();
}

/// What the lowering of rows needs and the verifier does not ask for.
LogicalResult checkRowsLowerable(Operation *op, Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  if (!type.getElementType().isF32())
    return op->emitError("expects element type f32, but got ") << type.getElementType();
  if (isa<RotaryOp>(op) && type.isDynamicDim(3))
    return op->emitError("expects the size of a head to be static, but got ") << type;
  return success();
}

struct ConvertAttnToLinalg : attn::impl::ConvertAttnToLinalgPassBase<ConvertAttnToLinalg> {
  void runOnOperation() override {
    SmallVector<ScoringOpInterface> scorings;
    SmallVector<MergeOp> merges;
    getOperation().walk([&](ScoringOpInterface op) { scorings.push_back(op); });
    getOperation().walk([&](MergeOp op) { merges.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (ScoringOpInterface op : scorings) {
      if (failed(checkLowerable(op)) || failed(checkBox(op)))
        return signalPassFailure();
      rewriter.setInsertionPoint(op);
      if (auto attention = dyn_cast<AttentionOp>(op.getOperation())) {
        lowerAttention(rewriter, attention);
        ++numAttentions;
      } else {
        lowerScoreReduce(rewriter, cast<ScoreReduceOp>(op.getOperation()));
        ++numReductions;
      }
    }
    for (MergeOp op : merges) {
      rewriter.setInsertionPoint(op);
      lowerMerge(rewriter, op);
    }
    if (failed(lowerRows(rewriter)))
      signalPassFailure();
  }

  LogicalResult lowerRows(IRRewriter &rewriter) {
    const TargetVariant *variant = getTargetVariant(getOperation());
    // What every CPU of the architecture has.
    constexpr int64_t fewestLanes = 4;
    SmallVector<Operation *> rows;
    getOperation().walk([&](Operation *op) {
      if (isa<NormOp, RotaryOp>(op))
        rows.push_back(op);
    });
    for (Operation *op : rows) {
      if (failed(checkRowsLowerable(op, op->getOperand(0))))
        return failure();
      rewriter.setInsertionPoint(op);
      if (auto norm = dyn_cast<NormOp>(op))
        lowerNorm(rewriter, norm);
      else
        lowerRotary(rewriter, cast<RotaryOp>(op), variant ? variant->getF32Lanes() : fewestLanes);
    }
    return success();
  }
};

} // namespace
