// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-prefetch-panels. Weights come from memory or L3 once for each run, faster than the hardware's prefetchers notice the next panel: without
// this pass a matmul runs at three quarters of its speed. Addresses are plain integers, because they run past the end of the panel that is
// named, into the next weight, and at last into the padding of the arena.
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

namespace attn {
#define GEN_PASS_DEF_PREFETCHPANELSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

constexpr int64_t kLine = 64;

/// The innermost loop of a matmul over a packed panel, several rows in a step, and the view of these.
struct PanelLoop {
  scf::ForOp loop;
  memref::SubViewOp rows;

  MemRefType type() { return rows.getSourceType(); }
  int64_t step() { return rows.getStaticSizes()[2]; }
  int64_t rowBytes() { return type().getDimSize(3) * 4; }
  int64_t readBytes() { return rows.getStaticSizes()[3] * 4; }
  int64_t panelBytes() { return type().getDimSize(2) * rowBytes(); }
};

/// Emits integer address arithmetic and prefetches.
class Prefetcher {
public:
  Prefetcher(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Value add(Value x, Value y) { return b.createOrFold<arith::AddIOp>(loc, x, y); }
  Value sub(Value x, Value y) { return b.createOrFold<arith::SubIOp>(loc, x, y); }
  Value mul(Value x, Value y) { return b.createOrFold<arith::MulIOp>(loc, x, y); }
  Value ceilDiv(Value x, Value y) { return b.createOrFold<arith::CeilDivUIOp>(loc, x, y); }

  /// The address of an element of a memref of f32, and the bytes from it to the next along each dimension.
  std::pair<Value, SmallVector<Value>> address(Value memref, ValueRange indices) {
    auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
    Value element = metadata.getOffset();
    SmallVector<Value> byteStrides;
    for (auto [index, stride] : llvm::zip_equal(indices, metadata.getStrides())) {
      element = add(element, mul(index, stride));
      byteStrides.push_back(mul(stride, constant(4)));
    }
    Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
    return {add(base, mul(element, constant(4))), byteStrides};
  }

  /// `locality`: 3 keeps the line in L1, 2 in L2.
  void prefetch(Value address, bool write, unsigned locality) {
    Value integer = arith::IndexCastOp::create(b, loc, b.getI64Type(), address);
    Value pointer = LLVM::IntToPtrOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()), integer);
    LLVM::Prefetch::create(b, loc, pointer, /*rw=*/write ? 1 : 0, locality, /*cache=*/1);
  }

private:
  OpBuilder &b;
  Location loc;
};

} // namespace

/// Panels are what attn-pack-weights makes: static, dense, of rank 4; the loop runs over the rows of one.
static bool isRowsOfPanel(memref::SubViewOp view, scf::ForOp loop) {
  MemRefType type = view.getSourceType();
  if (type.getRank() != 4 || !type.hasStaticShape() || !type.getLayout().isIdentity() || !type.getElementType().isF32() ||
      !loop.isDefinedOutsideOfLoop(view.getSource()))
    return false;
  SmallVector<OpFoldResult> offsets = view.getMixedOffsets();
  bool othersStay = llvm::all_of(ArrayRef<unsigned>{0, 1, 3}, [&](unsigned dim) {
    auto value = dyn_cast<Value>(offsets[dim]);
    return !value || loop.isDefinedOutsideOfLoop(value);
  });
  ArrayRef<int64_t> sizes = view.getStaticSizes();
  return othersStay && offsets[2] == OpFoldResult(loop.getInductionVar()) && sizes[0] == 1 && sizes[1] == 1 &&
         view.hasUnitStride() && isConstantIntValue(loop.getStep(), sizes[2]);
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

/// The first of the loops over strips that work on the same panel as `strips`: of these, full strips come first, then what is left over.
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

/// How many lines each group of steps of the loop prefetches: all strips together fetch one panel. Rows that are left over fetch only when
/// there are no full strips.
static Value emitLinesPerGroup(OpBuilder &b, scf::ForOp strips, scf::ForOp first, int64_t linesPerGroup) {
  Location loc = strips.getLoc();
  Prefetcher math(b, loc);
  Value one = math.constant(1);
  Value trips = math.ceilDiv(math.sub(strips.getUpperBound(), strips.getLowerBound()), strips.getStep());
  Value lines = math.ceilDiv(math.constant(linesPerGroup), arith::MaxUIOp::create(b, loc, trips, one));
  if (first == strips)
    return lines;
  Value leads = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, strips.getLowerBound(),
                                      first.getLowerBound());
  return arith::SelectOp::create(b, loc, leads, lines, math.constant(0));
}

