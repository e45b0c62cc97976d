// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// "model_type": "bert": from the files of a directory to a module. Private to
// lib/Import.
#ifndef ATTN_IMPORT_BERTIMPORT_H
#define ATTN_IMPORT_BERTIMPORT_H

#include "attn/Import/Json.h"
#include "attn/Import/ModelDirectory.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace attn {

/// Null after an error was emitted.
mlir::OwningOpRef<mlir::ModuleOp> importBert(const ModelDirectory &directory, const JsonValue &config,
                                             llvm::StringRef configPath, mlir::MLIRContext &context);

} // namespace attn

#endif // ATTN_IMPORT_BERTIMPORT_H
