// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One function for each kind of op that relates sizes. An op that is missing
// here costs a symbol too many, never a wrong answer.
#include "DimClasses.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;

namespace attn {

DimClasses::DimClasses(func::FuncOp func) {
  for (BlockArgument arg : func.getArguments())
    if (auto type = dyn_cast<RankedTensorType>(arg.getType()))
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        idOf(arg, axis);
  func.walk([&](Operation *op) { visit(op); });
}

unsigned DimClasses::idOf(Value tensor, int64_t axis) {
  auto [entry, inserted] = ids.try_emplace({tensor, axis}, ids.size());
  if (inserted)
    classes.insert(entry->second);
  return entry->second;
}

std::optional<unsigned> DimClasses::classOf(Value tensor, int64_t axis) const {
  auto found = ids.find({tensor, axis});
  if (found == ids.end())
    return std::nullopt;
  return classes.getLeaderValue(found->second);
}

void DimClasses::unite(Value lhs, int64_t lhsAxis, Value rhs, int64_t rhsAxis) {
  unsigned left = idOf(lhs, lhsAxis), right = idOf(rhs, rhsAxis);
  classes.unionSets(left, right);
}

void DimClasses::uniteAll(Value lhs, Value rhs) {
  auto left = dyn_cast<RankedTensorType>(lhs.getType()), right = dyn_cast<RankedTensorType>(rhs.getType());
  if (!left || !right || left.getRank() != right.getRank())
    return;
  for (int64_t axis = 0; axis < left.getRank(); ++axis)
    unite(lhs, axis, rhs, axis);
}

void DimClasses::visit(Operation *op) {
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    for (OpResult result : op->getResults())
      uniteAll(destination.getTiedOpOperand(result)->get(), result);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    if (std::optional<ResultRange> results = loop.getLoopResults())
      for (auto [init, arg, result] : llvm::zip(loop.getInits(), loop.getRegionIterArgs(), *results)) {
        uniteAll(init, arg);
        uniteAll(init, result);
      }
  if (op->hasTrait<OpTrait::Elementwise>() || isa<tensor::CastOp, MergeOp>(op))
    for (Value value : op->getOperands()) {
      uniteAll(op->getOperand(0), value);
      for (Value result : op->getResults())
        uniteAll(value, result);
    }
  visitAttention(op);
  visitRows(op);
  visitLinalg(op);
  visitCall(op);
  visitReshape(op);
  visitSizes(op);
}

/// Constraint C1 of attention and of score_reduce.
void DimClasses::visitAttention(Operation *op) {
  if (auto reduce = dyn_cast<ScoreReduceOp>(op)) {
    unite(reduce.getQuery(), 3, reduce.getKey(), 3);
    for (int64_t axis = 0; axis < 3; ++axis)
      unite(reduce.getQuery(), axis, reduce.getResult(), axis);
  }
  auto attention = dyn_cast<AttentionOp>(op);
  if (!attention)
    return;
  Value query = attention.getQuery(), key = attention.getKey(), value = attention.getValue();
  unite(query, 3, key, 3);
  for (int64_t axis = 0; axis < 3; ++axis) {
    unite(key, axis, value, axis);
    unite(query, axis, attention.getOutput(), axis);
    if (attention.getLse())
      unite(query, axis, attention.getLse(), axis);
  }
  unite(value, 3, attention.getOutput(), 3);
}

/// Constraint C1 of norm and of rotary.
void DimClasses::visitRows(Operation *op) {
  if (auto norm = dyn_cast<NormOp>(op)) {
    uniteAll(norm.getInput(), norm.getOutput());
    int64_t last = cast<RankedTensorType>(norm.getInput().getType()).getRank() - 1;
    unite(norm.getInput(), last, norm.getWeight(), 0);
    if (norm.getBias())
      unite(norm.getInput(), last, norm.getBias(), 0);
  }
  if (auto rotary = dyn_cast<RotaryOp>(op)) {
    uniteAll(rotary.getInput(), rotary.getOutput());
    uniteAll(rotary.getCos(), rotary.getSin());
    unite(rotary.getInput(), 2, rotary.getCos(), 0);
  }
}

/// Dimensions that one loop runs over.
void DimClasses::visitLinalg(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp)
    return;
  SmallVector<std::pair<Value, int64_t>> first(linalgOp.getNumLoops(), {Value(), 0});
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    for (auto [axis, expr] : llvm::enumerate(linalgOp.getMatchingIndexingMap(&operand).getResults())) {
      auto loop = dyn_cast<AffineDimExpr>(expr);
      if (!loop)
        continue;
      auto &[tensor, position] = first[loop.getPosition()];
      if (tensor)
        unite(tensor, position, operand.get(), axis);
      else
        first[loop.getPosition()] = {operand.get(), axis};
    }
  }
}

/// Equal symbols in the callee's signature.
void DimClasses::visitCall(Operation *op) {
  auto call = dyn_cast<func::CallOp>(op);
  auto callee = call ? SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, call.getCalleeAttr()) : func::FuncOp();
  if (!callee)
    return;
  llvm::StringMap<std::pair<Value, int64_t>> first;
  auto relate = [&](Value value, int64_t axis, StringRef name) {
    if (name.empty())
      return;
    auto [entry, inserted] = first.try_emplace(name, std::pair(value, axis));
    if (!inserted)
      unite(entry->second.first, entry->second.second, value, axis);
  };
  for (auto [number, value] : llvm::enumerate(op->getOperands()))
    if (auto type = dyn_cast<RankedTensorType>(value.getType()))
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        relate(value, axis, getArgDimName(callee, number, axis));
  for (auto [number, value] : llvm::enumerate(op->getResults()))
    if (auto type = dyn_cast<RankedTensorType>(value.getType()))
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        relate(value, axis, getResultDimName(callee, number, axis));
}

/// A dimension that a reshape leaves alone. One that is split or joined is
/// another size.
void DimClasses::visitReshape(Operation *op) {
  auto relate = [&](Value wide, Value narrow, ArrayRef<ReassociationIndices> groups) {
    for (auto [axis, group] : llvm::enumerate(groups))
      if (group.size() == 1)
        unite(narrow, axis, wide, group.front());
  };
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    relate(expand.getResult(), expand.getSrc(), expand.getReassociationIndices());
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    relate(collapse.getSrc(), collapse.getResult(), collapse.getReassociationIndices());
}

/// Sizes that were read from another tensor.
void DimClasses::visitSizes(Operation *op) {
  SmallVector<OpFoldResult> sizes;
  if (auto empty = dyn_cast<tensor::EmptyOp>(op))
    sizes = empty.getMixedSizes();
  else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    sizes = expand.getMixedOutputShape();
  else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    // Dimensions of size one may be dropped; what is left keeps its order.
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    for (auto [number, size] : llvm::enumerate(slice.getMixedSizes()))
      if (!dropped[number])
        sizes.push_back(size);
  }
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    auto value = dyn_cast<Value>(size);
    auto dim = value ? value.getDefiningOp<tensor::DimOp>() : tensor::DimOp();
    if (dim && dim.getConstantIndex())
      unite(dim.getSource(), *dim.getConstantIndex(), op->getResult(0), axis);
  }
}

} // namespace attn
