// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-plan-workspace: the same layout is emitted twice, as sizes into the plan
// and as offsets into the function. Memory of a function is
//   [slots, each shared by buffers that are never alive together][what one
//   parallel loop's workers or one callee needs at a time].
#include "SizeExpressions.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_PLANWORKSPACEPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

/// A cache line, and the widest vector.
constexpr int64_t kAlignment = 64;

/// A buffer of the function, alive between two operations of its only block.
struct Buffer {
  memref::AllocOp op;
  int64_t first, last;
};

/// Memory for buffers that are alive one after the other. Static buffers may
/// share whatever their sizes; others when their sizes are equal.
struct Slot {
  memref::AllocOp representative;
  int64_t staticBytes; // -1: dynamic
  Value planBytes;
  int64_t busyUntil;
  SmallVector<memref::AllocOp> members;
};

/// The scratch buffers of one parallel loop, side by side.
struct WorkerArea {
  scf::ForallOp loop;
  SmallVector<memref::AllocOp> members;
};

/// The number of bytes of a type with static shape, or of its static dimensions
/// alone. Failure when that overflows.
FailureOr<int64_t> staticBytesOf(memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  int64_t bytes = llvm::divideCeil(DataLayout::closest(alloc).getTypeSizeInBits(type.getElementType()), 8);
  for (int64_t size : type.getShape())
    if (!ShapedType::isDynamic(size) && __builtin_mul_overflow(bytes, size, &bytes))
      return alloc.emitError("expects a temporary to fit into memory, but got ") << type;
  return bytes;
}

/// The bytes of a buffer, rounded up; null when they do not follow from the
/// symbols.
Value bytesOf(attn::SizeExpressions &sizes, memref::AllocOp alloc, int64_t staticBytes) {
  Value bytes = sizes.constant(staticBytes);
  for (Value size : alloc.getDynamicSizes()) {
    Value rebuilt = sizes.rebuild(size);
    if (!rebuilt)
      return {};
    bytes = sizes.mul(rebuilt, bytes);
  }
  return sizes.ceilTo(bytes, kAlignment);
}

/// Plans one function whose callees are planned.
class FunctionPlanner {
public:
  FunctionPlanner(func::FuncOp func, func::FuncOp plan, SymbolTable &symbolTable)
      : func(func), plan(plan), symbolTable(symbolTable), planSizes(planExpressions()),
        functionSizes(functionExpressions()) {}

  LogicalResult run() {
    collect();
    for (Buffer &buffer : buffers)
      if (failed(assign(buffer)))
        return failure();
    for (WorkerArea &area : areas)
      for (memref::AllocOp alloc : area.members)
        if (failed(bytesInPlan(alloc)))
          return failure();
    if (failed(finishPlan()))
      return failure();
    replaceAllocations();
    return success();
  }

private:
  attn::SizeExpressions planExpressions() {
    llvm::StringMap<Value> symbols;
    for (auto [symbol, arg] : llvm::zip(attn::getSymbols(func), plan.getArguments()))
      symbols[symbol] = arg;
    return attn::SizeExpressions(OpBuilder(plan.getBody().front().getTerminator()), func, symbols,
                                 attn::SizeExpressions::Data::Bounded);
  }

  /// The same symbols at the start of the function, as dimensions of its
  /// arguments.
  attn::SizeExpressions functionExpressions() {
    auto builder = OpBuilder::atBlockBegin(&func.getBody().front());
    llvm::StringMap<Value> symbols;
    for (BlockArgument arg : func.getArguments()) {
      auto type = dyn_cast<MemRefType>(arg.getType());
      for (int64_t axis = 0; type && axis < type.getRank(); ++axis) {
        StringRef name = attn::getArgDimName(func, arg.getArgNumber(), axis);
        if (type.isDynamicDim(axis) && !name.empty() && !symbols.contains(name))
          symbols[name] = memref::DimOp::create(builder, func.getLoc(), arg, axis);
      }
    }
    return attn::SizeExpressions(builder, func, symbols, attn::SizeExpressions::Data::Bounded);
  }

  Operation *ancestor(Operation *op) { return func.getBody().front().findAncestorOpInBlock(*op); }

  void collect() {
    (void)func.insertArgument(func.getNumArguments(),
                              MemRefType::get({ShapedType::kDynamic}, IntegerType::get(func.getContext(), 8)), {},
                              func.getLoc());
    DenseMap<Operation *, int64_t> position;
    for (auto [number, op] : llvm::enumerate(func.getBody().front()))
      position[&op] = number;
    BufferViewFlowAnalysis aliases(func);
    func.walk([&](memref::AllocOp alloc) {
      scf::ForallOp loop = alloc->getParentOfType<scf::ForallOp>();
      while (loop && loop->getParentOfType<scf::ForallOp>())
        loop = loop->getParentOfType<scf::ForallOp>();
      if (loop)
        return areaOf(loop).members.push_back(alloc);
      Buffer buffer{alloc, position[ancestor(alloc)], 0};
      for (Value alias : aliases.resolve(alloc))
        for (Operation *user : alias.getUsers())
          buffer.last = std::max(buffer.last, position[ancestor(user)]);
      buffers.push_back(buffer);
    });
  }

