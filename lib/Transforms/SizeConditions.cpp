// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A dimension of a result is a new size when it is in the class of none of the
// op's operands: the product of a collapsed group, an arbitrary size of
// tensor.empty. The first size of a class is what every later one is compared
// with.
#include "SizeConditions.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace {

class SizeConditions {
public:
  SizeConditions(func::FuncOp func, const attn::DimClasses &dims) : func(func), dims(dims) {}

  void run() {
    collectStatic();
    for (BlockArgument arg : func.getArguments())
      forEachDynamicDim(arg, [&](int64_t axis, unsigned number) {
        firsts.try_emplace(number, std::pair<Value, int64_t>(arg, axis));
      });
    SmallVector<Operation *> ops;
    func.walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops)
      for (OpResult result : op->getResults())
        forEachDynamicDim(result, [&](int64_t axis, unsigned number) {
          if (!comesFromOperand(op, number))
            enter(result, axis, number);
        });
  }

private:
  template <typename Fn> void forEachDynamicDim(Value value, Fn fn) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    for (int64_t axis = 0; type && axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis))
        if (std::optional<unsigned> number = dims.classOf(value, axis))
          fn(axis, *number);
  }

  /// Sizes that some tensor of the class has in its type.
  void collectStatic() {
    auto add = [&](Value value) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      for (int64_t axis = 0; type && axis < type.getRank(); ++axis)
        if (std::optional<unsigned> number = dims.classOf(value, axis); number && !type.isDynamicDim(axis))
          sizes[*number] = type.getDimSize(axis);
    };
    llvm::for_each(func.getArguments(), add);
    func.walk([&](Operation *op) { llvm::for_each(op->getResults(), add); });
  }

  bool comesFromOperand(Operation *op, unsigned number) {
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      // A size that is read from a tensor comes from there.
      if (auto dim = operand.getDefiningOp<tensor::DimOp>())
        operand = dim.getSource();
      auto type = dyn_cast<RankedTensorType>(operand.getType());
      for (int64_t axis = 0; type && axis < type.getRank(); ++axis)
        if (dims.classOf(operand, axis) == number)
          return true;
      return false;
    });
  }

  void enter(OpResult result, int64_t axis, unsigned number) {
    Operation *op = result.getOwner();
    auto known = sizes.find(number);
    auto first = firsts.find(number);
    if (known == sizes.end() && first == firsts.end()) {
      // What is computed in a region is not visible behind it.
      if (op->getBlock() == &func.getBody().front())
        firsts[number] = {result, axis};
      return;
    }
    OpBuilder builder(func.getContext());
    builder.setInsertionPointAfter(op);
    Location loc = op->getLoc();
    Value actual = tensor::DimOp::create(builder, loc, result, axis);
    Value bound = known != sizes.end()
                      ? arith::ConstantIndexOp::create(builder, loc, known->second).getResult()
                      : tensor::DimOp::create(builder, loc, first->second.first, first->second.second).getResult();
    Value equal = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, actual, bound);
    std::string text = ("expects dimension " + Twine(axis) + " of " + op->getName().getStringRef() + " to be").str();
    attn::RequireOp::create(builder, loc, equal, builder.getStringAttr(text), actual, bound);
  }

  func::FuncOp func;
  const attn::DimClasses &dims;
  llvm::DenseMap<unsigned, int64_t> sizes;
  llvm::DenseMap<unsigned, std::pair<Value, int64_t>> firsts;
};

} // namespace

void attn::emitSizeConditions(func::FuncOp func, const DimClasses &dims) { SizeConditions(func, dims).run(); }
