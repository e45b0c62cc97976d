// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each attn op means, emitted at the builder's place: one function for
// each op.
#ifndef LIB_CONVERSION_ATTNTOREFERENCE_REFERENCE_H
#define LIB_CONVERSION_ATTNTOREFERENCE_REFERENCE_H

#include "dialects/Attn/AttnOps.h"

namespace attn {

/// The op's results, spelled out.
llvm::SmallVector<mlir::Value> emitReference(mlir::OpBuilder &builder, AttentionOp op);
llvm::SmallVector<mlir::Value> emitReference(mlir::OpBuilder &builder, ScoreReduceOp op);
llvm::SmallVector<mlir::Value> emitReference(mlir::OpBuilder &builder, MergeOp op);
llvm::SmallVector<mlir::Value> emitReference(mlir::OpBuilder &builder, NormOp op);
llvm::SmallVector<mlir::Value> emitReference(mlir::OpBuilder &builder, RotaryOp op);

} // namespace attn

#endif // LIB_CONVERSION_ATTNTOREFERENCE_REFERENCE_H
