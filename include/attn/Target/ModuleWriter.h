// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the IR that the kernel phase leaves to what a user asked for: a module
// that the runtime opens, an object and its C header to link into a program, or
// text to read.
//
// The IR: the outermost module holds `attn.functions` (see
// attn/Analysis/Signature.h), the weights as `ml_program.global` ops with
// `attn.source` and `attn.offset`, and for each CPU variant a nested module of
// the LLVM dialect with `attn.variant`. There, each entry point is an
// `llvm.func @name(!llvm.ptr) -> i32` with `attn.ops` and `attn.faults`, its
// plan an `llvm.func @name.plan(!llvm.ptr, i64, !llvm.ptr, !llvm.ptr) -> i32`;
// everything else becomes internal. See abi.h for what they do.
#ifndef ATTN_TARGET_MODULEWRITER_H
#define ATTN_TARGET_MODULEWRITER_H

#include "attn/Target/WeightSource.h"
#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace attn {

enum class EmitKind { Module, Object, Header, MLIR, LLVM, Asm };

llvm::ArrayRef<EmitKind> getEmitKinds();
llvm::StringRef getEmitKindName(EmitKind kind);
std::optional<EmitKind> findEmitKind(llvm::StringRef name);
/// ".so" and the like.
llvm::StringRef getEmitKindSuffix(EmitKind kind);

struct WriterOptions {
  EmitKind kind = EmitKind::Module;
  /// Of the module; becomes part of C identifiers, so it should start like one.
  std::string name;
  /// Program and version, "attn-compile 0.1.0".
  std::string producer;
  /// Where weights come from; may be null for modules without any.
  WeightSource *weights = nullptr;
};

/// What a written module consists of, for whoever wants to tell the user.
struct WriterReport {
  uint64_t codeBytes = 0;
  uint64_t weightsBytes = 0;
};

/// Registers the translations to LLVM IR that writeModule needs, and the code
/// generator.
void registerTargets(mlir::DialectRegistry &registry);

/// Writes `module` to `path` (`-` is stdout); an object also writes its header
/// beside it. Nothing is left at `path` unless all went well. What is wrong
/// with the IR is emitted as a diagnostic and returned as an error without a
/// message; an error that carries the code of the operating system is about
/// files; any other is about weights, or a bug.
llvm::Expected<WriterReport> writeModule(mlir::ModuleOp module, const WriterOptions &options, llvm::StringRef path);

} // namespace attn

#endif // ATTN_TARGET_MODULEWRITER_H
