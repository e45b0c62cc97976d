// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks from a size towards the arguments and clones the arithmetic on the way.
#include "SizeExpressions.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace attn {

Operation *SizeExpressions::unique(Operation *op) {
  auto hash =
      OperationEquivalence::computeHash(op, OperationEquivalence::directHashValue,
                                        OperationEquivalence::ignoreHashValue, OperationEquivalence::IgnoreLocations);
  for (Operation *other : emitted[hash])
    if (OperationEquivalence::isEquivalentTo(op, other, OperationEquivalence::IgnoreLocations)) {
      op->erase();
      return other;
    }
  emitted[hash].push_back(op);
  return op;
}

Value SizeExpressions::constant(int64_t value) {
  return unique(arith::ConstantIndexOp::create(builder, func.getLoc(), value))->getResult(0);
}

Value SizeExpressions::add(Value lhs, Value rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r)
    return constant(*l + *r);
  if (l == 0 || r == 0)
    return l == 0 ? rhs : lhs;
  return unique(arith::AddIOp::create(builder, func.getLoc(), lhs, rhs))->getResult(0);
}

Value SizeExpressions::mul(Value lhs, Value rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l == 1 || r == 1)
    return l == 1 ? rhs : lhs;
  return unique(arith::MulIOp::create(builder, func.getLoc(), lhs, rhs))->getResult(0);
}

Value SizeExpressions::max(Value lhs, Value rhs) {
  if (lhs == rhs || getConstantIntValue(rhs) == 0)
    return lhs;
  if (getConstantIntValue(lhs) == 0)
    return rhs;
  return unique(arith::MaxUIOp::create(builder, func.getLoc(), lhs, rhs))->getResult(0);
}

Value SizeExpressions::ceilTo(Value value, int64_t multiple) {
  if (std::optional<int64_t> known = getConstantIntValue(value))
    return constant(llvm::divideCeil(*known, multiple) * multiple);
  Value up = add(value, constant(multiple - 1));
  Value factor = constant(multiple);
  Value count = unique(arith::DivUIOp::create(builder, func.getLoc(), up, factor))->getResult(0);
  return mul(count, factor);
}

Value SizeExpressions::rebuildFold(OpFoldResult size) {
  if (std::optional<int64_t> known = getConstantIntValue(size))
    return constant(*known);
  return rebuild(cast<Value>(size));
}

Value SizeExpressions::rebuild(Value value) {
  if (std::optional<int64_t> known = getConstantIntValue(value); known && value.getType().isIndex())
    return constant(*known);
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return {};
  if (auto found = rebuilt.find(value); found != rebuilt.end()) {
    usedBound |= inexact.contains(value);
    return found->second;
  }
  bool usedBefore = std::exchange(usedBound, false);
  Value other = rebuildDefined(result.getOwner());
  if (usedBound)
    inexact.insert(value);
  usedBound |= usedBefore;
  return rebuilt[value] = other;
}

Value SizeExpressions::rebuildDefined(Operation *op) {
  if (auto dim = dyn_cast<ShapedDimOpInterface>(op)) {
    std::optional<int64_t> axis = getConstantIntValue(dim.getDimension());
    return axis ? sizeOf(dim.getShapedValue(), *axis) : Value();
  }
  if (auto bounded = dyn_cast<BoundedOp>(op)) {
    Value exact = rebuild(bounded.getValue());
    if (exact || data == Data::Unknown)
      return exact;
    usedBound = true;
    return rebuild(bounded.getBound());
  }
  // The lesser of two is no more than either.
  if (auto least = dyn_cast<arith::MinSIOp>(op); least && data != Data::Unknown) {
    Value lhs = rebuild(least.getLhs()), rhs = rebuild(least.getRhs());
    if (!lhs != !rhs) {
      usedBound = true;
      return lhs ? lhs : rhs;
    }
  }
  return rebuildArithmetic(op);
}

