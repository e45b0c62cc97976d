// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks that what an op with scores reads by position - symbols of masks, inputs of normalisers, captures of scores
// and gains - lies inside of its tensors: once for each index, before the op.
#ifndef ATTN_CODEGEN_INDEXCHECKS_H
#define ATTN_CODEGEN_INDEXCHECKS_H

#include "dialects/Attn/AttnOps.h"

namespace attn {

/// Emits an attn.require for each end of each index that is not known to be inside. Nothing is required where there is
/// no pair of a query and a key.
void emitIndexChecks(mlir::OpBuilder &builder, ScoringOpInterface op);

} // namespace attn

#endif // ATTN_CODEGEN_INDEXCHECKS_H
