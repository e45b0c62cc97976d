// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One LLVM module in a context of its own, with what LLVM complains of, and the
// bytes that it becomes. Nothing is shared between two of them, so that each
// can be on a thread of its own.
#ifndef ATTN_LIB_TARGET_CODEUNIT_H
#define ATTN_LIB_TARGET_CODEUNIT_H

#include "CodeEmitter.h"
#include "llvm/ADT/SmallVector.h"

namespace attn {

class CodeUnit {
public:
  CodeUnit();
  CodeUnit(const CodeUnit &) = delete;
  CodeUnit &operator=(const CodeUnit &) = delete;

  llvm::LLVMContext &getContext() { return context; }
  /// Takes over a module of this context.
  void setModule(std::unique_ptr<llvm::Module> value) { module = std::move(value); }
  llvm::Module &getModule() { return *module; }

  /// Makes the bytes of an object or of an assembly text.
  llvm::Error generate(CodeKind kind);
  llvm::StringRef getBytes() const { return {bytes.data(), bytes.size()}; }

private:
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
  std::string complaints;
  llvm::SmallVector<char, 0> bytes;
};

} // namespace attn

#endif // ATTN_LIB_TARGET_CODEUNIT_H
