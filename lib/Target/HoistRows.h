// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An LLVM pass: pointers to the rows that a loop reads element by element are computed in front of it.
#ifndef ATTN_LIB_TARGET_HOISTROWS_H
#define ATTN_LIB_TARGET_HOISTROWS_H

#include "llvm/IR/PassManager.h"

namespace attn {

/// base[row + d], where only d changes within an innermost loop, becomes (base + row)[d]. As one sum, which is how a
/// memref is addressed, code generation computes it next to its uses; it then groups the uses by rows, and
/// multiply-adds into one sum, each of which waits for the one before, follow each other.
struct HoistRowsPass : llvm::PassInfoMixin<HoistRowsPass> {
  llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

} // namespace attn

#endif // ATTN_LIB_TARGET_HOISTROWS_H
