// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Classification is by structure alone: iterators, maps, and where the values of the body come from.
#include "RowGroup.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace attn;

Value RowOp::getDestination() {
  Value init = op.getDpsInits()[0];
  if (kind == Sum || kind == Column)
    return init.getDefiningOp<linalg::FillOp>().getOutputs()[0];
  return init;
}

Value RowOp::getStart() { return op.getDpsInits()[0].getDefiningOp<linalg::FillOp>().getInputs()[0]; }

bool attn::variesByColumn(const RowOp &row, OpOperand &operand) {
  linalg::GenericOp op = row.op;
  return row.kind != RowOp::Scalar && op.getMatchingIndexingMap(&operand).isFunctionOfDim(op.getNumLoops() - 1);
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

UniformValues::UniformValues(const RowOp &row) {
  linalg::GenericOp op = row.op;
  for (OpOperand &operand : op->getOpOperands()) {
    bool accumulates = op.isDpsInit(&operand) && (row.kind == RowOp::Sum || row.kind == RowOp::Column);
    if (accumulates || variesByColumn(row, operand))
      varying.insert(op.getMatchingBlockArgument(&operand));
  }
  for (Operation &inner : op.getBody()->without_terminator())
    visit(row, inner);
}

/// A gather reads consecutive columns of rows that are the same for all of them; anything else has to be elementwise.
void UniformValues::visit(const RowOp &row, Operation &op) {
  auto isUniform = [&](Value value) { return contains(value); };
  unsigned lastLoop = linalg::GenericOp(row.op).getNumLoops() - 1;
  auto isColumn = [&](Value value) {
    auto index = value.getDefiningOp<linalg::IndexOp>();
    return index && index.getDim() == lastLoop;
  };
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    if (row.kind == RowOp::Scalar || index.getDim() != lastLoop)
      return;
    varying.insert(index);
    supported &= llvm::all_of(index->getUsers(), llvm::IsaPred<tensor::ExtractOp>);
    return;
  }
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    OperandRange indices = extract.getIndices();
    if (llvm::all_of(indices, isUniform))
      return;
    varying.insert(extract);
    supported &= llvm::all_of(indices.drop_back(), isUniform) && isColumn(indices.back());
    return;
  }
  bool elementwise = OpTrait::hasElementwiseMappableTraits(&op) && op.getNumResults() == 1;
  supported &= elementwise || op.hasTrait<OpTrait::ConstantLike>();
  if (!llvm::all_of(op.getOperands(), isUniform))
    varying.insert(op.getResult(0));
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Whether the map is the given loops, in that order.
static bool isLoops(AffineMap map, ArrayRef<unsigned> loops) {
  return map == AffineMap::getMultiDimMapWithTargets(map.getNumDims(), loops, map.getContext());
}

/// Whether a body only adds a term to its accumulator, which the term does not depend on.
static bool isSum(linalg::GenericOp op) {
  BlockArgument accumulator = op.getMatchingBlockArgument(op.getDpsInitOperand(0));
  auto add = op.getBody()->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  return add && accumulator.hasOneUse() && *accumulator.user_begin() == add && add->hasOneUse() &&
         add->getBlock() == op.getBody();
}

/// Whether inputs can be read a row at a time: their last dimension is the columns or none is.
static bool areInputsReadable(const RowOp &row) {
  linalg::GenericOp op = row.op;
  return llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!map.isProjectedPermutation())
      return false;
    if (!isa<RankedTensorType>(input->get().getType()))
      return map.getNumResults() == 0;
    AffineExpr columns = getAffineDimExpr(op.getNumLoops() - 1, op.getContext());
    return !variesByColumn(row, *input) || map.getResults().back() == columns;
  });
}

static std::optional<RowOp::Kind> classifyLoops(linalg::GenericOp op) {
  unsigned loops = op.getNumLoops(), columns = loops - 1;
  SmallVector<unsigned> kept, reduced;
  for (auto [loop, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    (iterator == utils::IteratorType::parallel ? kept : reduced).push_back(loop);
  OpOperand *init = op.getDpsInitOperand(0);
  if (!isLoops(op.getMatchingIndexingMap(init), kept))
    return std::nullopt;
  if (reduced.empty())
    return op.payloadUsesValueFromOperand(init) ? std::nullopt : std::optional(RowOp::Pointwise);
  if (reduced.size() != 1 || kept.empty() || !init->get().getDefiningOp<linalg::FillOp>())
    return std::nullopt;
  if (reduced[0] != columns)
    return kept.size() >= 2 ? std::optional(RowOp::Column) : std::nullopt;
  return isSum(op) ? std::optional(RowOp::Sum) : std::nullopt;
}

/// Classifies; `asScalar` says that a pointwise op is to have rows only.
static std::optional<RowOp> classify(linalg::GenericOp op, bool asScalar) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 || op.getNumLoops() == 0)
    return std::nullopt;
  std::optional<RowOp::Kind> kind = classifyLoops(op);
  if (!kind)
    return std::nullopt;
  int64_t width = op.getStaticLoopRanges().back();
  if (asScalar && kind == RowOp::Pointwise) {
    kind = RowOp::Scalar;
    width = 0;
  } else if (ShapedType::isDynamic(width) || width == 0 || op.getNumLoops() < 2) {
    return std::nullopt;
  }
  RowOp row{op, *kind, width};
  if (!areInputsReadable(row) || !UniformValues(row).isSupported())
    return std::nullopt;
  return row;
}

std::optional<RowOp> attn::classifyRowOp(linalg::GenericOp op) { return classify(op, /*asScalar=*/false); }

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

/// Whether every use of the op's result is by an op of the group that reads the value of its row.
static bool feedsOnly(linalg::GenericOp op, const llvm::SmallPtrSetImpl<Operation *> &group, unsigned rows) {
  SmallVector<unsigned> rowLoops = llvm::to_vector(llvm::seq<unsigned>(rows));
  return !op->use_empty() && llvm::all_of(op->getUses(), [&](OpOperand &use) {
    auto user = dyn_cast<linalg::GenericOp>(use.getOwner());
    return user && group.contains(user) && user.isDpsInput(&use) &&
           isLoops(user.getMatchingIndexingMap(&use), rowLoops);
  });
}

SmallVector<RowOp> attn::collectRowGroup(RowOp root) {
  SmallVector<RowOp> group{root};
  if (root.kind == RowOp::Column)
    return group;
  unsigned rows = root.getNumRowLoops();
  llvm::SmallPtrSet<Operation *, 8> members{root.op};
  Operation *current = root.op;
  while ((current = current->getPrevNode())) {
    auto op = dyn_cast<linalg::GenericOp>(current);
    if (!op || op.getNumResults() != 1 || !feedsOnly(op, members, rows))
      continue;
    bool isScalar = op.getNumLoops() == rows;
    std::optional<RowOp> row = classify(op, isScalar);
    if (!row || row->getNumRowLoops() != rows || (row->kind != RowOp::Scalar && row->kind != RowOp::Sum))
      continue;
    members.insert(op);
    group.insert(group.begin(), *row);
  }
  return group;
}
