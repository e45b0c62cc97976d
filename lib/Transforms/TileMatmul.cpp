// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matmuls with a packed weight, level 1 to level 2. The loops, outermost first: parallel over row blocks and groups of
// panels, then blocks of summands, panels, strips of rows; a tile is a fill, a matmul and the ops that consumed the
// matmul, all in place in a slice of the result. Rows that do not fill a strip are computed 4, 2 and 1 at a time, so
// that nothing outside of the operands is ever touched.
#include "TileLinalg.h"
#include "attn/Analysis/MatmulRule.h"
#include "attn/Analysis/TargetVariant.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace attn;

namespace {

/// A rectangle of the result, by its first row and column.
struct Tile {
  Value row, column;
  int64_t height, width;
};

class MatmulTiler {
public:
  MatmulTiler(RewriterBase &rewriter, linalg::MatmulOp matmul, MatmulScheduleAttr schedule);

  /// Emits the loops at the last op that is replaced and replaces it.
  void run();

private:
  void findEpilogue();
  bool canFuse(linalg::GenericOp op, OpOperand &use) const;
  Value emitTask(OpBuilder &b, Value destination, Value rowBlock, Value panelGroup);
  Value emitKBlocks(OpBuilder &b, Value block);
  Value emitPanels(OpBuilder &b, Value block, Value kBlock, bool first, bool last);
  Value emitPanel(OpBuilder &b, Value block, Value panel, Value column, int64_t width);
  Value emitStrips(OpBuilder &b, Value block, Value panel, Value column, int64_t width);
  Value emitTile(OpBuilder &b, Value block, Value panel, Tile tile, Value column);
  Value emitEpilogue(OpBuilder &b, linalg::GenericOp op, Value previous, Value tile, Tile global);
  Value panelsPerTask(OpBuilder &b);
  Value loop(OpBuilder &b, Value lower, Value upper, int64_t step, Value init,
             llvm::function_ref<Value(OpBuilder &, Value, Value)> body);
  Value slice(OpBuilder &b, Value source, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes, unsigned rank);

  RewriterBase &rewriter;
  linalg::MatmulOp matmul;
  MatmulScheduleAttr schedule;
  Location loc;
  Value left, packed, destination;
  std::optional<Value> startValue; // What a sum starts with; none: what is in the destination.
  SmallVector<linalg::GenericOp> epilogue;
  int64_t n, k, kBlock, panel;
  Value m, rowBlocks, groupSize;

  // What the emission is inside of: a task, and a block of summands.
  Value firstRow, rowCount, firstPanel, endPanel;
  struct {
    Value index;
    int64_t size;
    bool first, last;
  } block;
};

} // namespace

//===----------------------------------------------------------------------===//
// What is fused
//===----------------------------------------------------------------------===//

MatmulTiler::MatmulTiler(RewriterBase &rewriter, linalg::MatmulOp matmul, MatmulScheduleAttr schedule)
    : rewriter(rewriter), matmul(matmul), schedule(schedule), loc(matmul.getLoc()), left(matmul.getDpsInputs()[0]),
      packed(getPackedRight(matmul)), destination(matmul.getDpsInits()[0]), kBlock(schedule.getKblock()),
      panel(schedule.getPanel()) {
  n = cast<RankedTensorType>(destination.getType()).getDimSize(1);
  k = cast<RankedTensorType>(left.getType()).getDimSize(1);
  if (auto fill = destination.getDefiningOp<linalg::FillOp>()) {
    startValue = fill.getInputs()[0];
    destination = fill.getOutputs()[0];
    findEpilogue();
  }
}

/// Whether the op can be computed tile by tile from the tile of its operand `use`.
bool MatmulTiler::canFuse(linalg::GenericOp op, OpOperand &use) const {
  bool isPlain = op.getNumLoops() == 2 && op.getNumParallelLoops() == 2 && op.getNumDpsInits() == 1 &&
                 op.hasPureTensorSemantics() && !op.hasIndexSemantics() && op.isDpsInput(&use) &&
                 op.getMatchingIndexingMap(&use).isIdentity() &&
                 op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity() &&
                 !op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) && op->getBlock() == matmul->getBlock() &&
                 op->getResultTypes() == matmul->getResultTypes();
  return isPlain && llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
           return op.getMatchingIndexingMap(input).isProjectedPermutation();
         });
}

