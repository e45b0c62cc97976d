// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks from a returned state back to the argument, into the functions that are called on the way.
#include "StateUpdates.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace attn;

namespace {

/// One state of a public function.
class StateUpdate {
public:
  StateUpdate(func::FuncOp func, unsigned state, int64_t axis, StringRef length)
      : func(func), state(state), axis(axis), length(length) {}

  LogicalResult verify(Value returned) { return verify(returned, func.getArgument(state)); }

private:
  /// Emits an error unless `value` is `start` with insertions at the length; `calls` lead to the function of both.
  LogicalResult verify(Value value, Value start) {
    while (value != start) {
      Operation *op = value.getDefiningOp();
      if (auto insert = dyn_cast_or_null<tensor::InsertSliceOp>(op)) {
        auto offset = dyn_cast<Value>(insert.getMixedOffsets()[axis]);
        if (!offset || !isLength(offset))
          return insert.emitOpError("expects state '") << getName() << "' to be written at the length '" << length
                                                       << "', but got another offset in dimension " << axis;
        value = insert.getDest();
      } else if (auto castOp = dyn_cast_or_null<tensor::CastOp>(op)) {
        value = castOp.getSource();
      } else if (auto call = dyn_cast_or_null<func::CallOp>(op)) {
        return verifyCall(call, cast<OpResult>(value).getResultNumber(), start);
      } else {
        InFlightDiagnostic error = func.emitOpError("expects state '");
        error << getName() << "' to be updated by tensor.insert_slice, but got ";
        return op ? error << op->getName() : error << "another argument";
      }
    }
    return success();
  }

  LogicalResult verifyCall(func::CallOp call, unsigned result, Value start) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
    FailureOr<std::optional<unsigned>> updated = failure();
    if (callee && !callee.isExternal())
      updated = getUpdatedArg(callee, result);
    if (failed(updated) || !*updated || llvm::is_contained(calls, call))
      return call.emitOpError("expects result ")
             << result << ", which becomes state '" << getName() << "', to have attn.updates, but got none";
    calls.push_back(call);
    Value returned = callee.getBody().front().getTerminator()->getOperand(result);
    LogicalResult inside = verify(returned, callee.getArgument(**updated));
    calls.pop_back();
    return success(succeeded(inside) && succeeded(verify(call.getOperand(**updated), start)));
  }

  /// Whether an index is the element of the length argument, seen through calls.
  bool isLength(Value value) const {
    size_t depth = calls.size();
    while (true) {
      if (auto arg = dyn_cast<BlockArgument>(value)) {
        if (depth > 0 && isa<func::FuncOp>(arg.getOwner()->getParentOp())) {
          value = const_cast<func::CallOp &>(calls[--depth]).getOperand(arg.getArgNumber());
          continue;
        }
        auto name = depth == 0 && arg.getOwner() == &const_cast<func::FuncOp &>(func).getBody().front()
                        ? func.getArgAttrOfType<StringAttr>(arg.getArgNumber(), kNameAttr)
                        : StringAttr();
        return name && name.getValue() == length;
      }
      Operation *op = value.getDefiningOp();
      bool narrows = isa<arith::IndexCastOp>(op) && !op->getOperand(0).getType().isInteger(64);
      if (!isa<arith::IndexCastOp, BoundedOp, tensor::ExtractOp>(op) || narrows)
        return false;
      value = op->getOperand(0);
    }
  }

  StringRef getName() { return func.getArgAttrOfType<StringAttr>(state, kNameAttr).getValue(); }

  mutable func::FuncOp func;
  unsigned state;
  int64_t axis;
  StringRef length;
  SmallVector<func::CallOp> calls;
};

} // namespace

LogicalResult attn::verifyStateUpdates(func::FuncOp func) {
  auto session = func->getAttrOfType<DictionaryAttr>(kSessionAttr);
  auto capacity = session ? session.getAs<StringAttr>("capacity") : StringAttr();
  auto length = session ? session.getAs<StringAttr>("length") : StringAttr();
  if (!capacity || !length)
    return success();
  Operation *returnOp = func.getBody().front().getTerminator();
  for (unsigned result = 0; result < func.getNumResults(); ++result) {
    FailureOr<std::optional<unsigned>> state = getUpdatedArg(func, result);
    if (failed(state) || !*state)
      continue;
    int64_t rank = cast<RankedTensorType>(func.getArgumentTypes()[**state]).getRank();
    for (int64_t axis = 0; axis < rank; ++axis)
      if (getArgDimName(func, **state, axis) == capacity.getValue() &&
          failed(StateUpdate(func, **state, axis, length.getValue()).verify(returnOp->getOperand(result))))
        return failure();
  }
  return success();
}
