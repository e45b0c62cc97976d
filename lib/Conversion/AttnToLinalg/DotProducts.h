// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores of few queries. Keys lie as they are, with lanes along the head size: each product of a query and a key is a
// register of partial sums, and a tree across lanes joins those of a whole tile. That costs a quarter of the shuffles
// that transposing the keys would, and the keys are read once, where they lie.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_DOTPRODUCTS_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_DOTPRODUCTS_H

#include "MaskPlan.h"
#include "RowState.h"

namespace attn {

/// Writes the products of a strip and `keys`, relative to the first of the block at `at`, into `scores` [strip, keys].
/// What it holds for other keys stays.
mlir::Value emitDotProducts(TileBuilder &b, const AttentionProblem &problem, const StripPosition &at, mlir::Value query,
                            const MaskPlan::Range &keys, mlir::Value scores);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_DOTPRODUCTS_H
