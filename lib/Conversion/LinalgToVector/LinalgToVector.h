// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The steps of attn-vectorize-tiles, in the order in which the pass takes them.
// Private to the folder.
#ifndef ATTN_LIB_CONVERSION_LINALGTOVECTOR_LINALGTOVECTOR_H
#define ATTN_LIB_CONVERSION_LINALGTOVECTOR_LINALGTOVECTOR_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace attn {

/// Cuts `op` into loops over pieces that `linalg::vectorize` takes whole: one
/// step of every reduction of a contraction, and no more than `maxPoints`
/// points. Returns the op to vectorise, which is `op` itself where nothing was
/// to cut, or null where `op` is not on static tiles or cannot be cut to size.
mlir::linalg::LinalgOp tileToPoints(mlir::RewriterBase &rewriter, mlir::linalg::LinalgOp op, int64_t maxPoints);

/// Makes the conversions that a matmul of static tiles does on operands of narrower floats ops of their own. Returns
/// them and the matmul, which is the last; only `op` where there are none.
llvm::SmallVector<mlir::linalg::LinalgOp> splitConversions(mlir::RewriterBase &rewriter, mlir::linalg::LinalgOp op);

/// Patterns that hand a tile on as a value where it is written whole and read
/// back: through reshapes, constant slices and `scf.if`.
void populateTileForwardPatterns(mlir::RewritePatternSet &patterns);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_LINALGTOVECTOR_LINALGTOVECTOR_H
