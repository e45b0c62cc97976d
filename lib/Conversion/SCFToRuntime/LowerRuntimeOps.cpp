// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-lower-runtime-ops: on control flow between blocks, so that a function
// can end wherever the runtime or a condition says so.
#include "attn/Analysis/Signature.h"
#include "attn/Codegen/FrameAccess.h"
#include "attn/Conversion/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_LOWERRUNTIMEOPSPASS
#include "attn/Conversion/Passes.h.inc"
} // namespace attn

namespace {

/// A function that takes a frame and returns a status; not a plan, not a body.
bool hasStatus(func::FuncOp func) {
  return func && !func.isDeclaration() && func.getNumArguments() != 0 &&
         isa<LLVM::LLVMPointerType>(func.getArgumentTypes().front()) && func.getNumResults() == 1 &&
         func.getResultTypes().front().isInteger(32) &&
         (func.getNumArguments() == 1 || !isa<IntegerType>(func.getArgumentTypes()[1]));
}

/// A condition that turned out to hold always needs no code and no sentence.
bool isKnown(attn::RequireOp op) { return matchPattern(op.getCondition(), m_One()); }

/// A bound becomes a condition on the value itself.
void requireBounds(ModuleOp module) {
  module.walk([](attn::BoundedOp op) {
    OpBuilder builder(op);
    Location loc = op.getLoc();
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    Value low = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge, op.getValue(), zero);
    Value high = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle, op.getValue(), op.getBound());
    Value inside = arith::AndIOp::create(builder, loc, low, high);
    attn::RequireOp::create(builder, loc, inside, op.getTextAttr(), op.getValue(), op.getBound());
    op.replaceAllUsesWith(op.getValue());
    op.erase();
  });
}

/// What the indices of operations and faults of a module stand for.
struct Tables {
  explicit Tables(ModuleOp module) : symbolTable(module) {
    module.walk([&](attn::RequireOp op) {
      if (isKnown(op))
        return;
      auto sentence = (op.getText() + " {bound}, but got {actual}").str();
      faults.insert(StringAttr::get(op.getContext(), sentence));
    });
  }

  /// The operations that one run of `func` goes through, callees' in the place
  /// of the call.
  const SmallVector<Attribute> &opsOf(func::FuncOp func) {
    if (auto found = ops.find(func); found != ops.end())
      return found->second;
    // A function that calls itself has no list; it is refused elsewhere.
    ops[func] = {};
    SmallVector<Attribute> list;
    Builder builder(func.getContext());
    func.walk([&](Operation *op) {
      if (auto begin = dyn_cast<attn::OpBeginOp>(op))
        list.push_back(builder.getArrayAttr({begin.getNameAttr(), begin.getKindAttr()}));
      if (auto call = dyn_cast<func::CallOp>(op))
        for (Attribute entry : opsOf(call))
          list.push_back(entry);
    });
    return ops[func] = list;
  }

  /// A call that carries a name puts it before those of its operations.
  SmallVector<Attribute> opsOf(func::CallOp call) {
    auto callee = symbolTable.lookup<func::FuncOp>(call.getCallee());
    if (!hasStatus(callee))
      return {};
    SmallVector<Attribute> list = opsOf(callee);
    auto prefix = call->getAttrOfType<StringAttr>("attn.name");
    Builder builder(call.getContext());
    for (Attribute &entry : list)
      if (auto pair = cast<ArrayAttr>(entry); prefix)
        entry = builder.getArrayAttr(
            {builder.getStringAttr(prefix.getValue() + "." + cast<StringAttr>(pair[0]).getValue()), pair[1]});
    return list;
  }

  SymbolTable symbolTable;
  DenseMap<Operation *, SmallVector<Attribute>> ops;
  llvm::SetVector<Attribute> faults;
};

/// Rewrites the body of one function.
class FunctionLowering {
public:
  FunctionLowering(func::FuncOp func, Tables &tables, Value base) : func(func), tables(tables), base(base) {}

