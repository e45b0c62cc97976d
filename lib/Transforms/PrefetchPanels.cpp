// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-prefetch-panels. A panel comes from the second level for each strip of rows, and a weight from memory or L3 once
// for each run: faster than the hardware's prefetchers follow. Without this pass a matmul runs at three quarters of its
// speed. Addresses are plain integers, because they run past the end of the panel that is named, into the next weight,
// and at last into the padding of the arena.
#include "Prefetcher.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace attn;

namespace attn {
#define GEN_PASS_DEF_PREFETCHPANELSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

/// The innermost loop of a matmul over a packed panel, several rows in a step, and the view of these.
struct PanelLoop {
  scf::ForOp loop;
  memref::SubViewOp rows;

  MemRefType type() { return rows.getSourceType(); }
  int64_t step() { return rows.getStaticSizes()[2]; }
  int64_t rowBytes() { return type().getDimSize(3) * elementBytes(type()); }
  int64_t readBytes() { return rows.getStaticSizes()[3] * elementBytes(type()); }
  int64_t panelBytes() { return type().getDimSize(2) * rowBytes(); }
};

} // namespace

/// Panels are what attn-pack-weights makes: static, dense, of rank 4; the loop runs over the rows of one.
static bool isRowsOfPanel(memref::SubViewOp view, scf::ForOp loop) {
  MemRefType type = view.getSourceType();
  if (type.getRank() != 4 || !type.hasStaticShape() || !type.getLayout().isIdentity() || !holdsNumbers(type) ||
      !loop.isDefinedOutsideOfLoop(view.getSource()))
    return false;
  SmallVector<OpFoldResult> offsets = view.getMixedOffsets();
  bool othersStay = llvm::all_of(ArrayRef<unsigned>{0, 1, 3}, [&](unsigned dim) {
    auto value = dyn_cast<Value>(offsets[dim]);
    return !value || loop.isDefinedOutsideOfLoop(value);
  });
  ArrayRef<int64_t> sizes = view.getStaticSizes();
  return othersStay && offsets[2] == OpFoldResult(loop.getInductionVar()) && sizes[0] == 1 && sizes[1] == 1 &&
         !ShapedType::isDynamic(sizes[3]) && view.hasUnitStride() && isConstantIntValue(loop.getStep(), sizes[2]);
}

static std::optional<PanelLoop> matchPanelLoop(scf::ForOp loop) {
  if (!isa<scf::ForOp>(loop->getParentOp()) || !isConstantIntValue(loop.getLowerBound(), 0) ||
      !getConstantIntValue(loop.getUpperBound()))
    return std::nullopt;
  for (auto view : loop.getBody()->getOps<memref::SubViewOp>())
    if (isRowsOfPanel(view, loop))
      return PanelLoop{loop, view};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The next panel
//===----------------------------------------------------------------------===//

/// The first of the loops over strips that work on the same panel as `strips`: of these, full strips come first, then
/// what is left over.
static scf::ForOp findFirstStrips(scf::ForOp strips) {
  scf::ForOp first = strips;
  for (Operation *op = strips->getPrevNode(); op; op = op->getPrevNode())
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      bool sameStart = loop.getUpperBound() == first.getLowerBound();
      if (sameStart)
        first = loop;
    }
  return first;
}

namespace {
/// How the strips share the lines of the next panel. Each step of the unrolled loop fetches one line: a loop over
/// several would cost the kernel a tenth of its speed. What too few strips leave over, each fetches a part of before it
/// starts.
struct NextPanel {
  PanelLoop panel;
  /// Lines of one step's rows; steps of the loop; bytes between lines. Where a tile is half as wide as the panel, lines
  /// of the other half lie between.
  int64_t linesPerStep, steps, stride;
  /// The number of strips, and how many lines each of them fetches before it starts.
  Value strips, rest;
};
} // namespace

/// Rows that are left over fetch before they start only when there are no full strips.
static NextPanel planNextPanel(PanelLoop panel, int64_t linesPerRow) {
  auto strips = cast<scf::ForOp>(panel.loop->getParentOp());
  int64_t steps = *getConstantIntValue(panel.loop.getUpperBound()) / panel.step();
  int64_t linesPerStep = linesPerRow * panel.step();
  OpBuilder b(strips);
  Location loc = strips.getLoc();
  Prefetcher math(b, loc);
  Value trips = math.ceilDiv(math.sub(strips.getUpperBound(), strips.getLowerBound()), strips.getStep());
  trips = arith::MaxUIOp::create(b, loc, trips, math.constant(1));
  Value most = math.constant(linesPerStep);
  Value reached = arith::MinUIOp::create(b, loc, trips, most);
  Value rest = math.ceilDiv(math.mul(math.sub(most, reached), math.constant(steps)), trips);
  if (scf::ForOp first = findFirstStrips(strips); first != strips) {
    Value leads =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, strips.getLowerBound(), first.getLowerBound());
    rest = arith::SelectOp::create(b, loc, leads, rest, math.constant(0));
  }
  return {panel, linesPerStep, steps, panel.rowBytes() / linesPerRow, trips, rest};
}

