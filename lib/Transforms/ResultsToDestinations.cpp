// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-results-to-destinations: plans first, while results are still values
// whose sizes can be asked for; then calls, then signatures.
#include "SizeExpressions.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_RESULTSTODESTINATIONSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

MemRefType bufferTypeOf(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// Whether a result is the new content of an argument.
bool isState(func::FuncOp func, unsigned result) { return bool(func.getResultAttr(result, attn::kUpdatesAttr)); }

/// What has to hold for a function to cross the border as memory.
LogicalResult verifySignature(func::FuncOp func) {
  if (func.isDeclaration())
    return func.emitError("expects functions to have a body, but got the declaration '@") << func.getSymName() << "'";
  if (!func.getBody().hasOneBlock())
    return func.emitError("expects the body of '@")
           << func.getSymName() << "' to be one block, but got " << func.getBody().getBlocks().size();
  for (auto [number, type] : llvm::enumerate(func.getResultTypes())) {
    if (!isa<RankedTensorType>(type))
      return func.emitError("expects results to be ranked tensors, but got ") << type;
    FailureOr<std::optional<unsigned>> state = attn::getUpdatedArg(func, number);
    if (failed(state) || (*state && func.getArgumentTypes()[**state] != type))
      return func.emitError("expects attn.updates of result ") << number << " to name an argument of its type, but got "
                                                               << func.getResultAttr(number, attn::kUpdatesAttr);
  }
  for (Type type : func.getArgumentTypes())
    if (func.isPublic() && !isa<RankedTensorType>(type))
      return func.emitError("expects arguments of public functions to be "
                            "ranked tensors, but got ")
             << type;
  return success();
}

/// Makes `@f.plan`: from symbols and concurrency to the sizes of the results.
LogicalResult makePlan(func::FuncOp func) {
  llvm::SetVector<StringRef> symbols = attn::getSymbols(func);
  OpBuilder builder(func->getContext());
  builder.setInsertionPointAfter(func);
  unsigned sizes = 0;
  for (auto [number, type] : llvm::enumerate(func.getResultTypes()))
    if (!isState(func, number))
      sizes += cast<RankedTensorType>(type).getRank();
  SmallVector<Type> inputs(symbols.size() + 1, builder.getIndexType()), outputs(sizes, builder.getIndexType());
  auto plan =
      func::FuncOp::create(builder, func.getLoc(), attn::getPlanName(func), builder.getFunctionType(inputs, outputs));
  plan.setPrivate();
  Block *block = plan.addEntryBlock();
  llvm::StringMap<Value> values;
  for (auto [symbol, arg] : llvm::zip(symbols, block->getArguments()))
    values[symbol] = arg;
  attn::SizeExpressions expressions(OpBuilder::atBlockEnd(block), func, values);
  SmallVector<Value> results;
  auto returnOp = cast<func::ReturnOp>(func.getBody().front().getTerminator());
  for (auto [number, value] : llvm::enumerate(returnOp.getOperands()))
    for (int64_t axis = 0; !isState(func, number) && axis < cast<RankedTensorType>(value.getType()).getRank(); ++axis) {
      // A named size is the symbol's; `attn-unify-symbols` saw to it.
      Value named = values.lookup(attn::getResultDimName(func, number, axis));
      results.push_back(named ? named : expressions.sizeOf(value, axis));
      if (!results.back())
        return returnOp.emitError("expects the sizes of result ")
               << number
               << " to follow from the sizes of the arguments, but got "
                  "dimension "
               << axis << " of " << value.getType();
    }
  func::ReturnOp::create(expressions.getBuilder(), func.getLoc(), results);
  return success();
}

/// The sizes of the dynamic dimensions of result `number` of `call`, by the
/// symbols that the callee's signature has for them.
FailureOr<SmallVector<Value>> sizesOfCallResult(func::CallOp call, func::FuncOp callee, unsigned number) {
  OpBuilder builder(call);
  auto type = cast<RankedTensorType>(call.getResult(number).getType());
  SmallVector<Value> sizes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (!type.isDynamicDim(axis))
      continue;
    StringRef name = attn::getResultDimName(callee, number, axis);
    Value size;
    for (auto [operandNumber, operand] : llvm::enumerate(call.getOperands())) {
      auto operandType = dyn_cast<RankedTensorType>(operand.getType());
      for (int64_t other = 0; operandType && !size && other < operandType.getRank(); ++other)
        if (!name.empty() && attn::getArgDimName(callee, operandNumber, other) == name)
          size = tensor::DimOp::create(builder, call.getLoc(), operand, other);
    }
    if (!size)
      return call.emitError("expects the sizes of result ")
             << number << " of '@" << callee.getSymName() << "' to be named by its arguments, but got dimension "
             << axis << " of " << type;
    sizes.push_back(size);
  }
  return sizes;
}

