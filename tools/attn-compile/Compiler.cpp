// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Compiler.h"
#include "InputText.h"
#include "ModelWeights.h"
#include "Report.h"
#include "attn/Import/HuggingFace.h"
#include "attn/Pipelines/Registration.h"
#include "attn/Target/OutputFile.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include <chrono>

using namespace mlir;

namespace attn::compile {

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  attn::registerAllDialects(registry);
  attn::registerTargets(registry);
  return registry;
}

Compiler::Compiler(const Options &options, SmallVector<const TargetVariant *> variants, Journal &journal)
    : options(options), journal(journal), registry(makeRegistry()), context(registry),
      diagnostics(&context, [this](Diagnostic &diagnostic) { return handleDiagnostic(diagnostic); }) {
  pipeline.variants = std::move(variants);
  pipeline.strategy = options.strategy;
  pipeline.remarks = options.explain;
}

//===----------------------------------------------------------------------===//
// What is said
//===----------------------------------------------------------------------===//

/// "file:line:column: " of the first place in a location that a user can open.
static std::string formatLocation(Location location) {
  std::string text;
  location->walk([&](Location part) {
    auto place = dyn_cast<FileLineColLoc>(part);
    if (!place)
      return WalkResult::advance();
    text = (place.getFilename().strref() + ":" + Twine(place.getLine()) + ":" + Twine(place.getColumn()) + ": ").str();
    return WalkResult::interrupt();
  });
  return text;
}

static std::string onOneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

LogicalResult Compiler::handleDiagnostic(Diagnostic &diagnostic) {
  std::string text = onOneLine(diagnostic.str());
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Remark:
    if (!options.explain)
      return success();
    text = "remark: " + text;
    break;
  case DiagnosticSeverity::Error:
    ++errors;
    break;
  case DiagnosticSeverity::Warning:
    text = "warning: " + text;
    break;
  case DiagnosticSeverity::Note:
    text = "note: " + text;
    break;
  }
  llvm::errs() << "attn-compile: " << formatLocation(diagnostic.getLocation()) << text << "\n";
  for (Diagnostic &note : diagnostic.getNotes())
    if (diagnostic.getSeverity() == DiagnosticSeverity::Warning ||
        !StringRef(note.str()).starts_with("see current operation"))
      (void)handleDiagnostic(note);
  return success();
}

int Compiler::fail(llvm::Error error) {
  std::error_code code;
  std::string message;
  llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) {
    code = info.convertToErrorCode();
    message = onOneLine(info.message());
  });
  if (!message.empty())
    llvm::errs() << "attn-compile: " << message << "\n";
  if (code == llvm::inconvertibleErrorCode())
    return kRefused;
  return code == std::errc::state_not_recoverable ? kBug : kSystem;
}

