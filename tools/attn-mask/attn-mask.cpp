// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-mask: draws a mask and counts its tiles. No model needed.
#include "Arguments.h"
#include "Report.h"
#include "attn/Analysis/MaskSymbols.h"
#include "dialects/Attn/AttnAttrs.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

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

/// The number of the symbol that `name` means, or a complaint.
std::string findSymbol(const std::vector<std::string> &names, const std::string &name, size_t &number) {
  if (!llvm::StringRef(name).getAsInteger(10, number)) {
    if (number < names.size())
      return {};
    return "expects the number of a symbol to be below " + std::to_string(names.size()) + ", but got " + name;
  }
  auto matches = llvm::count(names, name);
  number = llvm::find(names, name) - names.begin();
  if (matches == 1)
    return {};
  if (matches > 1)
    return "expects '" + name + "' to name one symbol, but got " + std::to_string(matches) + "; use their numbers";
  return "expects a symbol of the mask (" + (names.empty() ? "none" : llvm::join(names, ", ")) + "), but got '" + name +
         "'";
}

/// Gives each symbol its value.
std::string bindSymbols(const Arguments &arguments, const std::vector<std::string> &names,
                        std::vector<int64_t> &values) {
  std::vector<bool> bound(names.size(), false);
  values.assign(names.size(), 0);
  for (const auto &[name, value] : arguments.symbols) {
    size_t number;
    std::string complaint = findSymbol(names, name, number);
    if (!complaint.empty())
      return complaint;
    values[number] = value;
    bound[number] = true;
  }
  for (size_t number = 0; number < names.size(); ++number)
    if (!bound[number])
      return "expects symbol " + std::to_string(number) + " (" + names[number] +
             ") to have a value, but got none; use --symbol=" + std::to_string(number) + "=VALUE";
  return {};
}

int drawMask(const Arguments &arguments) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<AttnDialect>();
  std::string complaint;
  MaskAttrInterface mask = parseMask(context, arguments.mask, complaint);
  if (!mask)
    return complain(kRefused, complaint);
  std::vector<std::string> names = getMaskSymbolNames(mask);
  MaskProblem problem{arguments.batch, arguments.head, arguments.queries, arguments.keys, {}};
  complaint = bindSymbols(arguments, names, problem.symbols);
  if (!complaint.empty())
    return complain(kUsage, complaint);
  MaskCounter counter([&](MaskBuilder &b) { return mask.build(b); }, problem);
  complaint = report(llvm::outs(), arguments, counter);
  return complaint.empty() ? kDone : complain(kUsage, complaint);
}

} // namespace

int main(int argc, char **argv) {
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
  llvm::outs().flush();
  if (std::error_code error = llvm::outs().error()) {
    llvm::outs().clear_error();
    return complain(kSystem, "cannot write the output: " + error.message());
  }
  return code;
}
