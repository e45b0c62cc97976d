// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the verifiers of ops with scores share. Private to the dialect.
#ifndef DIALECTS_ATTN_SCORINGVERIFICATION_H
#define DIALECTS_ATTN_SCORINGVERIFICATION_H

#include "dialects/Attn/AttnOps.h"

namespace attn {

/// A named tensor dimension, so that a mismatch can name both of its sides.
struct NamedDim {
  llvm::StringRef tensor;
  int64_t size;
};

/// Emits an error unless both sizes may be the same at run time.
llvm::LogicalResult verifySameSize(mlir::Operation *op, llvm::StringRef meaning, NamedDim lhs, NamedDim rhs);

/// One number for each query of `query` [B, Hq, M, D]: a tensor [B, Hq, M] of the type of scores.
llvm::LogicalResult verifyRowResult(ScoringOpInterface op, llvm::StringRef name, mlir::Value result);

/// Each bound tensor is indexed by as many expressions as it has dimensions.
llvm::LogicalResult verifyElements(ScoringOpInterface op, llvm::StringRef kind, mlir::OperandRange tensors,
                                   mlir::ArrayAttr maps);

/// Arguments, result and effects of a region on pairs.
llvm::LogicalResult verifyPairRegion(ScoringOpInterface op, const PairRegion &region);

inline int64_t sizeOf(mlir::Value tensor, unsigned axis) {
  return llvm::cast<mlir::RankedTensorType>(tensor.getType()).getDimSize(axis);
}

} // namespace attn

#endif // DIALECTS_ATTN_SCORINGVERIFICATION_H
