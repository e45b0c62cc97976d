// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decoders (Llama, Mistral, Qwen 2 and 3, GPT-2): from the files of a directory to a module. Private to lib/Import.
#ifndef ATTN_IMPORT_DECODERIMPORT_H
#define ATTN_IMPORT_DECODERIMPORT_H

#include "DecoderConfig.h"
#include "attn/Import/ModelDirectory.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace attn {

/// Null after an error was emitted.
mlir::OwningOpRef<mlir::ModuleOp> importDecoder(DecoderFamily family, const ModelDirectory &directory,
                                                const JsonValue &config, llvm::StringRef configPath,
                                                mlir::MLIRContext &context);

} // namespace attn

#endif // ATTN_IMPORT_DECODERIMPORT_H