  WorkerArea &areaOf(scf::ForallOp loop) {
    for (WorkerArea &area : areas)
      if (area.loop == loop)
        return area;
    return areas.emplace_back(WorkerArea{loop, {}});
  }

  FailureOr<Value> bytesInPlan(memref::AllocOp alloc) {
    FailureOr<int64_t> staticBytes = staticBytesOf(alloc);
    if (failed(staticBytes))
      return failure();
    if (Value bytes = bytesOf(planSizes, alloc, *staticBytes))
      return bytes;
    return alloc.emitError("expects the size of a temporary to follow from the "
                           "sizes of the arguments, but got ")
           << alloc.getType();
  }

  LogicalResult assign(Buffer &buffer) {
    FailureOr<Value> bytes = bytesInPlan(buffer.op);
    if (failed(bytes))
      return failure();
    int64_t staticBytes = getConstantIntValue(*bytes).value_or(-1);
    Slot *best = nullptr;
    for (Slot &slot : slots) {
      if (slot.busyUntil >= buffer.first || (slot.staticBytes < 0) != (staticBytes < 0))
        continue;
      if (staticBytes < 0 ? slot.planBytes == *bytes : !best || fits(slot, *best, staticBytes))
        best = &slot;
    }
    if (!best)
      best = &slots.emplace_back(Slot{buffer.op, staticBytes, *bytes, 0, {}});
    best->staticBytes = std::max(best->staticBytes, staticBytes);
    best->busyUntil = buffer.last;
    best->members.push_back(buffer.op);
    return success();
  }

  /// Whether `slot` suits better than `best`: the smallest that is large
  /// enough, else the largest.
  static bool fits(const Slot &slot, const Slot &best, int64_t bytes) {
    if (slot.staticBytes >= bytes && best.staticBytes >= bytes)
      return slot.staticBytes < best.staticBytes;
    return slot.staticBytes > best.staticBytes;
  }

  Value slotBytes(attn::SizeExpressions &sizes, Slot &slot) {
    if (slot.staticBytes >= 0)
      return sizes.constant(slot.staticBytes);
    return bytesOf(sizes, slot.representative, *staticBytesOf(slot.representative));
  }

  /// Offsets of all slots, and behind them where the memory for callees and
  /// workers starts.
  SmallVector<Value> layOutSlots(attn::SizeExpressions &sizes) {
    SmallVector<Value> offsets{sizes.constant(0)};
    for (Slot &slot : slots)
      offsets.push_back(sizes.add(offsets.back(), slotBytes(sizes, slot)));
    return offsets;
  }

  /// Offsets of the buffers of one worker, and behind them the distance to the
  /// next worker's.
  SmallVector<Value> layOutArea(attn::SizeExpressions &sizes, WorkerArea &area) {
    SmallVector<Value> offsets{sizes.constant(0)};
    for (memref::AllocOp alloc : area.members)
      offsets.push_back(sizes.add(offsets.back(), bytesOf(sizes, alloc, *staticBytesOf(alloc))));
    return offsets;
  }