/// A callee that updates a state gets one of the caller's own, at once and for good: what would read the old content
/// later or hold on to it elsewhere has no place for it.
LogicalResult verifyStates(func::CallOp call, func::FuncOp callee) {
  auto func = call->getParentOfType<func::FuncOp>();
  for (auto [number, result] : llvm::enumerate(call.getResults())) {
    if (!isState(callee, number))
      continue;
    FailureOr<std::optional<unsigned>> updated = attn::getUpdatedArg(callee, number);
    if (failed(updated))
      continue; // The callee reports it.
    Value operand = call.getOperand(**updated);
    auto own = dyn_cast<BlockArgument>(operand);
    auto returnOp = result.hasOneUse() ? dyn_cast<func::ReturnOp>(*result.user_begin()) : func::ReturnOp();
    bool isOwn = own && own.getOwner() == &func.getBody().front() && own.hasOneUse() && returnOp;
    FailureOr<std::optional<unsigned>> returned = std::optional<unsigned>();
    if (isOwn)
      returned = attn::getUpdatedArg(func, result.use_begin()->getOperandNumber());
    if (!isOwn || failed(returned) || *returned != own.getArgNumber())
      return call.emitError("expects result ")
             << number << " of '@" << callee.getSymName()
             << "', which updates a state, to be returned as the new content of the argument that is passed, and the "
                "argument to be used nowhere else, but got "
             << (isOwn ? "another result"
                 : own ? "other uses"
                       : "another value");
  }
  return success();
}

/// A call with the sizes of what it returns, taken while the callee still has
/// results.
struct SizedCall {
  func::CallOp op;
  SmallVector<SmallVector<Value>> sizes;
  /// For each result the operand of which it is the new content.
  SmallVector<std::optional<unsigned>> updated;
};

/// Rewrites one function; the sizes of its calls' results are known.
class FunctionConverter {
public:
  explicit FunctionConverter(func::FuncOp func) : func(func) {}

  void run(MutableArrayRef<SizedCall> calls) {
    (void)func.insertArgument(0, LLVM::LLVMPointerType::get(func.getContext()), {}, func.getLoc());
    unsigned arguments = func.getNumArguments();
    addDestinations();
    for (unsigned number = 0; number < arguments; ++number)
      convertArgument(number);
    for (SizedCall &call : calls)
      convertCall(call);
    convertReturn();
    updateType();
  }

private:
  /// One more argument for each result that is not the new content of one. Attributes of results move along.
  void addDestinations() {
    Builder builder(func.getContext());
    Operation *returnOp = func.getBody().front().getTerminator();
    for (auto [number, type] : llvm::enumerate(SmallVector<Type>(func.getResultTypes()))) {
      if (isState(func, number)) {
        unsigned state = **attn::getUpdatedArg(func, number);
        func.setArgAttr(state, attn::kStateAttr, builder.getUnitAttr());
        destinations.push_back(func.getArgument(state));
        continue;
      }
      NamedAttrList attrs(func.getResultAttrDict(number));
      attrs.set(attn::kResultAttr, builder.getUnitAttr());
      (void)func.insertArgument(func.getNumArguments(), bufferTypeOf(type), attrs.getDictionary(func.getContext()),
                                returnOp->getLoc());
      destinations.push_back(func.getArguments().back());
    }
  }

  /// The own destination that a value is for, if being returned is all that
  /// happens to it. The return forgets it then.
  Value takeDestination(Value value) {
    if (!value.hasOneUse())
      return {};
    OpOperand &use = *value.use_begin();
    auto returnOp = dyn_cast<func::ReturnOp>(use.getOwner());
    if (!returnOp)
      return {};
    filled.insert(use.getOperandNumber());
    return destinations[use.getOperandNumber()];
  }

  static bool isUpdated(const SizedCall &call, unsigned operand) {
    return llvm::any_of(call.updated, [&](std::optional<unsigned> updated) { return updated == operand; });
  }

  /// A call between tensors becomes a call between buffers.
  void convertCall(SizedCall &call) {
    OpBuilder builder(call.op);
    Location loc = call.op.getLoc();
    SmallVector<Value> operands{func.getArgument(0)};
    for (auto [number, operand] : llvm::enumerate(call.op.getOperands())) {
      if (isUpdated(call, number))
        operand = operand.getDefiningOp<bufferization::ToTensorOp>().getBuffer();
      else if (isa<RankedTensorType>(operand.getType()))
        operand = bufferization::ToBufferOp::create(builder, loc, bufferTypeOf(operand.getType()), operand,
                                                    /*read_only=*/true);
      operands.push_back(operand);
    }
    SmallVector<std::pair<Value, Value>> computed;
    for (auto [number, result, sizes] : llvm::enumerate(call.op.getResults(), call.sizes)) {
      if (call.updated[number]) {
        filled.insert(result.use_begin()->getOperandNumber());
        continue;
      }
      Value buffer = takeDestination(result);
      if (!buffer) {
        buffer = memref::AllocOp::create(builder, loc, bufferTypeOf(result.getType()), sizes);
        computed.push_back({result, buffer});
      }
      operands.push_back(buffer);
    }
    auto converted = func::CallOp::create(builder, loc, call.op.getCallee(), TypeRange(), operands);
    converted->setDiscardableAttrs(call.op->getDiscardableAttrDictionary());
    for (auto [result, buffer] : computed) {
      Value tensor = bufferization::ToTensorOp::create(builder, loc, result.getType(), buffer, /*restrict=*/true,
                                                       /*writable=*/true);
      result.replaceAllUsesWith(tensor);
    }
    callsToErase.push_back(call.op);
  }

