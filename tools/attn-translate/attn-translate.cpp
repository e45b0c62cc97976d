// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-translate: from other formats to MLIR text, and nothing else: no pass
// runs here.
#include "attn/Import/HuggingFace.h"
#include "attn/Target/OutputFile.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

using namespace mlir;

namespace {

constexpr char kHelp[] =
    R"(attn-translate - from other formats to MLIR text

usage: attn-translate --import-hf DIR [-o FILE]

  --import-hf DIR   a Hugging Face directory (config.json, *.safetensors) of a
                    model_type that attn-compile takes; weights stay in DIR:
                    each ml_program.global names its tensor in attn.source
  -o FILE           where to write (default: -, the standard output)
  --locations       print the location of each op: the step of the model that it
                    belongs to
  --version, --help

exit status: 0 ok, 1 refused, 2 usage, 4 the output could not be written
)";

enum ExitCode { Ok = 0, Refused = 1, Usage = 2, System = 4 };

struct Options {
  std::string directory, output = "-";
  bool help = false, version = false, locations = false;
};

int complain(ExitCode code, const Twine &message) {
  llvm::errs() << "attn-translate: " << message << '\n';
  return code;
}

/// Returns the empty string, or what is wrong with the command line.
std::string parse(ArrayRef<char *> arguments, Options &options) {
  while (!arguments.empty()) {
    StringRef option = arguments.consume_front();
    std::string *value = option == "--import-hf" ? &options.directory : option == "-o" ? &options.output : nullptr;
    if (value && arguments.empty())
      return ("expects a value behind " + option + ", but got none").str();
    if (value)
      *value = arguments.consume_front();
    else if (option == "--help")
      options.help = true;
    else if (option == "--version")
      options.version = true;
    else if (option == "--locations")
      options.locations = true;
    else
      return ("expects an option of --help, but got '" + option + "'").str();
  }
  if (options.directory.empty() && !options.help && !options.version)
    return "expects --import-hf DIR, but got nothing to import";
  return "";
}

/// One line for each diagnostic, in the words of the other tools.
void printDiagnostics(MLIRContext &context) {
  context.getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
    bool isWarning = diagnostic.getSeverity() == DiagnosticSeverity::Warning;
    llvm::errs() << "attn-translate: " << (isWarning ? "warning: " : "") << diagnostic.str() << '\n';
    return success();
  });
}

int translate(const Options &options) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  printDiagnostics(context);
  OwningOpRef<ModuleOp> module = attn::importHuggingFace(options.directory, context);
  if (!module)
    return Refused;
  OpPrintingFlags flags;
  if (options.locations)
    flags.enableDebugInfo(/*enable=*/true, /*prettyForm=*/false);
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, flags);
  if (llvm::Error error = attn::writeTextFile(options.output, text))
    return complain(System, llvm::toString(std::move(error)));
  return Ok;
}

} // namespace

int main(int argc, char **argv) {
  attn::reserveStandardStreams();
  Options options;
  std::string problem = parse(ArrayRef(argv, argc).drop_front(), options);
  if (!problem.empty())
    return complain(Usage, problem);
  int code = Ok;
  if (options.help)
    llvm::outs() << kHelp;
  else if (options.version)
    llvm::outs() << "attn-translate " ATTN_VERSION "\n";
  else
    code = translate(options);
  if (llvm::Error error = attn::flushStandardOutput(llvm::outs()))
    return complain(System, llvm::toString(std::move(error)));
  return code;
}
