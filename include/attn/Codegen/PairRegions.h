// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The score and gain regions of an op, spelled out at one pair of query and key: the same scalars for every lowering.
#ifndef ATTN_CODEGEN_PAIRREGIONS_H
#define ATTN_CODEGEN_PAIRREGIONS_H

#include "dialects/Attn/AttnOps.h"

namespace attn {

/// What the region yields for `score` (null for a region without one) at the position (b, h, i, j). `loadInput` emits
/// the element of one of its inputs.
mlir::Value emitPairRegion(mlir::OpBuilder &builder, const PairRegion &region, mlir::Value score,
                           mlir::ValueRange position, llvm::function_ref<mlir::Value(unsigned)> loadInput);

/// A weight times the gain of its pair. A weight of 0 stays 0, whatever the gain is: that of a pair that is not visible
/// is nobody's.
mlir::Value emitGain(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value weight, mlir::Value gain);

} // namespace attn

#endif // ATTN_CODEGEN_PAIRREGIONS_H
