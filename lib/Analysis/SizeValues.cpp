// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Analysis/SizeValues.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;
using Size = std::optional<int64_t>;

static CallPath callerOf(const CallPath &path) { return CallPath(llvm::drop_end(path)); }

Size SizeValues::get(OpFoldResult value, const CallPath &path) {
  if (Size constant = getConstantIntValue(value))
    return constant;
  return getIndex(cast<Value>(value), path);
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

Size SizeValues::getSize(Value tensor, int64_t axis, const CallPath &path) {
  auto type = dyn_cast<RankedTensorType>(tensor.getType());
  if (!type)
    return std::nullopt;
  if (!type.isDynamicDim(axis))
    return type.getDimSize(axis);
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return getSizeOfArgument(argument, axis, path);
  return getSizeOfResult(cast<OpResult>(tensor), axis, path);
}

Size SizeValues::getSizeOfArgument(BlockArgument argument, int64_t axis, const CallPath &path) {
  Operation *parent = argument.getOwner()->getParentOp();
  if (auto loop = dyn_cast<scf::ForOp>(parent))
    if (OpOperand *init = loop.getTiedLoopInit(argument))
      return getSize(init->get(), axis, path);
  auto func = dyn_cast<func::FuncOp>(parent);
  if (!func)
    return std::nullopt;
  if (!path.empty())
    return getSize(path.back()->getOperand(argument.getArgNumber()), axis, callerOf(path));
  StringRef name = getArgDimName(func, argument.getArgNumber(), axis);
  if (auto size = given.find(name); size != given.end())
    return size->second;
  if (!name.empty())
    missing.insert(name);
  return std::nullopt;
}

Size SizeValues::getSizeOfResult(OpResult result, int64_t axis, const CallPath &path) {
  auto mixed = [&](ArrayRef<OpFoldResult> sizes) { return get(sizes[axis], path); };
  return llvm::TypeSwitch<Operation *, Size>(result.getOwner())
      .Case([&](tensor::EmptyOp op) { return mixed(op.getMixedSizes()); })
      .Case([&](tensor::ExpandShapeOp op) { return mixed(op.getMixedOutputShape()); })
      .Case([&](tensor::CastOp op) { return getSize(op.getSource(), axis, path); })
      .Case([&](tensor::ExtractSliceOp op) {
        // Dimensions of size one may be dropped; what is left keeps its order.
        SmallVector<OpFoldResult> kept;
        llvm::SmallBitVector dropped = op.getDroppedDims();
        for (auto [number, size] : llvm::enumerate(op.getMixedSizes()))
          if (!dropped[number])
            kept.push_back(size);
        return mixed(kept);
      })
      .Case([&](tensor::CollapseShapeOp op) -> Size {
        int64_t product = 1;
        for (int64_t part : op.getReassociationIndices()[axis]) {
          Size size = getSize(op.getSrc(), part, path);
          if (!size || llvm::MulOverflow(product, *size, product))
            return std::nullopt;
        }
        return product;
      })
      .Case([&](AttentionOp op) { return getSize(axis == 3 ? op.getValue() : op.getQuery(), axis, path); })
      .Case([&](ScoreReduceOp op) { return getSize(op.getQuery(), axis, path); })
      .Case<NormOp, RotaryOp>([&](Operation *op) { return getSize(op->getOperand(0), axis, path); })
      .Case([&](MergeOp op) { return getSize(op.getOperand(result.getResultNumber()), axis, path); })
      .Case<NormOp, RotaryOp>([&](auto op) { return getSize(op.getInput(), axis, path); })
      .Case([&](scf::IfOp op) { return getSize(op.thenYield().getOperand(result.getResultNumber()), axis, path); })
      .Case([&](func::CallOp op) -> Size {
        auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, op.getCalleeAttr());
        if (!callee || callee.isExternal() || llvm::is_contained(path, op))
          return std::nullopt;
        CallPath inside(path);
        inside.push_back(op);
        return getSize(callee.getBody().front().getTerminator()->getOperand(result.getResultNumber()), axis, inside);
      })
      .Case([&](DestinationStyleOpInterface op) { return getSize(op.getTiedOpOperand(result)->get(), axis, path); })
      .Default([](Operation *) { return std::nullopt; });
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

/// The only element of an argument, which goes by its name: the length of a session.
Size SizeValues::getElement(tensor::ExtractOp op, const CallPath &path) {
  auto argument = dyn_cast<BlockArgument>(op.getTensor());
  auto func = argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()) : func::FuncOp();
  if (!func || !path.empty() || !op.getIndices().empty())
    return std::nullopt;
  auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), kNameAttr);
  if (!name)
    return std::nullopt;
  if (auto value = given.find(name.getValue()); value != given.end())
    return value->second;
  missing.insert(name.getValue());
  return std::nullopt;
}

Size SizeValues::getIndex(Value index, const CallPath &path) {
  if (Size constant = getConstantIntValue(index))
    return constant;
  if (auto argument = dyn_cast<BlockArgument>(index)) {
    bool isParameter = isa<func::FuncOp>(argument.getOwner()->getParentOp()) && !path.empty();
    return isParameter ? getIndex(path.back()->getOperand(argument.getArgNumber()), callerOf(path)) : Size();
  }
  using Arithmetic = bool (*)(int64_t, int64_t, int64_t &);
  auto binary = [&](Operation *op, Arithmetic compute) -> Size {
    Size lhs = getIndex(op->getOperand(0), path), rhs = getIndex(op->getOperand(1), path);
    int64_t result;
    return lhs && rhs && !compute(*lhs, *rhs, result) ? Size(result) : std::nullopt;
  };
  return llvm::TypeSwitch<Operation *, Size>(index.getDefiningOp())
      .Case([&](tensor::DimOp op) -> Size {
        Size axis = op.getConstantIndex();
        auto type = dyn_cast<RankedTensorType>(op.getSource().getType());
        return axis && type && *axis >= 0 && *axis < type.getRank() ? getSize(op.getSource(), *axis, path)
                                                                    : std::nullopt;
      })
      .Case<BoundedOp, arith::IndexCastOp>([&](Operation *op) { return getIndex(op->getOperand(0), path); })
      .Case([&](tensor::ExtractOp op) { return getElement(op, path); })
      .Case([&](arith::AddIOp op) {
        return binary(op, [](int64_t a, int64_t b, int64_t &r) { return bool(llvm::AddOverflow(a, b, r)); });
      })
      .Case([&](arith::SubIOp op) {
        return binary(op, [](int64_t a, int64_t b, int64_t &r) { return bool(llvm::SubOverflow(a, b, r)); });
      })
      .Case([&](arith::MulIOp op) {
        return binary(op, [](int64_t a, int64_t b, int64_t &r) { return bool(llvm::MulOverflow(a, b, r)); });
      })
      .Case<arith::DivUIOp, arith::DivSIOp>([&](Operation *op) {
        return binary(op, [](int64_t a, int64_t b, int64_t &r) {
          bool fails = a < 0 || b <= 0;
          r = fails ? 0 : a / b;
          return fails;
        });
      })
      .Case([&](affine::AffineApplyOp op) -> Size {
        SmallVector<Attribute> operands, results;
        for (Value operand : op.getMapOperands()) {
          Size value = getIndex(operand, path);
          if (!value)
            return std::nullopt;
          operands.push_back(IntegerAttr::get(IndexType::get(op.getContext()), *value));
        }
        return failed(op.getAffineMap().constantFold(operands, results))
                   ? std::nullopt
                   : getConstantIntValue(OpFoldResult(results.front()));
      })
      .Default([](Operation *) { return std::nullopt; });
}
