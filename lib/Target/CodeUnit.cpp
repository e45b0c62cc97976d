// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CodeUnit.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"

namespace attn {

CodeUnit::CodeUnit() {
  // LLVM's own handler prints and ends the process.
  context.setDiagnosticHandlerCallBack(
      [](const llvm::DiagnosticInfo *info, void *complaints) {
        if (info->getSeverity() != llvm::DS_Error)
          return;
        llvm::raw_string_ostream stream(*static_cast<std::string *>(complaints));
        llvm::DiagnosticPrinterRawOStream printer(stream);
        info->print(printer);
      },
      &complaints);
}

llvm::Error CodeUnit::generate(CodeKind kind) {
  llvm::raw_svector_ostream out(bytes);
  llvm::Error error = emitCode(*module, kind, out);
  if (!error && !complaints.empty())
    return llvm::createStringError(std::make_error_code(std::errc::state_not_recoverable),
                                   "expects LLVM to generate code, but got '" + complaints + "'");
  return error;
}

} // namespace attn
