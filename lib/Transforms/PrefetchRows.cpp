// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-prefetch-rows. Keys that are read where they lie: the hardware's prefetchers do not follow rows that a list
// names, and follow those of a head too late where each is read once.
#include "Prefetcher.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace attn;

namespace attn {
#define GEN_PASS_DEF_PREFETCHROWSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

//===----------------------------------------------------------------------===//
// Rows of dot products
//===----------------------------------------------------------------------===//

/// Whether `value` is computed from the variable of `loop` by what stands in its body.
static bool followsLoop(Value value, scf::ForOp loop) {
  if (value == loop.getInductionVar())
    return true;
  Operation *op = value.getDefiningOp();
  return op && loop->isProperAncestor(op) && op->getNumRegions() == 0 &&
         llvm::any_of(op->getOperands(), [&](Value operand) { return followsLoop(operand, loop); });
}

/// Whether the loop adds up products of rows lane by lane, for all pairs of a few rows: partial sums of rank 3.
static bool isDotProductLoop(scf::ForOp loop) {
  return loop.getBody()->getOps<scf::ForOp>().empty() &&
         llvm::any_of(loop.getBody()->getOps<math::FmaOp>(), [](auto fma) {
           auto type = dyn_cast<VectorType>(fma.getType());
           return type && type.getRank() == 3;
         });
}

/// Fetches the rows that steps of the loop around `loop` will read: keys, each of which is read once. What the loop
/// reads of all its rows at one element, it fetches of as many rows further on.
static void prefetchStream(scf::ForOp loop) {
  auto rows = dyn_cast<scf::ForOp>(loop->getParentOp());
  std::optional<int64_t> elements = getConstantIntValue(loop.getUpperBound());
  std::optional<int64_t> step = rows ? getConstantIntValue(rows.getStep()) : std::nullopt;
  if (!elements || !step || !isDotProductLoop(loop))
    return;
  for (auto read : llvm::to_vector(loop.getBody()->getOps<vector::TransferReadOp>())) {
    auto type = dyn_cast<MemRefType>(read.getBase().getType());
    VectorType tile = read.getVectorType();
    if (!type || !holdsNumbers(type) || tile.getRank() != 2 || !read.getPermutationMap().isMinorIdentity())
      continue;
    int64_t ahead = llvm::alignTo(llvm::divideCeil(kFarthest, *elements * elementBytes(type)), *step);
    Value row = read.getIndices()[type.getRank() - 2];
    if (!followsLoop(row, rows) && !followsLoop(read.getBase(), rows))
      continue;
    OpBuilder b(read);
    Prefetcher math(b, loop.getLoc());
    auto [first, strides] = math.address(read.getBase(), read.getIndices());
    Value stride = strides[type.getRank() - 2];
    for (int64_t number = 0; number < tile.getDimSize(0); ++number)
      math.prefetch(math.add(first, math.mul(stride, math.constant(number + ahead))), /*write=*/false, /*locality=*/3);
  }
}

//===----------------------------------------------------------------------===//
// Listed rows
//===----------------------------------------------------------------------===//

/// Whether the row of `value` is looked up in each step: what it is computed from contains a load in the body of
/// `loop`.
static bool isLookedUp(Value value, scf::ForOp loop) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != loop.getBody())
    return false;
  return isa<memref::LoadOp>(op) ||
         (isMemoryEffectFree(op) && op->getNumRegions() == 0 &&
          llvm::any_of(op->getOperands(), [&](Value operand) { return isLookedUp(operand, loop); }));
}

/// Computes `value` again with what `map` says in place of the loop's variable.
static Value cloneFor(OpBuilder &b, Value value, scf::ForOp loop, IRMapping &map) {
  Operation *op = value.getDefiningOp();
  if (map.contains(value) || !op || op->getBlock() != loop.getBody())
    return map.lookupOrDefault(value);
  for (Value operand : op->getOperands())
    cloneFor(b, operand, loop, map);
  b.clone(*op, map);
  return map.lookup(value);
}

namespace {
/// Rows that each step looks up, and how many elements it reads of them from the first on.
using ListedRows = llvm::MapVector<std::pair<Value, SmallVector<Value>>, int64_t>;
} // namespace

/// What a read of one element reads, through the view of several steps if there is one: a memref and its indices.
static std::pair<Value, SmallVector<OpFoldResult>> getElement(vector::TransferReadOp read) {
  if (auto view = read.getBase().getDefiningOp<memref::SubViewOp>())
    return {view.getSource(), view.getMixedOffsets()};
  return {read.getBase(), getAsOpFoldResult(read.getIndices())};
}

/// Adds the rows that `contraction`, which stands in `loop`, reads element by element.
static void findListedRows(scf::ForOp loop, scf::ForOp contraction, ListedRows &rows) {
  if (contraction.getBody()->getOps<vector::ContractionOp>().empty())
    return;
  std::optional<int64_t> steps = getConstantIntValue(contraction.getUpperBound());
  for (auto read : contraction.getBody()->getOps<vector::TransferReadOp>()) {
    auto [memref, element] = getElement(read);
    auto type = dyn_cast<MemRefType>(memref.getType());
    if (!type || !holdsNumbers(type) || element.size() < 2 || read.getVectorType().getNumElements() != 1 ||
        !loop.isDefinedOutsideOfLoop(memref))
      continue;
    OpBuilder b(contraction);
    element.pop_back();
    SmallVector<Value> row = getValueOrCreateConstantIndexOp(b, contraction.getLoc(), element);
    if (llvm::none_of(row, [&](Value index) { return isLookedUp(index, loop); }))
      continue;
    rows.insert({{memref, row}, steps.value_or(0)});
  }
}

/// Fetches the rows that the next step looks up, if there is one, to the first level. In a block of its own, since code
/// generation moves no read across a prefetch: it would read at once what many multiply-adds take.
static void prefetchListed(scf::ForOp loop) {
  ListedRows rows;
  for (auto inner : loop.getBody()->getOps<scf::ForOp>())
    findListedRows(loop, inner, rows);
  if (rows.empty())
    return;
  OpBuilder b = OpBuilder::atBlockBegin(loop.getBody());
  Location loc = loop.getLoc();
  Value next = Prefetcher(b, loc).add(loop.getInductionVar(), loop.getStep());
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, next, loop.getUpperBound());
  auto fetch = scf::IfOp::create(b, loc, exists);
  b = fetch.getThenBodyBuilder();
  Prefetcher math(b, loc);
  IRMapping map;
  map.map(loop.getInductionVar(), next);
  for (auto &[row, elements] : rows) {
    SmallVector<Value> indices = row.second;
    indices.push_back(math.constant(0));
    for (Value &index : indices)
      index = cloneFor(b, index, loop, map);
    Value first = math.address(row.first, indices).first;
    int64_t bytes = elements * elementBytes(cast<MemRefType>(row.first.getType()));
    for (int64_t byte = 0; byte < bytes; byte += kLine)
      math.prefetch(math.add(first, math.constant(byte)), /*write=*/false, /*locality=*/3);
  }
}

namespace {
struct PrefetchRowsPass : public attn::impl::PrefetchRowsPassBase<PrefetchRowsPass> {
  void runOnOperation() override {
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](scf::ForOp loop) { loops.push_back(loop); });
    for (scf::ForOp loop : loops) {
      prefetchStream(loop);
      prefetchListed(loop);
    }
  }
};
} // namespace
