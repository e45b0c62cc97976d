// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-emit-entries: the two functions of the runtime's ABI for each public
// function; what was public becomes their private part.
#include "attn/Analysis/FunctionSymbols.h"
#include "attn/Codegen/FrameAccess.h"
#include "attn/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_EMITENTRIESPASS
#include "attn/Conversion/Passes.h.inc"
} // namespace attn

namespace {

/// No dimension of a real tensor is larger; below it, the linear arithmetic of
/// a plan cannot overflow.
constexpr int64_t kLargestDim = int64_t(1) << 40;

/// Every function that takes a frame returns a status, 0 for now:
/// attn-lower-runtime-ops makes it mean something.
void returnStatus(func::FuncOp func) {
  Type i32 = IntegerType::get(func.getContext(), 32);
  func.setType(FunctionType::get(func.getContext(), func.getArgumentTypes(), {i32}));
  func.walk([&](func::ReturnOp returnOp) {
    OpBuilder builder(returnOp);
    Value zero = arith::ConstantIntOp::create(builder, returnOp.getLoc(), i32, 0);
    returnOp->setOperands(zero);
  });
  func.walk([&](func::CallOp call) {
    OpBuilder builder(call);
    func::CallOp::create(builder, call.getLoc(), call.getCallee(), TypeRange(i32), call.getOperands())
        ->setDiscardableAttrs(call->getDiscardableAttrDictionary());
    call.erase();
  });
}

//===----------------------------------------------------------------------===//
// Plans: the same arithmetic, and one flag more: did something overflow?
//===----------------------------------------------------------------------===//

/// Whether a signed product or sum is not what it should be.
Value overflows(OpBuilder &builder, Operation *op) {
  Location loc = op->getLoc();
  Type i64 = builder.getI64Type();
  Value zero = arith::ConstantIntOp::create(builder, loc, i64, 0);
  auto toI64 = [&](Value value) -> Value { return arith::IndexCastOp::create(builder, loc, i64, value); };
  Value lhs = toI64(op->getOperand(0)), rhs = toI64(op->getOperand(1)), result = toI64(op->getResult(0));
  if (isa<arith::MulIOp>(op)) {
    auto wide = arith::MulSIExtendedOp::create(builder, loc, lhs, rhs);
    Value bits = arith::ConstantIntOp::create(builder, loc, i64, 63);
    Value sign = arith::ShRSIOp::create(builder, loc, wide.getLow(), bits);
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, wide.getHigh(), sign);
  }
  Value fromLeft = arith::XOrIOp::create(builder, loc, lhs, result);
  Value fromRight = arith::XOrIOp::create(builder, loc, rhs, result);
  Value both = arith::AndIOp::create(builder, loc, fromLeft, fromRight);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, both, zero);
}

/// The value of an affine op as sums, products, minima and maxima.
Value expandAffineOp(OpBuilder &builder, Operation *op) {
  Location loc = op->getLoc();
  auto expand = [&](AffineMap map) { return *affine::expandAffineMap(builder, loc, map, op->getOperands()); };
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    return expand(apply.getAffineMap())[0];
  Value folded;
  if (auto min = dyn_cast<affine::AffineMinOp>(op))
    for (Value value : expand(min.getAffineMap()))
      folded = folded ? arith::MinSIOp::create(builder, loc, folded, value).getResult() : value;
  if (auto max = dyn_cast<affine::AffineMaxOp>(op))
    for (Value value : expand(max.getAffineMap()))
      folded = folded ? arith::MaxSIOp::create(builder, loc, folded, value).getResult() : value;
  return folded;
}

/// Affine expressions become what can be checked, and no operation promises any
/// more not to overflow.
void expandAffine(func::FuncOp plan) {
  SmallVector<Operation *> ops = llvm::map_to_vector(plan.getBody().front(), [](Operation &op) { return &op; });
  for (Operation *op : ops) {
    OpBuilder builder(op);
    Value expanded = expandAffineOp(builder, op);
    if (!expanded)
      continue;
    op->getResult(0).replaceAllUsesWith(expanded);
    op->erase();
  }
  auto none = arith::IntegerOverflowFlagsAttr::get(plan.getContext(), arith::IntegerOverflowFlags::none);
  plan.walk([&](arith::ArithIntegerOverflowFlagsInterface op) { op->setAttr(op.getIntegerOverflowAttrName(), none); });
}