/// Spreads the lines of the next panel evenly over the strips and, within a strip, over the steps of the unrolled loop.
static void prefetchNextPanel(PanelLoop panel) {
  auto strips = cast<scf::ForOp>(panel.loop->getParentOp());
  Location loc = panel.loop.getLoc();
  int64_t linesPerRow = panel.readBytes() / kLine;
  // Where a step reads half of a row, the next half panel lies between the lines of the other.
  int64_t stride = linesPerRow == 0 ? 0 : panel.rowBytes() / linesPerRow;
  int64_t groups = *getConstantIntValue(panel.loop.getUpperBound()) / panel.step();
  if (linesPerRow == 0 || groups == 0)
    return;
  OpBuilder outside(strips);
  Value lines = emitLinesPerGroup(outside, strips, findFirstStrips(strips), linesPerRow * panel.step());
  Value groupBytes = Prefetcher(outside, loc).mul(lines, Prefetcher(outside, loc).constant(stride));

  OpBuilder b(panel.loop);
  Prefetcher math(b, loc);
  SmallVector<Value> indices = getValueOrCreateConstantIndexOp(b, loc, panel.rows.getMixedOffsets());
  indices[2] = math.constant(0);
  Value next = math.add(math.address(panel.rows.getSource(), indices).first, math.constant(panel.panelBytes()));
  Value fromStart = math.sub(strips.getInductionVar(), strips.getLowerBound());
  Value strip = b.createOrFold<arith::DivUIOp>(loc, fromStart, strips.getStep());
  Value start = math.add(next, math.mul(strip, math.mul(groupBytes, math.constant(groups))));

  b.setInsertionPointToStart(panel.loop.getBody());
  Value group = b.createOrFold<arith::DivUIOp>(loc, panel.loop.getInductionVar(), math.constant(panel.step()));
  Value here = math.add(start, math.mul(group, groupBytes));
  scf::ForOp::create(b, loc, math.constant(0), lines, math.constant(1), ValueRange(),
                     [&](OpBuilder &nested, Location, Value line, ValueRange) {
                       Prefetcher inner(nested, loc);
                       Value address = inner.add(here, inner.mul(line, inner.constant(stride)));
                       inner.prefetch(address, /*write=*/false, /*locality=*/2);
                       scf::YieldOp::create(nested, loc);
                     });
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
  bool isTile = type && type.getRank() == 2 && access.tile.getRank() == 2 && type.getElementType().isF32();
  int64_t rowBytes = access.tile.getShape().back() * 4;
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

/// What the strip reads and writes after its sums are complete, which in a model is rarely in L2 still; and where sums start with what earlier
/// blocks of summands left, what the next strip starts with.
static void prefetchTileOperands(PanelLoop panel) {
  SmallVector<TileAccess> accesses;
  llvm::SmallPtrSet<Value, 4> read;
  bool isAfter = false;
  for (Operation &op : *panel.loop->getBlock()) {
    isAfter |= &op == panel.loop;
    if (auto load = dyn_cast<vector::TransferReadOp>(op)) {
      int64_t ahead = isAfter ? 0 : load.getVectorType().getShape().front();
      accesses.push_back({load.getBase(), load.getIndices(), load.getVectorType(), false, ahead});
      read.insert(load.getBase());
    }
    if (auto store = dyn_cast<vector::TransferWriteOp>(op))
      if (!read.contains(store.getBase()))
        accesses.push_back({store.getBase(), store.getIndices(), store.getVectorType(), true, 0});
  }
  for (const TileAccess &access : accesses)
    prefetchTile(panel, access);
}

namespace {
struct PrefetchPanelsPass : public attn::impl::PrefetchPanelsPassBase<PrefetchPanelsPass> {
  void runOnOperation() override {
    SmallVector<PanelLoop> loops;
    getOperation().walk([&](scf::ForOp loop) {
      if (std::optional<PanelLoop> panel = matchPanelLoop(loop))
        loops.push_back(*panel);
    });
    for (PanelLoop panel : loops) {
      prefetchTileOperands(panel);
      prefetchNextPanel(panel);
    }
  }
};
} // namespace