/// Whether an affine expression never falls when a dimension or symbol grows.
static bool isMonotone(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return true;
  if (expr.getKind() == AffineExprKind::Add)
    return isMonotone(binary.getLHS()) && isMonotone(binary.getRHS());
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return expr.getKind() != AffineExprKind::Mod && factor && factor.getValue() >= 0 && isMonotone(binary.getLHS());
}

/// Whether an index is a size, or made of sizes in a way that cannot be negative.
static bool isNotNegative(Value value) {
  if (std::optional<int64_t> known = getConstantIntValue(value))
    return *known >= 0;
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<ShapedDimOpInterface, BoundedOp>(op))
    return true;
  if (auto apply = dyn_cast_or_null<affine::AffineApplyOp>(op))
    return isMonotone(apply.getAffineMap().getResult(0)) && llvm::all_of(op->getOperands(), isNotNegative);
  return isa_and_nonnull<arith::AddIOp, arith::MulIOp, arith::MinSIOp, arith::MaxSIOp, arith::MinUIOp, arith::MaxUIOp,
                         arith::DivSIOp, arith::DivUIOp, arith::CeilDivSIOp, arith::CeilDivUIOp>(op) &&
         llvm::all_of(op->getOperands(), isNotNegative);
}

/// Whether the result of an operation never falls when operand `number` grows and the others stay; sizes are not
/// negative.
static bool isMonotone(Operation *op, unsigned number) {
  if (isa<arith::AddIOp, arith::MinSIOp, arith::MinUIOp, arith::MaxSIOp, arith::MaxUIOp>(op))
    return true;
  if (isa<arith::IndexCastOp>(op))
    return op->getResult(0).getType().isIndex() || op->getResult(0).getType().isInteger(64);
  if (isa<arith::MulIOp>(op))
    return isNotNegative(op->getOperand(1 - number));
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::CeilDivSIOp, arith::CeilDivUIOp>(op))
    return number == 0 && getConstantIntValue(op->getOperand(1)).value_or(0) > 0;
  if (isa<arith::SubIOp>(op))
    return number == 0;
  AffineMap map;
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    map = apply.getAffineMap();
  else if (auto min = dyn_cast<affine::AffineMinOp>(op))
    map = min.getAffineMap();
  else if (auto max = dyn_cast<affine::AffineMaxOp>(op))
    map = max.getAffineMap();
  return map && llvm::all_of(map.getResults(), [](AffineExpr expr) { return isMonotone(expr); });
}

Value SizeExpressions::rebuildArithmetic(Operation *op) {
  bool arithmetic = isa_and_nonnull<arith::ArithDialect, affine::AffineDialect>(op->getDialect());
  if (!arithmetic || !isMemoryEffectFree(op) || op->getNumRegions() != 0 || op->getNumResults() != 1)
    return {};
  IRMapping mapping;
  for (auto [number, operand] : llvm::enumerate(op->getOperands())) {
    Value other = rebuild(operand);
    if (!other || (inexact.contains(operand) && !isMonotone(op, number)))
      return {};
    mapping.map(operand, other);
  }
  return unique(builder.clone(*op, mapping))->getResult(0);
}

Value SizeExpressions::sizeOf(Value shaped, int64_t axis) {
  auto type = cast<ShapedType>(shaped.getType());
  if (!type.hasRank() || axis >= type.getRank())
    return {};
  if (!type.isDynamicDim(axis))
    return constant(type.getDimSize(axis));
  if (auto arg = dyn_cast<BlockArgument>(shaped))
    return sizeOfArgument(arg, axis);
  return sizeOfDefined(cast<OpResult>(shaped), axis);
}

