// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C header that goes with a module's object: the names a program links
// against, and each function's signature for whoever reads it.
#ifndef ATTN_LIB_TARGET_HEADER_H
#define ATTN_LIB_TARGET_HEADER_H

#include "Description.h"

namespace attn {

/// A C identifier made of a module's name.
std::string getCIdentifier(llvm::StringRef name);

/// The symbols of a linked module: its descriptor, and the description of its
/// note.
std::string getDescriptorSymbol(llvm::StringRef moduleName);
std::string getDescriptionSymbol(llvm::StringRef moduleName);

/// `descriptionBytes` is the size of the serialised description.
std::string writeHeader(const ModuleDescription &description, size_t descriptionBytes);

} // namespace attn

#endif // ATTN_LIB_TARGET_HEADER_H
