// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an op of the graph tells about itself when it is lowered, and the count of what its tasks did.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_OPERATIONTRACE_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_OPERATIONTRACE_H

#include "AttentionProblem.h"

namespace attn {

/// Name of the op in traces: that of its location, else its kind.
std::string operationName(mlir::Operation *op, llvm::StringRef kind);

/// Marks the beginning of an op with scores: its kernel, mask and schedule.
OpBeginOp emitScoringBegin(TileBuilder &b, const AttentionProblem &problem, llvm::StringRef name, llvm::StringRef kind);

std::string describe(mlir::Attribute attribute);

/// The sum of what all tasks counted, [B, heads, tasks of a head].
mlir::Value sumVisited(TileBuilder &b, const AttentionProblem &problem, mlir::Value visited);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_OPERATIONTRACE_H