/// The plan returns one more result, an i1.
void checkPlan(func::FuncOp plan) {
  expandAffine(plan);
  OpBuilder builder(plan->getContext());
  auto returnOp = cast<func::ReturnOp>(plan.getBody().front().getTerminator());
  SmallVector<Operation *> ops = llvm::map_to_vector(plan.getBody().front(), [](Operation &op) { return &op; });
  builder.setInsertionPointToStart(&plan.getBody().front());
  Value overflow = arith::ConstantIntOp::create(builder, plan.getLoc(), builder.getI1Type(), 0);
  for (Operation *op : ops) {
    Value flag;
    builder.setInsertionPointAfter(op);
    if (isa<arith::MulIOp, arith::AddIOp>(op)) {
      flag = overflows(builder, op);
    } else if (auto call = dyn_cast<func::CallOp>(op)) {
      SmallVector<Type> types(call.getResultTypes());
      types.push_back(builder.getI1Type());
      auto checked = func::CallOp::create(builder, call.getLoc(), call.getCallee(), types, call.getOperands());
      call.replaceAllUsesWith(checked.getResults().drop_back());
      call.erase();
      flag = checked.getResults().back();
    }
    if (flag)
      overflow = arith::OrIOp::create(builder, plan.getLoc(), overflow, flag);
  }
  returnOp->insertOperands(returnOp.getNumOperands(), overflow);
  plan.setType(FunctionType::get(plan.getContext(), plan.getArgumentTypes(), returnOp.getOperandTypes()));
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

/// Emits the ABI's functions for one public function.
class EntryEmitter {
public:
  EntryEmitter(func::FuncOp func, func::FuncOp plan)
      : func(func), plan(plan), builder(func->getContext()), loc(func.getLoc()), symbols(attn::getSymbols(func)) {}

  void run() {
    std::string name = func.getSymName().str(), planName = plan.getSymName().str();
    // Only calls name functions here, and calls can be renamed.
    auto module = func->getParentOfType<ModuleOp>();
    (void)SymbolTable::replaceAllSymbolUses(func, builder.getStringAttr(name + ".main"), module);
    (void)SymbolTable::replaceAllSymbolUses(plan, builder.getStringAttr(name + ".sizes"), module);
    func.setSymName(name + ".main");
    func.setPrivate();
    plan.setSymName(name + ".sizes");
    emitEntry(name);
    emitPlan(planName);
  }

private:
  func::FuncOp create(StringRef name, ArrayRef<Type> inputs) {
    builder.setInsertionPoint(func);
    auto created = func::FuncOp::create(builder, loc, name, builder.getFunctionType(inputs, builder.getI32Type()));
    builder.setInsertionPointToStart(created.addEntryBlock());
    return created;
  }

  Value loadSymbol(Value dims, unsigned number) {
    Value size = attn::loadElement(builder, loc, dims, number, builder.getI64Type());
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), size);
  }

  void emitEntry(StringRef name) {
    Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
    func::FuncOp entry = create(name, {pointer});
    Value frame = entry.getArgument(0);
    Value tensors = attn::loadFramePointer(builder, loc, frame, attn::FrameField::Tensors);
    Value dims = attn::loadFramePointer(builder, loc, frame, attn::FrameField::Dims);
    SmallVector<Value> sizes;
    for (unsigned number = 0; number < symbols.size(); ++number)
      sizes.push_back(loadSymbol(dims, number));
    SmallVector<Value> operands{frame};
    ValueRange planned = planResults(frame, sizes);
    for (unsigned number = 1; number + 1 < func.getNumArguments(); ++number) {
      auto type = cast<MemRefType>(func.getArgumentTypes()[number]);
      bool isResult = static_cast<bool>(func.getArgAttr(number, attn::kResultAttr));
      SmallVector<Value> dynamic;
      for (int64_t axis = 0; axis < type.getRank(); ++axis) {
        if (type.isDynamicDim(axis))
          dynamic.push_back(sizeOf(number, axis, sizes, isResult ? planned : ValueRange()));
      }
      if (isResult)
        planned = planned.drop_front(type.getRank());
      Value data = attn::loadElement(builder, loc, tensors, number - 1, pointer);
      operands.push_back(attn::makeMemRef(builder, loc, type, data, dynamic));
    }
    operands.push_back(attn::loadFrameMemory(builder, loc, frame, attn::FrameField::Workspace));
    auto call = func::CallOp::create(builder, loc, func, operands);
    func::ReturnOp::create(builder, loc, call.getResults());
  }

  /// A dynamic size: that of a symbol, or what the plan computed for a result.
  Value sizeOf(unsigned argument, int64_t axis, ArrayRef<Value> sizes, ValueRange planned) {
    StringRef name = attn::getArgDimName(func, argument, axis);
    if (const auto *found = llvm::find(symbols, name); found != symbols.end())
      return sizes[found - symbols.begin()];
    return planned[axis];
  }

  ValueRange planResults(Value frame, ArrayRef<Value> sizes) {
    Value address = attn::frameFieldAddress(builder, loc, frame, attn::FrameField::Concurrency);
    Value concurrency = LLVM::LoadOp::create(builder, loc, builder.getI64Type(), address);
    SmallVector<Value> operands(sizes);
    operands.push_back(arith::IndexCastOp::create(builder, loc, builder.getIndexType(), concurrency));
    return func::CallOp::create(builder, loc, plan, operands).getResults();
  }

  void store(Value value, Value pointer, int64_t number) {
    Type i64 = builder.getI64Type();
    Value address = LLVM::GEPOp::create(builder, loc, pointer.getType(), i64, pointer,
                                        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(number)});
    LLVM::StoreOp::create(builder, loc, arith::IndexCastOp::create(builder, loc, i64, value), address);
  }

  /// `int32_t plan(const int64_t *dims, int64_t concurrency, int64_t
  /// *result_sizes, uint64_t *workspace_bytes)`
  void emitPlan(StringRef name) {
    Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
    func::FuncOp entry = create(name, {pointer, builder.getI64Type(), pointer, pointer});
    Value overflow = arith::ConstantIntOp::create(builder, loc, builder.getI1Type(), 0);
    Value largest = arith::ConstantIndexOp::create(builder, loc, kLargestDim);
    SmallVector<Value> operands;
    for (unsigned number = 0; number <= symbols.size(); ++number) {
      Value size = number < symbols.size()
                       ? loadSymbol(entry.getArgument(0), number)
                       : arith::IndexCastOp::create(builder, loc, builder.getIndexType(), entry.getArgument(1));
      Value tooLarge = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ugt, size, largest);
      overflow = arith::OrIOp::create(builder, loc, overflow, tooLarge);
      operands.push_back(size);
    }
    ValueRange results = func::CallOp::create(builder, loc, plan, operands).getResults();
    overflow = arith::OrIOp::create(builder, loc, overflow, results.back());
    for (auto [number, size] : llvm::enumerate(results.drop_back(2)))
      store(size, entry.getArgument(2), number);
    store(results.drop_back().back(), entry.getArgument(3), 0);
    Value status = arith::ExtUIOp::create(builder, loc, builder.getI32Type(), overflow);
    func::ReturnOp::create(builder, loc, status);
  }

  func::FuncOp func, plan;
  OpBuilder builder;
  Location loc;
  llvm::SetVector<StringRef> symbols;
};

struct EmitEntriesPass : public attn::impl::EmitEntriesPassBase<EmitEntriesPass> {
  void runOnOperation() override {
    SmallVector<std::pair<func::FuncOp, func::FuncOp>> planned;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (auto plan = getOperation().lookupSymbol<func::FuncOp>(attn::getPlanName(func)))
        planned.push_back({func, plan});
    for (auto [func, plan] : planned) {
      returnStatus(func);
      checkPlan(plan);
    }
    for (auto [func, plan] : planned)
      if (func.isPublic())
        EntryEmitter(func, plan).run();
    // Variants of a module are linked together; only entries may have names
    // that another object sees.
    auto internal = LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal);
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isPublic())
        func->setAttr("llvm.linkage", internal);
  }
};

} // namespace
