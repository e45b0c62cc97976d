// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What abi.h demands of the states of a function.
#include "attn/Analysis/Signature.h"

using namespace mlir;
using namespace attn;

/// A state has the dimensions of a session and no others.
static LogicalResult verifyState(Operation *op, const FunctionSignature &signature, const SignatureValue &state) {
  unsigned capacities = 0;
  for (const SignatureDim &dim : state.dims) {
    bool isSession = dim.symbol == signature.session->capacity || dim.symbol == signature.session->batch;
    if (dim.symbol != ATTN_RT_DIM_STATIC && !isSession)
      return op->emitError("expects the dimensions of state '")
             << state.name << "' to be sizes, or the capacity or batch of attn.session, but got '"
             << signature.symbols[dim.symbol].name << "'";
    capacities += dim.symbol != ATTN_RT_DIM_STATIC && dim.symbol == signature.session->capacity;
  }
  if (capacities > 1)
    return op->emitError("expects the capacity to be at most one dimension of state '")
           << state.name << "', but got " << capacities;
  if (state.range || state.isLength)
    return op->emitError("expects state '") << state.name << "' to have no range and not to be the length, but got one";
  return success();
}

static bool occursOnState(const FunctionSignature &signature, int32_t symbol) {
  return llvm::any_of(signature.args, [&](const SignatureValue &arg) {
    return arg.isState && llvm::any_of(arg.dims, [&](const SignatureDim &dim) { return dim.symbol == symbol; });
  });
}

LogicalResult attn::verifySession(Operation *op, const FunctionSignature &signature) {
  auto count = [&](auto member) {
    return llvm::count_if(signature.args, [&](const SignatureValue &arg) { return arg.*member; });
  };
  auto states = count(&SignatureValue::isState), lengths = count(&SignatureValue::isLength);
  bool has = signature.session.has_value();
  if (has != (states > 0) || lengths != has)
    return op->emitError("expects a function with states to have a session with one length, and no other, but got ")
           << states << " states and " << lengths << " lengths";
  if (!has)
    return success();
  const SignatureSession &session = *signature.session;
  if (session.step.symbol == ATTN_RT_DIM_STATIC ? session.step.size < 1 : session.step.symbol < 0)
    return op->emitError("expects step of attn.session to be a size of at least 1 or a dimension of an argument, but "
                         "got ")
           << session.step.size;
  for (auto [name, symbol] : {std::pair<StringRef, int32_t>{"capacity", session.capacity}, {"batch", session.batch}})
    if (symbol >= 0 && !occursOnState(signature, symbol))
      return op->emitError("expects ") << name << " of attn.session to be a dimension of a state, but got '"
                                       << signature.symbols[symbol].name << "'";
  auto same = [](int32_t lhs, int32_t rhs) { return lhs >= 0 && lhs == rhs; };
  if (same(session.capacity, session.batch) || same(session.capacity, session.step.symbol) ||
      same(session.batch, session.step.symbol))
    return op->emitError("expects step, capacity and batch of attn.session to be different dimensions, but got '")
           << signature.symbols[std::max(session.capacity, session.batch)].name << "' twice";
  for (const SignatureValue &arg : signature.args)
    if (arg.isState && failed(verifyState(op, signature, arg)))
      return failure();
  return success();
}