/// Fetches the lines that the steps of all strips do not reach.
static void prefetchRest(const NextPanel &next, OpBuilder &b, Value start, Value strip) {
  Location loc = next.panel.loop->getLoc();
  Prefetcher math(b, loc);
  Value reached = math.mul(next.strips, math.constant(next.steps));
  Value first = math.add(start, math.mul(math.add(reached, math.mul(strip, next.rest)), math.constant(next.stride)));
  scf::ForOp::create(b, loc, math.constant(0), next.rest, math.constant(1), ValueRange(),
                     [&](OpBuilder &nested, Location, Value line, ValueRange) {
                       Prefetcher inner(nested, loc);
                       inner.prefetch(inner.add(first, inner.mul(line, inner.constant(next.stride))), /*write=*/false,
                                      /*locality=*/2);
                       scf::YieldOp::create(nested, loc);
                     });
}

/// Fetches the next panel to the second level.
static void prefetchNextPanel(PanelLoop panel) {
  int64_t linesPerRow = panel.readBytes() / kLine;
  if (linesPerRow == 0)
    return;
  NextPanel next = planNextPanel(panel, linesPerRow);
  auto strips = cast<scf::ForOp>(panel.loop->getParentOp());
  Location loc = panel.loop.getLoc();
  OpBuilder b(panel.loop);
  Prefetcher math(b, loc);
  SmallVector<Value> indices = getValueOrCreateConstantIndexOp(b, loc, panel.rows.getMixedOffsets());
  indices[2] = math.constant(0);
  Value rows = math.address(panel.rows.getSource(), indices).first;
  Value start = math.add(rows, math.constant(panel.panelBytes()));
  Value fromStart = math.sub(strips.getInductionVar(), strips.getLowerBound());
  Value strip = b.createOrFold<arith::DivUIOp>(loc, fromStart, strips.getStep());
  prefetchRest(next, b, start, strip);
  // Strips beyond those that fetch all of it fetch the last lines again.
  Value sharer = arith::MinUIOp::create(b, loc, strip, math.constant(next.linesPerStep - 1));
  Value share = math.add(start, math.mul(sharer, math.constant(next.steps * next.stride)));

  b.setInsertionPointToStart(panel.loop.getBody());
  math.prefetch(math.add(share, math.mul(panel.loop.getInductionVar(), math.constant(next.stride / panel.step()))),
                /*write=*/false, /*locality=*/2);
}

//===----------------------------------------------------------------------===//
// The rows ahead
//===----------------------------------------------------------------------===//

/// Fetches what an unrolled loop will read of its right operand two steps from now: a row for each contraction, in
/// front of it. Together they would wait for each other.
static void prefetchAhead(scf::ForOp loop) {
  llvm::SmallDenseMap<Value, Value> starts;
  for (auto contraction : loop.getBody()->getOps<vector::ContractionOp>()) {
    Value right = contraction.getRhs();
    // Narrower numbers are widened on the way.
    if (auto widened = right.getDefiningOp<arith::ExtFOp>())
      right = widened.getIn();
    auto read = right.getDefiningOp<vector::TransferReadOp>();
    // A row that several contractions share is that of a strip, which stays in the first level.
    auto view = read && read->hasOneUse() ? read.getBase().getDefiningOp<memref::SubViewOp>() : nullptr;
    if (!view || view->getBlock() != loop.getBody() || view.getType().getRank() != 2 || !holdsNumbers(view.getType()))
      continue;
    auto [strides, offset] = view.getType().getStridesAndOffset();
    std::optional<int64_t> row = getConstantIntValue(read.getIndices()[0]);
    int64_t bytes = elementBytes(view.getType()), rowBytes = read.getVectorType().getShape().back() * bytes;
    if (!row || read.getVectorType().getDimSize(0) != 1 || ShapedType::isDynamic(strides[0]) || rowBytes < kLine)
      continue;
    Value &start = starts[view];
    if (!start) {
      OpBuilder b(read);
      Value zero = Prefetcher(b, loop.getLoc()).constant(0);
      start = Prefetcher(b, loop.getLoc()).address(view, {zero, zero}).first;
    }
    OpBuilder b(contraction->getContext());
    b.setInsertionPointAfter(contraction);
    Prefetcher math(b, loop.getLoc());
    // Where two steps read so much, one is far enough.
    int64_t steps = 2 * view.getType().getDimSize(0) * rowBytes >= kFarthest ? 1 : 2;
    int64_t distance = (*row + steps * view.getType().getDimSize(0)) * strides[0] * bytes;
    for (int64_t byte = 0; byte < rowBytes; byte += kLine)
      math.prefetch(math.add(start, math.constant(distance + byte)), /*write=*/false, /*locality=*/3);
  }
}