  /// Whether a value is the tensor of `state` with insertions: it is in the state's memory already.
  static bool isInserted(Value value, Value state) {
    while (Operation *op = value.getDefiningOp()) {
      if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
        value = insert.getDest();
      else if (auto castOp = dyn_cast<tensor::CastOp>(op))
        value = castOp.getSource();
      else
        return isa<bufferization::ToTensorOp>(op) && op->getOperand(0) == state;
    }
    return false;
  }

  /// Ordinary results first, which may be what a state held before. A state that is written as a whole is computed
  /// elsewhere and copied when nothing reads its old content any more: analysis does not see that its memory is both.
  void convertReturn() {
    auto returnOp = cast<func::ReturnOp>(func.getBody().front().getTerminator());
    OpBuilder builder(returnOp);
    SmallVector<std::pair<Value, Value>> states;
    auto materialize = [&](Value value, Value memory) {
      bufferization::MaterializeInDestinationOp::create(builder, returnOp.getLoc(), TypeRange(), value, memory,
                                                        /*restrict=*/true, /*writable=*/true);
    };
    for (auto [number, value] : llvm::enumerate(returnOp.getOperands())) {
      if (filled.contains(number))
        continue;
      if (!isState(func, number)) {
        materialize(value, destinations[number]);
        continue;
      }
      Value made = value;
      if (!isInserted(value, destinations[number]))
        made = bufferization::AllocTensorOp::create(builder, returnOp.getLoc(), cast<RankedTensorType>(value.getType()),
                                                    ValueRange(), value);
      states.push_back({made, destinations[number]});
    }
    for (auto [value, memory] : states)
      materialize(value, memory);
    returnOp.getOperandsMutable().clear();
    for (func::CallOp call : callsToErase)
      call.erase();
  }

  /// The argument is a buffer that nobody writes, unless it is state.
  void convertArgument(unsigned number) {
    BlockArgument arg = func.getArgument(number);
    Type type = arg.getType();
    if (!isa<RankedTensorType>(type))
      return;
    arg.setType(bufferTypeOf(type));
    auto builder = OpBuilder::atBlockBegin(arg.getOwner());
    auto tensor = bufferization::ToTensorOp::create(builder, func.getLoc(), type, arg, /*restrict=*/true,
                                                    /*writable=*/func.getArgAttr(number, attn::kStateAttr) != nullptr);
    arg.replaceAllUsesExcept(tensor, tensor);
  }

  void updateType() {
    llvm::BitVector all(func.getNumResults(), true);
    (void)func.eraseResults(all);
    func.setType(FunctionType::get(func.getContext(), func.getBody().getArgumentTypes(), {}));
  }

  func::FuncOp func;
  SmallVector<Value> destinations;
  llvm::SmallSet<unsigned, 4> filled;
  SmallVector<func::CallOp> callsToErase;
};

struct ResultsToDestinationsPass : public attn::impl::ResultsToDestinationsPassBase<ResultsToDestinationsPass> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> funcs(getOperation().getOps<func::FuncOp>());
    SmallVector<SmallVector<SizedCall>> calls(funcs.size());
    for (auto [func, callsOfFunc] : llvm::zip(funcs, calls))
      if (failed(verifySignature(func)) || failed(sizeCalls(func, callsOfFunc)) ||
          (func.isPublic() && failed(makePlan(func))))
        return signalPassFailure();
    for (auto [func, callsOfFunc] : llvm::zip(funcs, calls))
      FunctionConverter(func).run(callsOfFunc);
  }

  LogicalResult sizeCalls(func::FuncOp func, SmallVectorImpl<SizedCall> &calls) {
    WalkResult result = func.walk([&](func::CallOp call) {
      auto callee = getOperation().lookupSymbol<func::FuncOp>(call.getCallee());
      calls.push_back({call, {}, {}});
      if (failed(verifyStates(call, callee)))
        return WalkResult::interrupt();
      for (unsigned number = 0; number < call.getNumResults(); ++number) {
        FailureOr<std::optional<unsigned>> updated = attn::getUpdatedArg(callee, number);
        calls.back().updated.push_back(succeeded(updated) ? *updated : std::nullopt);
        if (calls.back().updated.back()) {
          calls.back().sizes.emplace_back();
          continue;
        }
        FailureOr<SmallVector<Value>> sizes = sizesOfCallResult(call, callee, number);
        if (failed(sizes))
          return WalkResult::interrupt();
        calls.back().sizes.push_back(*sizes);
      }
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