  LogicalResult run() {
    SmallVector<Operation *> found;
    func.walk([&](Operation *op) {
      if (isa<attn::OpBeginOp, attn::OpEndOp, attn::RequireOp, func::CallOp>(op))
        found.push_back(op);
    });
    for (Operation *op : found)
      if (failed(lower(op)))
        return failure();
    return success();
  }

private:
  LogicalResult lower(Operation *op) {
    OpBuilder builder(op);
    if (auto call = dyn_cast<func::CallOp>(op))
      return lowerCall(builder, call);
    if (auto begin = dyn_cast<attn::OpBeginOp>(op)) {
      indices[begin.getNameAttr()] = next;
      lowerBegin(builder, begin, next++);
    } else if (auto require = dyn_cast<attn::RequireOp>(op)) {
      lowerRequire(builder, require);
    } else if (auto end = dyn_cast<attn::OpEndOp>(op)) {
      auto index = indices.find(end.getNameAttr());
      if (index == indices.end())
        return end.emitError("expects attn.op_end to follow attn.op_begin of "
                             "the same name, but got '")
               << end.getName() << "'";
      lowerEnd(builder, end, index->second);
    }
    op->erase();
    return success();
  }

  Value indexOf(OpBuilder &builder, Location loc, int64_t number) {
    Value offset = arith::ConstantIntOp::create(builder, loc, builder.getI32Type(), number);
    return base ? arith::AddIOp::create(builder, loc, base, offset).getResult() : offset;
  }

  /// Ends the block before `op`; what follows runs when `condition` holds.
  /// Returns the new last block of the first part.
  Block *continueIf(OpBuilder &builder, Operation *op, Value condition, Block *otherwise, ValueRange arguments) {
    Block *before = op->getBlock();
    Block *after = before->splitBlock(op);
    builder.setInsertionPointToEnd(before);
    cf::CondBranchOp::create(builder, op->getLoc(), condition, after, ValueRange(), otherwise, arguments);
    builder.setInsertionPoint(op);
    return after;
  }

  /// The block that ends the function with a status.
  Block *exitBlock(Location loc) {
    if (exit)
      return exit;
    exit = func.addBlock();
    OpBuilder builder = OpBuilder::atBlockEnd(exit);
    func::ReturnOp::create(builder, loc, exit->addArgument(builder.getI32Type(), loc));
    return exit;
  }

