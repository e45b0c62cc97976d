// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionProblem.h"
#include "ScoreTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

/// The values; without any the keys, which nothing reads as values.
static Value valueOf(ScoringOpInterface op) {
  auto attention = dyn_cast<AttentionOp>(op.getOperation());
  return attention ? Value(attention.getValue()) : op.getKey();
}

AttentionProblem::AttentionProblem(TileBuilder &b, ScoringOpInterface op)
    : scoring(op), op(dyn_cast<AttentionOp>(op.getOperation())), schedule(op.getScheduleAttr()),
      element(op.getScoreType()), query(OperandView::ofOperand(op.getQuery())),
      key(OperandView::ofOperand(op.getKey())), value(OperandView::ofOperand(valueOf(op))), vectorValue(value) {
  batch = b.dim(op.getQuery(), 0);
  queryHeads = b.dim(op.getQuery(), 1);
  queries = b.dim(op.getQuery(), 2);
  keyBatch = b.dim(op.getKey(), 0);
  keyHeads = b.dim(op.getKey(), 1);
  keys = b.dim(op.getKey(), 2);
  headSize = cast<RankedTensorType>(op.getQuery().getType()).getDimSize(3);
  valueSize = cast<RankedTensorType>(valueOf(op).getType()).getDimSize(3);
  paddedValueSize = isShort() ? valueSize : llvm::alignTo(valueSize, schedule.getLanes());
  if (isShort()) {
    auto type = cast<RankedTensorType>(op.getQuery().getType());
    rowsPerHead = type.getDimSize(2);
    group = type.getDimSize(1) / cast<RankedTensorType>(op.getKey().getType()).getDimSize(1);
  }
  baseTwo = this->op && isa<SoftmaxAttr>(this->op.getNormalizer()) && !op.hasScore();
  bool placed = !op.getOrigin().empty();
  auto origin = [&](unsigned axis) { return placed ? Value(op.getOrigin()[axis]) : b.index(0); };
  originBatch = origin(0);
  originHead = origin(1);
  originQuery = origin(2);
  originKey = origin(3);
  totalQueries = op.getExtent().empty() ? queries : Value(op.getExtent()[0]);
  totalKeys = op.getExtent().empty() ? keys : Value(op.getExtent()[1]);
}

void AttentionProblem::layOutGrid(TileBuilder &b) {
  queryGrid = TokenGrid(queries);
  keyGrid = TokenGrid(keys);
  if (!schedule.hasBox())
    return;
  std::optional<MaskGrid> grid = findWalkedGrid(op);
  if (!grid)
    return;
  SmallVector<Value> extents;
  for (const MaskExtent &extent : grid->extents) {
    if (!extent.isSymbol) {
      extents.push_back(b.index(extent.value));
      continue;
    }
    Value zero = b.index(0);
    AffineMap map = cast<AffineMapAttr>(op.getMaskMaps()[extent.value]).getValue();
    Value element = loadElement(b, op.getMaskSymbols()[extent.value], map, {zero, zero, zero, zero});
    extents.push_back(emitSymbolAsIndex(b, b.getLoc(), element));
  }
  queryGrid = keyGrid = TokenGrid(extents);
  coordinates = Coordinates::Given;
}

AttentionProblem::HeadAndQuery AttentionProblem::splitRow(TileBuilder &b, Value row) const {
  if (rowsPerHead <= 1)
    return {row, b.index(0)};
  if (group <= 1)
    return {b.index(0), row};
  Value size = b.index(rowsPerHead);
  return {b.createOrFold<arith::DivUIOp>(row, size), b.createOrFold<arith::RemUIOp>(row, size)};
}

Value AttentionProblem::keyHeadOf(TileBuilder &b, Value head) const {
  if (queryHeads == keyHeads)
    return head;
  // With no key heads there is no query head either, and nothing is computed.
  Value heads = b.maximum(keyHeads, b.index(1));
  Value group = b.createOrFold<arith::DivUIOp>(queryHeads, heads);
  return b.createOrFold<arith::DivUIOp>(head, b.maximum(group, b.index(1)));
}

Value AttentionProblem::keyBatchOf(TileBuilder &b, Value batchIndex) const {
  return b.minimum(batchIndex, b.sub(keyBatch, b.index(1)));
}

Value AttentionProblem::overValueTiles(TileBuilder &b, Value state, TileBuilder::ColumnFn body) const {
  int64_t panels = llvm::alignDown(paddedValueSize, schedule.getPanel());
  state = b.columns(0, panels, schedule.getPanel(), state, body);
  return b.columns(panels, paddedValueSize, schedule.getLanes(), state, body);
}