int Compiler::endAfter(StringRef what) {
  if (errors)
    return kRefused;
  llvm::errs() << "attn-compile: expects " << what << " to say why it failed, but got no message\n";
  return kBug;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

int Compiler::read() {
  journal.setPhase(kReadingPhase);
  if (!llvm::sys::fs::is_directory(options.input))
    return readMLIR();
  loadImportDialects(context);
  module = importHuggingFace(options.input, context);
  return module ? kDone : endAfter("the import");
}

int Compiler::readMLIR() {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> input = readInput(options.input, options.maxInputBytes);
  if (!input)
    return fail(input.takeError());
  StringRef text = (*input)->getBuffer();
  if (!isBytecode((*input)->getMemBufferRef())) {
    uint64_t nesting = getNesting(text);
    if (nesting > options.maxNesting) {
      llvm::errs() << "attn-compile: expects '" << (*input)->getBufferIdentifier() << "' to nest at most "
                   << options.maxNesting << " brackets (--max-nesting), but got " << nesting << "\n";
      return kRefused;
    }
  }
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(*input), llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  return module ? kDone : endAfter("the parser");
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

static std::string printToString(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  module.print(out);
  return text;
}

static double getSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int Compiler::runPhase(Phase phase) {
  journal.setPhase(getPhaseName(phase));
  PassManager passes(&context, ModuleOp::getOperationName());
  buildPhase(phase, passes, pipeline);
  // Once a phase: after each pass it would be a quarter of the whole time.
  passes.enableVerifier(false);
  double start = getSeconds();
  if (failed(passes.run(*module)) || failed(verify(*module)))
    return endAfter(getPhaseName(phase));
  if (options.verbose)
    llvm::errs() << llvm::formatv("{0,-10} {1,8:f3} s\n", getPhaseName(phase), getSeconds() - start);
  if (options.saveTemps.empty())
    return kDone;
  std::string name = llvm::formatv("{0}-{1}.mlir", static_cast<unsigned>(phase), getPhaseName(phase));
  SmallString<128> path(options.saveTemps);
  llvm::sys::path::append(path, name);
  llvm::Error error = writeTextFile(path, printToString(*module));
  return error ? fail(std::move(error)) : kDone;
}

/// Between schedules, which say it all, and the loops that they become.
int Compiler::reportSchedules() {
  Tables tables;
  std::string wrong = makeTables(*module, options.strategy, options.at, tables);
  if (!wrong.empty()) {
    llvm::errs() << "attn-compile: " << wrong << "\n";
    return kRefused;
  }
  ModelReport report = makeReport(tables, options.at);
  if (options.explain)
    explain(getOutputPath() == "-" ? llvm::errs() : llvm::outs(), tables, report);
  if (options.report.empty())
    return kDone;
  report.model = options.input == "-" ? "stdin" : llvm::sys::path::filename(StringRef(options.input).rtrim('/')).str();
  report.producer = getVersion();
  llvm::Error error = writeTextFile(options.report, formatReport(report, options.report));
  return error ? fail(std::move(error)) : kDone;
}

int Compiler::runPhases() {
  journal.setModule(printToString(*module));
  Phase from = options.from.value_or(Phase::Import), to = options.to.value_or(Phase::Kernel);
  for (Phase phase : getPhases()) {
    if (phase > from && phase <= to)
      if (int code = runPhase(phase))
        return code;
    if (phase == Phase::Optimise && (options.explain || !options.report.empty()))
      if (int code = reportSchedules())
        return code;
  }
  return kDone;
}

void Compiler::printPipeline(llvm::raw_ostream &out) {
  for (Phase phase : getPhases()) {
    PassManager passes(&context, ModuleOp::getOperationName());
    buildPhase(phase, passes, pipeline);
    if (passes.empty())
      continue;
    out << getPhaseName(phase) << ": ";
    passes.printAsTextualPipeline(out);
    out << "\n";
  }
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

std::string Compiler::getOutputPath() const {
  if (!options.output.empty())
    return options.output;
  if (options.to || options.emit == EmitKind::MLIR || options.input == "-")
    return "-";
  // A directory's own name, also for "model/".
  StringRef input = options.input;
  while (input.size() > 1 && input.ends_with("/"))
    input = input.drop_back();
  StringRef name = llvm::sys::fs::is_directory(input) ? llvm::sys::path::filename(input) : llvm::sys::path::stem(input);
  return (name + getEmitKindSuffix(options.emit)).str();
}

std::string Compiler::getModelDirectory() const {
  if (!options.modelDirectory.empty())
    return options.modelDirectory;
  if (llvm::sys::fs::is_directory(options.input))
    return options.input;
  StringRef parent = options.input == "-" ? "" : llvm::sys::path::parent_path(options.input);
  return parent.empty() ? "." : parent.str();
}

int Compiler::writeText(StringRef path) {
  llvm::Error error = writeTextFile(path, printToString(*module));
  return error ? fail(std::move(error)) : kDone;
}

int Compiler::write() {
  journal.setPhase("writing the output");
  std::string path = getOutputPath();
  if (options.to || options.emit == EmitKind::MLIR)
    return writeText(path);
  ModelWeights weights(getModelDirectory());
  WriterOptions writer;
  writer.kind = options.emit;
  writer.name = (path == "-" ? StringRef("module") : llvm::sys::path::stem(path)).str();
  writer.producer = getVersion();
  writer.weights = &weights;
  double start = getSeconds();
  llvm::Expected<WriterReport> report = writeModule(*module, writer, path);
  if (!report)
    return fail(report.takeError());
  if (options.verbose)
    llvm::errs() << llvm::formatv("{0,-10} {1,8:f3} s; {2} bytes of code, {3} of weights\n",
                                  getEmitKindName(options.emit), getSeconds() - start, report->codeBytes,
                                  report->weightsBytes);
  return kDone;
}

int Compiler::run() {
  double start = getSeconds();
  if (int code = read())
    return code;
  if (options.verbose)
    llvm::errs() << llvm::formatv("{0,-10} {1,8:f3} s\n", "import", getSeconds() - start);
  if (int code = runPhases())
    return code;
  return write();
}

} // namespace attn::compile
