// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What --explain prints: a table of the attentions and matmuls of each entry point, with the kernel of each CPU, and
// the tiles that a run computes and skips where sizes are known. It is read from the IR that the optimise phase leaves,
// before schedules become loops.
#ifndef ATTN_TOOLS_ATTN_COMPILE_EXPLAIN_H
#define ATTN_TOOLS_ATTN_COMPILE_EXPLAIN_H

#include "attn/Pipelines/Pipelines.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace attn::compile {

/// Prints the tables of `module`. `given` holds sizes and symbols of masks by name. Returns what is wrong with it, or
/// the empty string.
std::string explain(llvm::raw_ostream &out, mlir::ModuleOp module, Strategy strategy,
                    const llvm::StringMap<int64_t> &given);

} // namespace attn::compile

#endif // ATTN_TOOLS_ATTN_COMPILE_EXPLAIN_H