//===----------------------------------------------------------------------===//
// The tile's own operands
//===----------------------------------------------------------------------===//

/// Makes `value` available before `anchor`, by moving what computes it there. Returns whether it could.
static bool hoistBefore(Value value, Operation *anchor) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != anchor->getBlock() || op->isBeforeInBlock(anchor))
    return true;
  bool movable = op->getNumRegions() == 0 && isMemoryEffectFree(op) &&
                 llvm::all_of(op->getOperands(), [&](Value operand) { return hoistBefore(operand, anchor); });
  if (movable)
    op->moveBefore(anchor);
  return movable;
}

namespace {
/// A read or write of the strip's tile, `rowsAhead` rows further on.
struct TileAccess {
  Value memref;
  OperandRange indices;
  VectorType tile;
  bool write;
  int64_t rowsAhead;
};
} // namespace

/// Prefetches every row of a tile.
static void prefetchTile(PanelLoop panel, TileAccess access) {
  auto type = dyn_cast<MemRefType>(access.memref.getType());
  bool isTile = type && type.getRank() == 2 && holdsNumbers(type);
  int64_t rowBytes = isTile ? access.tile.getShape().back() * elementBytes(type) : 0;
  Operation *anchor = panel.loop;
  if (!isTile || rowBytes < kLine || !hoistBefore(access.memref, anchor) ||
      !llvm::all_of(access.indices, [&](Value index) { return hoistBefore(index, anchor); }))
    return;
  OpBuilder b(anchor);
  Prefetcher math(b, panel.loop.getLoc());
  auto [first, strides] = math.address(access.memref, access.indices);
  for (int64_t row = 0; row < access.tile.getDimSize(0); ++row) {
    Value address = math.add(first, math.mul(strides[0], math.constant(row + access.rowsAhead)));
    for (int64_t byte = 0; byte < rowBytes; byte += kLine)
      math.prefetch(math.add(address, math.constant(byte)), access.write, /*locality=*/3);
  }
}

/// What the strip reads and writes after its sums are complete, which in a model is rarely in L2 still; and where sums
/// start with what earlier blocks of summands left, what the next strip starts with.
static void prefetchTileOperands(PanelLoop panel) {
  SmallVector<TileAccess> accesses;
  llvm::SmallPtrSet<Value, 4> read;
  bool isAfter = false;
  for (Operation &op : *panel.loop->getBlock()) {
    isAfter |= &op == panel.loop;
    if (auto load = dyn_cast<vector::TransferReadOp>(op); load && load.getVectorType().getRank() == 2) {
      int64_t ahead = isAfter ? 0 : load.getVectorType().getShape().front();
      accesses.push_back({load.getBase(), load.getIndices(), load.getVectorType(), false, ahead});
      read.insert(load.getBase());
    }
    if (auto store = dyn_cast<vector::TransferWriteOp>(op))
      if (store.getVectorType().getRank() == 2 && !read.contains(store.getBase()))
        accesses.push_back({store.getBase(), store.getIndices(), store.getVectorType(), true, 0});
  }
  for (const TileAccess &access : accesses)
    prefetchTile(panel, access);
}

namespace {
struct PrefetchPanelsPass : public attn::impl::PrefetchPanelsPassBase<PrefetchPanelsPass> {
  void runOnOperation() override {
    SmallVector<PanelLoop> panels;
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](scf::ForOp loop) {
      loops.push_back(loop);
      if (std::optional<PanelLoop> panel = matchPanelLoop(loop))
        panels.push_back(*panel);
    });
    for (PanelLoop panel : panels) {
      prefetchTileOperands(panel);
      prefetchNextPanel(panel);
    }
    for (scf::ForOp loop : loops)
      prefetchAhead(loop);
  }
};
} // namespace
