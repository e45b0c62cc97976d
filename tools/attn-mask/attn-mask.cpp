// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-mask: draws a mask and counts its tiles. No model needed.
#include "Answers.h"
#include "Arguments.h"
#include "attn/Target/OutputFile.h"
#include "dialects/Attn/AttnAttrs.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace attn;
using namespace attn::tool;

namespace {

enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2, kSystem = 4 };

int complain(ExitCode code, const std::string &message) {
  llvm::errs() << "attn-mask: " << message << "\n";
  return code;
}

/// Reads the mask; its first diagnostic goes to `complaint`.
MaskAttrInterface parseMask(mlir::MLIRContext &context, const std::string &text, std::string &complaint) {
  auto refuse = [&] {
    complaint = "expects the mask to be written as in IR, such as '#attn.causal', but got '" + text + "'";
    return MaskAttrInterface();
  };
  if (!llvm::StringRef(text).starts_with("#attn."))
    return refuse();
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (complaint.empty())
      complaint = diagnostic.str();
    return mlir::success();
  });
  mlir::Attribute attribute = mlir::parseAttribute(text, &context);
  if (attribute && !llvm::isa<MaskAttrInterface>(attribute))
    return refuse();
  return llvm::dyn_cast_or_null<MaskAttrInterface>(attribute);
}

/// What the format makes of the facts.
std::string write(Format format, const MaskFacts &facts) {
  std::string text;
  llvm::raw_string_ostream out(text);
  if (format == Format::Ascii)
    writeMaskText(out, facts);
  else if (format == Format::Svg)
    writeMaskSvg(out, facts);
  if (format != Format::Json)
    return text;
  llvm::json::OStream json(out, /*IndentSize=*/1);
  json.object([&] {
    json.attribute("format", 1);
    writeMaskJson(json, facts);
  });
  out << "\n";
  return text;
}

int drawMask(const Arguments &arguments) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<AttnDialect>();
  std::string complaint;
  MaskAttrInterface mask = parseMask(context, arguments.mask, complaint);
  if (!mask)
    return complain(kRefused, complaint);
  MaskFacts facts;
  complaint = answer(arguments, mask, facts);
  if (!complaint.empty())
    return complain(kUsage, complaint);
  std::string text = write(arguments.format, facts);
  if (arguments.output.empty() || arguments.output == "-") {
    llvm::outs() << text;
    return kDone;
  }
  if (llvm::Error error = writeTextFile(arguments.output, text))
    return complain(kSystem, llvm::toString(std::move(error)));
  return kDone;
}

} // namespace

int main(int argc, char **argv) {
  reserveStandardStreams();
  Arguments arguments;
  std::string complaint = readArguments(argc, argv, arguments);
  if (!complaint.empty())
    return complain(kUsage, complaint);
  int code = kDone;
  if (arguments.help)
    llvm::outs() << kHelp;
  else if (arguments.version)
    llvm::outs() << "attn-mask " ATTN_VERSION "\n";
  else
    code = drawMask(arguments);
  if (llvm::Error error = flushStandardOutput(llvm::outs()))
    return complain(kSystem, llvm::toString(std::move(error)));
  return code;
}