  void continueIfZero(OpBuilder &builder, Operation *op, Value status) {
    Location loc = op->getLoc();
    Value zero = arith::ConstantIntOp::create(builder, loc, builder.getI32Type(), 0);
    Value good = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, status, zero);
    continueIf(builder, op, good, exitBlock(loc), status);
  }

  LogicalResult lowerCall(OpBuilder &builder, func::CallOp call) {
    auto callee = tables.symbolTable.lookup<func::FuncOp>(call.getCallee());
    if (!hasStatus(callee))
      return success();
    call.getOperandsMutable().append(indexOf(builder, call.getLoc(), next));
    next += tables.opsOf(callee).size();
    Operation *following = call->getNextNode();
    builder.setInsertionPoint(following);
    continueIfZero(builder, following, call.getResult(0));
    return success();
  }

  /// A block before `op` that is entered only if the frame's function pointer
  /// is set, and that pointer.
  Value enterIfSet(OpBuilder &builder, Operation *op, attn::FrameField field) {
    Location loc = op->getLoc();
    Value pointer = attn::loadFramePointer(builder, loc, func.getArgument(0), field);
    Value null = LLVM::ZeroOp::create(builder, loc, pointer.getType());
    Value unset = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, pointer, null);
    Block *before = op->getBlock();
    Block *after = before->splitBlock(op);
    auto *call = new Block();
    call->insertBefore(after);
    builder.setInsertionPointToEnd(before);
    cf::CondBranchOp::create(builder, loc, unset, after, call);
    builder.setInsertionPointToEnd(call);
    continuation = after;
    return pointer;
  }

  Value context(OpBuilder &builder, Location loc) {
    return attn::loadFramePointer(builder, loc, func.getArgument(0), attn::FrameField::OpContext);
  }

  void lowerBegin(OpBuilder &builder, attn::OpBeginOp begin, int64_t number) {
    Location loc = begin.getLoc();
    Value callee = enterIfSet(builder, begin, attn::FrameField::OpBegin);
    auto type = LLVM::LLVMFunctionType::get(builder.getI32Type(), {callee.getType(), builder.getI32Type()});
    Value status = LLVM::CallOp::create(builder, loc, type,
                                        ValueRange{callee, context(builder, loc), indexOf(builder, loc, number)})
                       .getResult();
    Value zero = arith::ConstantIntOp::create(builder, loc, builder.getI32Type(), 0);
    Value good = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, status, zero);
    cf::CondBranchOp::create(builder, loc, good, continuation, ValueRange(), exitBlock(loc), status);
  }

  void lowerEnd(OpBuilder &builder, attn::OpEndOp end, int64_t number) {
    Location loc = end.getLoc();
    Type i64 = builder.getI64Type();
    Value callee = enterIfSet(builder, end, attn::FrameField::OpEnd);
    auto number64 = [&](Value count) -> Value {
      if (!count)
        return arith::ConstantIntOp::create(builder, loc, i64, 0);
      return arith::IndexCastOp::create(builder, loc, i64, count);
    };
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()),
                                            {callee.getType(), builder.getI32Type(), i64, i64});
    Value done = number64(end.getDone()), skipped = number64(end.getSkipped());
    if (end.getFlops() || end.getBytes()) {
      Value work = attn::loadFramePointer(builder, loc, func.getArgument(0), attn::FrameField::OpWork);
      LLVM::CallOp::create(builder, loc, type,
                           ValueRange{work, context(builder, loc), indexOf(builder, loc, number),
                                      number64(end.getFlops()), number64(end.getBytes())});
    }
    LLVM::CallOp::create(builder, loc, type,
                         ValueRange{callee, context(builder, loc), indexOf(builder, loc, number), done, skipped});
    cf::BranchOp::create(builder, loc, continuation);
  }

  /// A broken condition fills the frame's fault record and ends the function.
  void lowerRequire(OpBuilder &builder, attn::RequireOp require) {
    if (isKnown(require))
      return;
    Location loc = require.getLoc();
    auto sentence = builder.getStringAttr(require.getText() + " {bound}, but got {actual}");
    int64_t site = llvm::find(tables.faults, sentence) - tables.faults.begin();
    Block *fault = func.addBlock();
    continueIf(builder, require, require.getCondition(), fault, {});
    auto failing = OpBuilder::atBlockEnd(fault);
    Type i64 = failing.getI64Type();
    Value record = attn::frameFieldAddress(failing, loc, func.getArgument(0), attn::FrameField::Fault);
    Value values[] = {arith::ConstantIntOp::create(failing, loc, i64, site),
                      arith::IndexCastOp::create(failing, loc, i64, require.getActual()),
                      arith::IndexCastOp::create(failing, loc, i64, require.getBound())};
    for (auto [number, value] : llvm::enumerate(values)) {
      Value address = LLVM::GEPOp::create(failing, loc, record.getType(), i64, record,
                                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(number)});
      LLVM::StoreOp::create(failing, loc, value, address);
    }
    Value status = arith::ConstantIntOp::create(failing, loc, failing.getI32Type(), ATTN_RT_ABI_FAULT);
    func::ReturnOp::create(failing, loc, status);
  }

  func::FuncOp func;
  Tables &tables;
  Value base;
  Block *exit = nullptr, *continuation = nullptr;
  int64_t next = 0;
  DenseMap<Attribute, int64_t> indices;
};

struct LowerRuntimeOpsPass : public attn::impl::LowerRuntimeOpsPassBase<LowerRuntimeOpsPass> {
  void runOnOperation() override {
    requireBounds(getOperation());
    Tables tables(getOperation());
    SmallVector<func::FuncOp> funcs;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (hasStatus(func))
        funcs.push_back(func);
      else if (failed(refuseIn(func)))
        return signalPassFailure();
    Builder builder(&getContext());
    for (func::FuncOp func : funcs)
      if (func.isPublic()) {
        func->setAttr(attn::kOpsAttr, builder.getArrayAttr(tables.opsOf(func)));
        func->setAttr(attn::kFaultsAttr, builder.getArrayAttr(tables.faults.getArrayRef()));
      } else {
        tables.opsOf(func);
      }
    DenseMap<Operation *, Value> bases;
    for (func::FuncOp func : funcs)
      if (!func.isPublic()) {
        (void)func.insertArgument(func.getNumArguments(), builder.getI32Type(), {}, func.getLoc());
        bases[func] = func.getArguments().back();
      }
    for (func::FuncOp func : funcs)
      if (failed(FunctionLowering(func, tables, bases.lookup(func)).run()))
        return signalPassFailure();
  }

  /// Bodies run at the same time: none of them may end the run or be an
  /// operation of its own.
  static LogicalResult refuseIn(func::FuncOp func) {
    WalkResult result = func.walk([](Operation *op) {
      if (!isa<attn::OpBeginOp, attn::OpEndOp, attn::RequireOp>(op))
        return WalkResult::advance();
      op->emitError("expects parallel loops to hold no op of the runtime, but got ") << op->getName();
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