Value SizeExpressions::sizeOfArgument(BlockArgument arg, int64_t axis) {
  Operation *owner = arg.getOwner()->getParentOp();
  if (owner == func)
    return symbols.lookup(getArgDimName(func, arg.getArgNumber(), axis));
  // What a loop carries keeps its shape in everything that is generated, and
  // bufferisation relies on it too.
  if (auto loop = dyn_cast<LoopLikeOpInterface>(owner))
    if (OpOperand *init = loop.getTiedLoopInit(arg))
      return sizeOf(init->get(), axis);
  return {};
}

/// The number of dynamic dimensions of `type` before `axis`.
static unsigned dynamicIndex(ShapedType type, int64_t axis) {
  return llvm::count_if(type.getShape().take_front(axis), ShapedType::isDynamic);
}

Value SizeExpressions::sizeOfDefined(OpResult result, int64_t axis) {
  Operation *op = result.getOwner();
  auto type = cast<ShapedType>(result.getType());
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return rebuild(alloc.getDynamicSizes()[dynamicIndex(type, axis)]);
  if (auto view = dyn_cast<memref::ViewOp>(op))
    return rebuild(view.getSizes()[dynamicIndex(type, axis)]);
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op))
    return sizeOfGroup(collapse, axis);
  if (auto expand = dyn_cast<memref::ExpandShapeOp>(op))
    return rebuildFold(expand.getMixedOutputShape()[axis]);
  if (auto subview = dyn_cast<memref::SubViewOp>(op)) {
    // Dimensions of size one may be dropped; what is left keeps its order.
    llvm::SmallBitVector dropped = subview.getDroppedDims();
    for (auto [number, size] : llvm::enumerate(subview.getMixedSizes()))
      if (!dropped[number] && axis-- == 0)
        return rebuildFold(size);
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return sizeOfBranches(branch, result.getResultNumber(), axis);
  if (isa<memref::CastOp, tensor::CastOp, bufferization::ToBufferOp, bufferization::ToTensorOp>(op))
    return sizeOf(op->getOperand(0), axis);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    if (OpOperand *init = loop.getTiedLoopInit(loop.getTiedLoopRegionIterArg(result)))
      return sizeOf(init->get(), axis);
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return sizeOf(destination.getTiedOpOperand(result)->get(), axis);
  if (isa<func::CallOp>(op))
    return sizeOfCallResult(result, axis);
  auto reifiable = dyn_cast<ReifyRankedShapedTypeOpInterface>(op);
  ReifiedRankedShapedTypeDims shapes;
  OpBuilder local(op);
  if (!reifiable || failed(reifiable.reifyResultShapes(local, shapes)))
    return {};
  return rebuildFold(shapes[result.getResultNumber()][axis]);
}

/// Either branch may run.
Value SizeExpressions::sizeOfBranches(scf::IfOp branch, unsigned result, int64_t axis) {
  Value first = sizeOf(branch.thenYield().getOperand(result), axis);
  Value second = sizeOf(branch.elseYield().getOperand(result), axis);
  if (!first || !second || first == second)
    return first && second ? first : Value();
  if (data == Data::Unknown)
    return {};
  usedBound = true;
  return max(first, second);
}

Value SizeExpressions::sizeOfGroup(memref::CollapseShapeOp collapse, int64_t axis) {
  Value product = constant(1);
  for (int64_t source : collapse.getReassociationIndices()[axis]) {
    Value size = sizeOf(collapse.getSrc(), source);
    if (!size)
      return {};
    product = mul(product, size);
  }
  return product;
}

Value SizeExpressions::sizeOfCallResult(OpResult result, int64_t axis) {
  auto call = cast<func::CallOp>(result.getOwner());
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
  StringRef name = callee ? getResultDimName(callee, result.getResultNumber(), axis) : StringRef();
  if (name.empty())
    return {};
  for (auto [number, operand] : llvm::enumerate(call.getOperands())) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    for (int64_t other = 0; type && other < type.getRank(); ++other)
      if (getArgDimName(callee, number, other) == name)
        return sizeOf(operand, other);
  }
  return {};
}

} // namespace attn
