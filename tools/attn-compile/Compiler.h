// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One compilation, from the input to the output file.
#ifndef ATTN_TOOLS_ATTN_COMPILE_COMPILER_H
#define ATTN_TOOLS_ATTN_COMPILE_COMPILER_H

#include "Options.h"
#include "Supervisor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace attn::compile {

class Compiler {
public:
  Compiler(const Options &options, llvm::SmallVector<const TargetVariant *> variants, Journal &journal);

  /// Does it all and returns the exit code; says on stderr what is wrong.
  int run();

  /// The passes of each phase, one line for each.
  void printPipeline(llvm::raw_ostream &out);

private:
  int read();
  int readMLIR();
  int runPhases();
  int runPhase(Phase phase);
  int reportSchedules();
  int write();
  int writeText(llvm::StringRef path);

  mlir::LogicalResult handleDiagnostic(mlir::Diagnostic &diagnostic);
  int fail(llvm::Error error);
  /// After something failed whose diagnostics should have said why.
  int endAfter(llvm::StringRef what);
  std::string getOutputPath() const;
  std::string getModelDirectory() const;

  const Options &options;
  PipelineOptions pipeline;
  Journal &journal;
  mlir::DialectRegistry registry;
  mlir::MLIRContext context;
  mlir::ScopedDiagnosticHandler diagnostics;
  unsigned errors = 0;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace attn::compile

#endif // ATTN_TOOLS_ATTN_COMPILE_COMPILER_H
