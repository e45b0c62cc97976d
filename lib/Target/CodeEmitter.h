// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a variant's module of the LLVM dialect to LLVM IR, and from LLVM IR to
// an object or to assembly.
#ifndef ATTN_LIB_TARGET_CODEEMITTER_H
#define ATTN_LIB_TARGET_CODEEMITTER_H

#include "Description.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace attn {

/// All code is for this triple.
inline constexpr llvm::StringLiteral kTargetTriple = "x86_64-unknown-linux-gnu";

enum class CodeKind { Object, Asm };

/// The symbols of a function's code in one variant. They carry the module's
/// name, because objects of several modules meet in one program.
std::string getEntrySymbol(llvm::StringRef module, llvm::StringRef function, const TargetVariant &variant);
std::string getPlanSymbol(llvm::StringRef module, llvm::StringRef function, const TargetVariant &variant);

/// Translates a variant. Entry points and plans get their symbols, hidden;
/// everything else becomes internal; plans and what they call are compiled for
/// any x86-64. Emits what is wrong and returns null.
std::unique_ptr<llvm::Module> translateVariant(mlir::ModuleOp variantModule, const TargetVariant &variant,
                                               llvm::StringRef moduleName,
                                               llvm::ArrayRef<FunctionDescription> functions,
                                               llvm::LLVMContext &context);

/// An empty module for the triple, to be filled with data.
std::unique_ptr<llvm::Module> makeBaselineModule(llvm::StringRef name, llvm::LLVMContext &context);

/// The implementations of the memory functions that generated code may call,
/// hidden; `memcpy` and its kind.
llvm::Expected<std::unique_ptr<llvm::Module>> makeMemoryFunctions(llvm::LLVMContext &context);

/// Light clean-up. The order of instructions is the kernels' own: nothing here
/// moves code.
void optimise(llvm::Module &module);

/// Generates code into `out`.
llvm::Error emitCode(llvm::Module &module, CodeKind kind, llvm::raw_pwrite_stream &out);

} // namespace attn

#endif // ATTN_LIB_TARGET_CODEEMITTER_H
