// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One elementwise op on registers, and the maxima that one instruction of the
// CPU computes.
#ifndef ATTN_LIB_CONVERSION_VECTORTOREGISTERS_ELEMENTWISE_H
#define ATTN_LIB_CONVERSION_VECTORTOREGISTERS_ELEMENTWISE_H

#include "Lanes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attn {

/// Applies `op` to one register of each operand. Lazy operands give a lazy
/// result where that is possible, uniform operands a scalar op.
Lanes applyElementwise(LaneBuilder &builder, mlir::Operation *op, llvm::ArrayRef<Lanes> operands, mlir::Type element,
                       int64_t width);

/// The larger (smaller) of two floats or vectors of floats. A NaN on either
/// side is the result when `propagate`, else the other side is. The sign of a
/// zero is either's.
mlir::Value emitExtremum(LaneBuilder &builder, mlir::Value lhs, mlir::Value rhs, bool larger, bool propagate);

/// `value` against the running extremum `running`, in one instruction. A NaN
/// in `value` is passed over; one in `running` stays.
mlir::Value emitRunningExtremum(LaneBuilder &builder, mlir::Value value, mlir::Value running, bool larger);

/// Combines two values as `kind` says.
mlir::Value emitCombine(LaneBuilder &builder, mlir::vector::CombiningKind kind, mlir::Value lhs, mlir::Value rhs);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_VECTORTOREGISTERS_ELEMENTWISE_H
