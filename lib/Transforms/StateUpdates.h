// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a function may change its states: positions from the length on are new, what is below stays. That is why a run
// that fails leaves a session as it was.
#ifndef LIB_TRANSFORMS_STATEUPDATES_H
#define LIB_TRANSFORMS_STATEUPDATES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attn {

/// Emits an error unless every state of the public function that has the capacity of `attn.session` as a dimension is
/// updated by `tensor.insert_slice` at the length.
mlir::LogicalResult verifyStateUpdates(mlir::func::FuncOp func);

} // namespace attn

#endif // LIB_TRANSFORMS_STATEUPDATES_H