  LogicalResult finishPlan() {
    Value concurrency = plan.getArguments().back();
    Value shared = planSizes.constant(0);
    for (WorkerArea &area : areas)
      shared = planSizes.max(shared, planSizes.mul(layOutArea(planSizes, area).back(), concurrency));
    WalkResult result = func.walk([&](func::CallOp call) {
      Value bytes = bytesOfCall(call, concurrency);
      if (bytes)
        shared = planSizes.max(shared, bytes);
      return bytes ? WalkResult::advance() : WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return failure();
    Value total = planSizes.add(layOutSlots(planSizes).back(), shared);
    Operation *returnOp = plan.getBody().front().getTerminator();
    returnOp->insertOperands(returnOp->getNumOperands(), total);
    plan.setType(FunctionType::get(plan.getContext(), plan.getArgumentTypes(), returnOp->getOperandTypes()));
    return success();
  }

  /// What the callee's plan says for the sizes of the call's operands; null,
  /// after an error, when that cannot be known.
  Value bytesOfCall(func::CallOp call, Value concurrency) {
    auto callee = symbolTable.lookup<func::FuncOp>(call.getCallee());
    if (call->getParentOfType<scf::ForallOp>()) {
      call.emitError("expects calls to be outside of parallel loops, but got a call of '@") << call.getCallee() << "'";
      return {};
    }
    SmallVector<Value> operands;
    for (StringRef symbol : attn::getSymbols(callee))
      operands.push_back(sizeOfSymbol(call, callee, symbol));
    if (llvm::is_contained(operands, Value())) {
      call.emitError("expects the sizes of operands to follow from the sizes "
                     "of the arguments, but got a call of '@")
          << call.getCallee() << "'";
      return {};
    }
    operands.push_back(concurrency);
    auto calleePlan = symbolTable.lookup<func::FuncOp>(attn::getPlanName(callee));
    auto planned = func::CallOp::create(planSizes.getBuilder(), call.getLoc(), calleePlan, operands);
    return planned.getResults().back();
  }

  Value sizeOfSymbol(func::CallOp call, func::FuncOp callee, StringRef symbol) {
    for (auto [number, operand] : llvm::enumerate(call.getOperands())) {
      auto type = dyn_cast<MemRefType>(operand.getType());
      for (int64_t axis = 0; type && axis < type.getRank(); ++axis)
        if (attn::getArgDimName(callee, number, axis) == symbol)
          return planSizes.sizeOf(operand, axis);
    }
    return {};
  }

  void replace(memref::AllocOp alloc, OpBuilder &builder, Value offset) {
    Value view = memref::ViewOp::create(builder, alloc.getLoc(), alloc.getType(), func.getArguments().back(), offset,
                                        alloc.getDynamicSizes());
    alloc.replaceAllUsesWith(view);
    alloc.erase();
  }

  void replaceAllocations() {
    SmallVector<Value> offsets = layOutSlots(functionSizes);
    passWorkspaceToCallees(offsets.back());
    SmallVector<SmallVector<Value>> areaOffsets;
    for (WorkerArea &area : areas)
      areaOffsets.push_back(layOutArea(functionSizes, area));
    for (auto [slot, offset] : llvm::zip(slots, offsets))
      for (memref::AllocOp alloc : slot.members) {
        OpBuilder builder(alloc);
        replace(alloc, builder, offset);
      }
    for (auto [area, within] : llvm::zip(areas, areaOffsets)) {
      auto builder = OpBuilder::atBlockBegin(area.loop.getBody());
      Location loc = area.loop.getLoc();
      Value worker = attn::WorkerOp::create(builder, loc);
      Value skipped = arith::MulIOp::create(builder, loc, worker, within.back());
      Value start = arith::AddIOp::create(builder, loc, offsets.back(), skipped);
      for (auto [alloc, offset] : llvm::zip(area.members, within)) {
        OpBuilder local(alloc);
        replace(alloc, local, arith::AddIOp::create(local, loc, start, offset));
      }
    }
  }

  void passWorkspaceToCallees(Value offset) {
    func.walk([&](func::CallOp call) {
      OpBuilder builder(call);
      Value workspace = func.getArguments().back();
      Value all = memref::DimOp::create(builder, call.getLoc(), workspace, 0);
      Value rest = arith::SubIOp::create(builder, call.getLoc(), all, offset);
      Value view = memref::ViewOp::create(builder, call.getLoc(), cast<MemRefType>(workspace.getType()), workspace,
                                          offset, rest);
      call.getOperandsMutable().append(view);
    });
  }

  func::FuncOp func, plan;
  SymbolTable &symbolTable;
  attn::SizeExpressions planSizes, functionSizes;
  SmallVector<Buffer> buffers;
  SmallVector<Slot> slots;
  SmallVector<WorkerArea> areas;
};

struct PlanWorkspacePass : public attn::impl::PlanWorkspacePassBase<PlanWorkspacePass> {
  void runOnOperation() override {
    SymbolTable symbolTable(getOperation());
    SmallVector<func::FuncOp> funcs;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!isPlan(func))
        funcs.push_back(func);
    planned.clear();
    for (func::FuncOp func : funcs)
      if (failed(planWithCallees(func, symbolTable)))
        return signalPassFailure();
  }

  static bool isPlan(func::FuncOp func) {
    return llvm::all_of(func.getArgumentTypes(), llvm::IsaPred<IndexType>) && func.getSymName().ends_with(".plan");
  }

  /// Callees first; a function that is being planned while it is needed calls
  /// itself.
  LogicalResult planWithCallees(func::FuncOp func, SymbolTable &symbolTable) {
    auto [state, inserted] = planned.try_emplace(func, false);
    if (!inserted) {
      if (state->second)
        return success();
      return func.emitError("expects functions not to call themselves, but got '@") << func.getSymName() << "'";
    }
    SmallVector<func::FuncOp> callees;
    func.walk([&](func::CallOp call) { callees.push_back(symbolTable.lookup<func::FuncOp>(call.getCallee())); });
    for (func::FuncOp callee : callees)
      if (failed(planWithCallees(callee, symbolTable)))
        return failure();
    if (failed(FunctionPlanner(func, getOrMakePlan(func, symbolTable), symbolTable).run()))
      return failure();
    planned[func] = true;
    return success();
  }

  func::FuncOp getOrMakePlan(func::FuncOp func, SymbolTable &symbolTable) {
    if (auto plan = symbolTable.lookup<func::FuncOp>(attn::getPlanName(func)))
      return plan;
    OpBuilder builder(func->getContext());
    builder.setInsertionPointAfter(func);
    SmallVector<Type> inputs(attn::getSymbols(func).size() + 1, builder.getIndexType());
    auto plan =
        func::FuncOp::create(builder, func.getLoc(), attn::getPlanName(func), builder.getFunctionType(inputs, {}));
    plan.setPrivate();
    auto body = OpBuilder::atBlockEnd(plan.addEntryBlock());
    func::ReturnOp::create(body, func.getLoc());
    symbolTable.insert(plan);
    return plan;
  }

  DenseMap<Operation *, bool> planned;
};

} // namespace
