// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the compiler in a child process, so that a crash of any kind (a stack
// that overflows, an assertion, the kernel's memory killer) ends in a message,
// an exit code and a reproducer. The child shares a small memory file in which
// it notes what it is doing.
#ifndef ATTN_TOOLS_ATTN_COMPILE_SUPERVISOR_H
#define ATTN_TOOLS_ATTN_COMPILE_SUPERVISOR_H

#include "Options.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attn::compile {

/// What the child was doing, as far as the parent can know.
class Journal {
public:
  explicit Journal(int file) : file(file) {}

  /// "reading the input", "optimise", ...
  void setPhase(llvm::StringRef phase);
  /// The module from which the rest follows: what a reproducer holds.
  void setModule(llvm::StringRef text);

private:
  int file;
};

/// The phase during which a crash is the input's fault: parsing bytes of
/// unknown origin.
inline constexpr llvm::StringLiteral kReadingPhase = "reading the input";

/// Calls `compile` in a child and returns its exit code; after a crash and
/// after kBug, writes the reproducer and returns kBug. `commandLine` becomes
/// part of the reproducer.
int supervise(const Options &options, llvm::StringRef commandLine, llvm::function_ref<int(Journal &)> compile);

/// Writes what is left for stdout; `code`, or what it is after that failed.
int endOutput(int code);

} // namespace attn::compile

#endif // ATTN_TOOLS_ATTN_COMPILE_SUPERVISOR_H