void MatmulTiler::findEpilogue() {
  Value result = matmul.getResult(0);
  while (result.hasOneUse()) {
    OpOperand &use = *result.use_begin();
    auto op = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (!op || !canFuse(op, use))
      return;
    epilogue.push_back(op);
    destination = op.getDpsInits()[0];
    result = op.getResult(0);
  }
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

Value MatmulTiler::loop(OpBuilder &b, Value lower, Value upper, int64_t step, Value init,
                        llvm::function_ref<Value(OpBuilder &, Value, Value)> body) {
  Value stepValue = IndexMath(b, loc).constant(step);
  auto emit = [&](OpBuilder &nested, Location, Value index, ValueRange values) {
    scf::YieldOp::create(nested, loc, body(nested, index, values[0]));
  };
  return scf::ForOp::create(b, loc, lower, upper, stepValue, init, emit).getResult(0);
}

/// A slice of unit strides; leading dimensions of size 1 go until `rank` are left.
Value MatmulTiler::slice(OpBuilder &b, Value source, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                         unsigned rank) {
  SmallVector<OpFoldResult> strides(offsets.size(), b.getIndexAttr(1));
  auto sourceType = cast<RankedTensorType>(source.getType());
  auto full = tensor::ExtractSliceOp::inferResultType(sourceType, sizes);
  auto type = RankedTensorType::get(full.getShape().take_back(rank), full.getElementType());
  return tensor::ExtractSliceOp::create(b, loc, type, source, offsets, sizes, strides);
}

/// One op of the epilogue on a tile; `previous` is the tile of the result that the op consumed.
Value MatmulTiler::emitEpilogue(OpBuilder &b, linalg::GenericOp op, Value previous, Value tile, Tile global) {
  SmallVector<Value> inputs;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (input->get() == previous) {
      inputs.push_back(tile);
      continue;
    }
    if (map.getNumResults() == 0) {
      inputs.push_back(input->get());
      continue;
    }
    SmallVector<OpFoldResult> offsets, sizes;
    for (AffineExpr expr : map.getResults()) {
      bool isRow = cast<AffineDimExpr>(expr).getPosition() == 0;
      offsets.push_back(isRow ? global.row : global.column);
      sizes.push_back(b.getIndexAttr(isRow ? global.height : global.width));
    }
    inputs.push_back(slice(b, input->get(), offsets, sizes, sizes.size()));
  }
  auto fused = linalg::GenericOp::create(b, op.getLoc(), tile.getType(), inputs, tile, op.getIndexingMapsArray(),
                                         op.getIteratorTypesArray());
  IRMapping mapping;
  op.getRegion().cloneInto(&fused.getRegion(), mapping);
  return fused.getResult(0);
}

