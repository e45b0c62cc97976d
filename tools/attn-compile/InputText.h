// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MLIR that somebody else may have written: read up to a limit, and looked over
// before the parser, which recurses, sees it.
#ifndef ATTN_TOOLS_ATTN_COMPILE_INPUTTEXT_H
#define ATTN_TOOLS_ATTN_COMPILE_INPUTTEXT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace attn::compile {

/// Reads a file, or stdin for `-`, of at most `maxBytes`.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readInput(llvm::StringRef path, uint64_t maxBytes);

/// The deepest nesting of brackets in MLIR text. Brackets in strings and
/// comments do not count.
uint64_t getNesting(llvm::StringRef text);

} // namespace attn::compile

#endif // ATTN_TOOLS_ATTN_COMPILE_INPUTTEXT_H
