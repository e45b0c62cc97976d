// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module's description: what its ELF note says, and its serialised form
// (abi.h, "The note").
#ifndef ATTN_LIB_TARGET_DESCRIPTION_H
#define ATTN_LIB_TARGET_DESCRIPTION_H

#include "attn/Analysis/Signature.h"
#include "attn/Analysis/TargetVariant.h"

namespace attn {

/// What the runtime is told of one function.
struct FunctionDescription {
  FunctionSignature signature;
  /// Name and kind, as op_begin numbers them.
  std::vector<std::pair<std::string, std::string>> ops;
  std::vector<std::string> faults;
};

struct ModuleDescription {
  std::string name, producer, target;
  std::array<uint8_t, 16> uuid{};
  uint64_t weightsBytes = 0;
  std::vector<const TargetVariant *> variants;
  std::vector<FunctionDescription> functions;
};

/// The description as bytes, without the note's header.
std::string serializeDescription(const ModuleDescription &description);

/// The whole note, header and padding included.
std::string wrapInNote(llvm::StringRef description);

/// Bytes in front of the description in its note.
inline constexpr size_t kNoteHeaderBytes = 12 + 8;

} // namespace attn

#endif // ATTN_LIB_TARGET_DESCRIPTION_H