/// One register tile. `tile` is within the task's block, whose first column is `column` of the result less
/// `tile.column`.
Value MatmulTiler::emitTile(OpBuilder &b, Value destination, Value panelIndex, Tile tile, Value inPanel) {
  IndexMath math(b, loc);
  auto size = [&](int64_t value) -> OpFoldResult { return b.getIndexAttr(value); };
  Value row = math.add(firstRow, tile.row);
  Value column = math.add(math.mul(panelIndex, panel), inPanel);
  Value a = slice(b, left, {row, math.mul(block.index, kBlock)}, {size(tile.height), size(block.size)}, 2);
  Value w = slice(b, packed, {block.index, panelIndex, size(0), inPanel},
                  {size(1), size(1), size(block.size), size(tile.width)}, 2);
  OpFoldResult sizes[] = {size(tile.height), size(tile.width)};
  Value sum = slice(b, destination, {tile.row, tile.column}, sizes, 2);
  if (block.first && startValue)
    sum = linalg::FillOp::create(b, loc, *startValue, sum).getResult(0);
  sum = linalg::MatmulOp::create(b, loc, TypeRange(sum.getType()), ValueRange{a, w}, sum).getResult(0);
  if (block.last) {
    Value previous = matmul.getResult(0);
    for (linalg::GenericOp op : epilogue) {
      sum = emitEpilogue(b, op, previous, sum, {row, column, tile.height, tile.width});
      previous = op.getResult(0);
    }
  }
  OpFoldResult offsets[] = {tile.row, tile.column};
  OpFoldResult strides[] = {size(1), size(1)};
  return tensor::InsertSliceOp::create(b, loc, sum, destination, offsets, sizes, strides);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// Strips of the schedule's height, then what is left over 4, 2 and 1 rows at a time: each of those loops runs once or
/// not at all.
Value MatmulTiler::emitStrips(OpBuilder &b, Value destination, Value panelIndex, Value inPanel, int64_t width) {
  IndexMath math(b, loc);
  Value column = math.add(math.mul(math.sub(panelIndex, firstPanel), panel), inPanel);
  SmallVector<int64_t> heights{schedule.getStrip()};
  for (int64_t height : {4, 2, 1})
    if (height < schedule.getStrip())
      heights.push_back(height);
  Value lower = math.constant(0);
  Value strips = math.floorTo(rowCount, schedule.getStrip());
  Value rest = math.sub(rowCount, strips);
  for (int64_t height : heights) {
    bool isStrip = height == schedule.getStrip();
    Value upper = isStrip ? strips : math.add(strips, math.floorTo(rest, height));
    destination = loop(b, lower, upper, height, destination, [&](OpBuilder &nested, Value row, Value into) {
      return emitTile(nested, into, panelIndex, {row, column, height, width}, inPanel);
    });
    lower = upper;
  }
  return destination;
}

/// The tiles of one panel of which `width` columns exist. The tail of the last panel is cut into powers of two.
Value MatmulTiler::emitPanel(OpBuilder &b, Value destination, Value panelIndex, Value, int64_t width) {
  IndexMath math(b, loc);
  int64_t columns = schedule.getColumns(), full = width / columns * columns;
  if (full > 0)
    destination = loop(b, math.constant(0), math.constant(full), columns, destination,
                       [&](OpBuilder &nested, Value inPanel, Value into) {
                         return emitStrips(nested, into, panelIndex, inPanel, columns);
                       });
  for (int64_t done = full; done < width;) {
    int64_t piece = llvm::bit_floor(uint64_t(width - done));
    destination = emitStrips(b, destination, panelIndex, math.constant(done), piece);
    done += piece;
  }
  return destination;
}

/// All panels of the task for one block of summands.
Value MatmulTiler::emitPanels(OpBuilder &b, Value destination, Value kBlockIndex, bool first, bool last) {
  IndexMath math(b, loc);
  int64_t kBlocks = llvm::divideCeilSigned(k, kBlock);
  block = {kBlockIndex, last ? k - (kBlocks - 1) * kBlock : kBlock, first, last};
  int64_t tail = n % panel;
  Value endFull = tail ? math.min(endPanel, math.constant(n / panel)) : endPanel;
  if (n >= panel)
    destination = loop(b, firstPanel, endFull, 1, destination, [&](OpBuilder &nested, Value index, Value into) {
      return emitPanel(nested, into, index, Value(), panel);
    });
  if (tail)
    destination =
        loop(b, math.max(firstPanel, math.constant(n / panel)), endPanel, 1, destination,
             [&](OpBuilder &nested, Value index, Value into) { return emitPanel(nested, into, index, Value(), tail); });
  return destination;
}

/// The first and the last block of summands differ from the others, in how sums start and in what becomes of them.
Value MatmulTiler::emitKBlocks(OpBuilder &b, Value destination) {
  IndexMath math(b, loc);
  int64_t count = llvm::divideCeilSigned(k, kBlock);
  Value zero = math.constant(0);
  if (count == 1)
    return emitPanels(b, destination, zero, true, true);
  destination = emitPanels(b, destination, zero, true, false);
  if (count > 2)
    destination =
        loop(b, math.constant(1), math.constant(count - 1), 1, destination,
             [&](OpBuilder &nested, Value index, Value into) { return emitPanels(nested, into, index, false, false); });
  return emitPanels(b, destination, math.constant(count - 1), false, true);
}

/// Panels are divided as well when row blocks alone are too few tasks, but not below a quarter of a million
/// multiplications.
Value MatmulTiler::panelsPerTask(OpBuilder &b) {
  IndexMath math(b, loc);
  int64_t panels = llvm::divideCeilSigned(n, panel);
  constexpr int64_t leastWork = 1 << 18;
  Value even = math.ceilDiv(math.mul(rowBlocks, panels), math.constant(schedule.getTasks()));
  Value rows = math.max(math.min(m, math.constant(schedule.getRows())), math.constant(1));
  Value least = math.ceilDiv(math.constant(llvm::divideCeilSigned(leastWork, panel * k)), rows);
  return math.min(math.max(even, least), math.constant(panels));
}

void MatmulTiler::run() {
  Operation *last = epilogue.empty() ? matmul.getOperation() : epilogue.back().getOperation();
  OpBuilder b(last);
  IndexMath math(b, loc);
  beginOp(b, loc, "matmul");
  SmallVector<linalg::LinalgOp> ops{matmul};
  llvm::append_range(ops, epilogue);
  OpWork work = countWork(b, loc, ops);
  int64_t panels = llvm::divideCeilSigned(n, panel);
  m = b.createOrFold<tensor::DimOp>(loc, left, 0);
  rowBlocks = math.ceilDiv(m, math.constant(schedule.getRows()));
  groupSize = panelsPerTask(b);
  Value groups = math.ceilDiv(math.constant(panels), groupSize);
  SmallVector<OpFoldResult> zeros(2, b.getIndexAttr(0)), ones(2, b.getIndexAttr(1));
  SmallVector<OpFoldResult> counts{getAsOpFoldResult(rowBlocks), getAsOpFoldResult(groups)};
  auto forall = scf::ForallOp::create(b, loc, zeros, counts, ones, destination, std::nullopt);
  OpBuilder body = OpBuilder::atBlockBegin(forall.getBody());
  emitTask(body, forall.getRegionIterArgs()[0], forall.getInductionVar(0), forall.getInductionVar(1));
  b.setInsertionPointAfter(forall);
  endOp(b, loc, "matmul", work);
  rewriter.replaceOp(last, forall.getResults());
  for (Operation *op : llvm::reverse(epilogue))
    if (op != last)
      rewriter.eraseOp(op);
  if (matmul.getOperation() != last)
    rewriter.eraseOp(matmul);
}

/// The body of the parallel loop: one block of rows and one group of panels.
Value MatmulTiler::emitTask(OpBuilder &b, Value shared, Value rowBlock, Value panelGroup) {
  IndexMath math(b, loc);
  int64_t panels = llvm::divideCeilSigned(n, panel);
  firstRow = math.mul(rowBlock, schedule.getRows());
  rowCount = math.min(math.sub(m, firstRow), math.constant(schedule.getRows()));
  firstPanel = b.createOrFold<arith::MulIOp>(loc, panelGroup, groupSize);
  endPanel = math.min(math.add(firstPanel, groupSize), math.constant(panels));
  Value firstColumn = math.mul(firstPanel, panel);
  Value endColumn = math.mul(endPanel, panel);
  if (n % panel)
    endColumn = math.min(endColumn, math.constant(n));
  OpFoldResult offsets[] = {firstRow, firstColumn};
  OpFoldResult sizes[] = {rowCount, math.sub(endColumn, firstColumn)};
  OpFoldResult strides[] = {b.getIndexAttr(1), b.getIndexAttr(1)};
  Value result = emitKBlocks(b, slice(b, shared, offsets, sizes, 2));
  auto forall = cast<scf::ForallOp>(shared.getParentBlock()->getParentOp());
  b.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, loc, result, shared, offsets, sizes, strides);
  return result;
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

Value attn::getPackedRight(linalg::MatmulOp matmul) {
  auto unpack = matmul.getDpsInputs()[1].getDefiningOp<linalg::UnPackOp>();
  auto packed = unpack ? dyn_cast<RankedTensorType>(unpack.getSource().getType()) : RankedTensorType();
  if (!packed || !packed.hasStaticShape() || packed.getRank() != 4 || !matmul.hasUserDefinedMaps() ||
      unpack.getInnerDimsPos() != ArrayRef<int64_t>{1, 0} || unpack.getOuterDimsPerm() != ArrayRef<int64_t>{1, 0})
    return Value();
  MLIRContext *context = matmul.getContext();
  AffineExpr m, n, k;
  bindDims(context, m, n, k);
  auto maps = AffineMap::inferFromExprList({ArrayRef<AffineExpr>{m, k}, {n, k}, {m, n}}, context);
  return matmul.getIndexingMapsArray() == maps ? unpack.getSource() : Value();
}

LogicalResult attn::tileMatmul(IRRewriter &rewriter, linalg::MatmulOp matmul, int64_t lanes) {
  PanelsAttr layout = getRightLayout(matmul);
  Attribute attr = matmul->getAttr(kMatmulScheduleAttr);
  if (!attr)
    attr = chooseMatmulSchedule(layout, lanes);
  auto schedule = dyn_cast<MatmulScheduleAttr>(attr);
  if (!schedule)
    return matmul.emitOpError("expects attn.schedule to be #attn.matmul_schedule, but got ") << attr;
  if (schedule.getKblock() != layout.getKblock() || schedule.getPanel() != layout.getPanel())
    return matmul.emitOpError("expects the schedule to have the weight's kblock and panel, ")
           << layout.getKblock() << " and " << layout.getPanel() << ", but got " << schedule.getKblock() << " and "
           << schedule.getPanel();
  MatmulTiler(rewriter, matmul, schedule).run();
  return success();
}
