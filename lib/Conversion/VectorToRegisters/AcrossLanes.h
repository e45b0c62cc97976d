// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions of registers: lane by lane, across the lanes of one, and across
// the lanes of many rows at once.
#ifndef ATTN_LIB_CONVERSION_VECTORTOREGISTERS_ACROSSLANES_H
#define ATTN_LIB_CONVERSION_VECTORTOREGISTERS_ACROSSLANES_H

#include "Lanes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attn {

/// All of `values` and `acc` combined. Extrema that pass over NaN go one by
/// one, which is one instruction each; the rest is a tree.
mlir::Value combineAll(LaneBuilder &builder, mlir::vector::CombiningKind kind, llvm::SmallVector<mlir::Value> values,
                       mlir::Value acc);

/// All lanes of a register combined to one scalar: halves on halves.
mlir::Value combineLanes(LaneBuilder &builder, mlir::vector::CombiningKind kind, const Lanes &lanes);

/// The registers `list` reduced to one scalar and combined with `acc`:
/// registers of the same width first lane by lane, then across.
mlir::Value combineRegisters(LaneBuilder &builder, mlir::vector::CombiningKind kind, llvm::ArrayRef<Lanes> list,
                             mlir::Value acc);

/// Lane i of the result is lane i of `acc` combined with all lanes of
/// `rows[i]`. Rows of whole registers are folded into each other, so that a
/// round of shuffles serves them all.
Lanes combineRows(LaneBuilder &builder, mlir::vector::CombiningKind kind, llvm::ArrayRef<llvm::SmallVector<Lanes>> rows,
                  const Lanes &acc);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_VECTORTOREGISTERS_ACROSSLANES_H
