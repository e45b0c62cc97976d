// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The data of a module that the runtime finds first: the descriptor with its
// tables of functions, and the note.
#ifndef ATTN_LIB_TARGET_DESCRIPTOR_H
#define ATTN_LIB_TARGET_DESCRIPTOR_H

#include "Description.h"
#include "llvm/IR/Module.h"

namespace attn {

/// The hidden symbol at the start of the weights.
std::string getWeightsSymbol(llvm::StringRef moduleName);

/// `descriptionBytes` is the serialised description. Linked statically, the
/// descriptor carries the module's name, and the description has a symbol, too;
/// else the one exported symbol is ATTN_RT_DESCRIPTOR_SYMBOL.
std::unique_ptr<llvm::Module> makeDescriptor(const ModuleDescription &description, llvm::StringRef descriptionBytes,
                                             bool linkedStatically, llvm::LLVMContext &context);

} // namespace attn

#endif // ATTN_LIB_TARGET_DESCRIPTOR_H
