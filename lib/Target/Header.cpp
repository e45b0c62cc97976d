// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Header.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace attn {

std::string getCIdentifier(llvm::StringRef name) {
  std::string identifier;
  for (char c : name)
    identifier += llvm::isAlnum(c) ? c : '_';
  if (identifier.empty() || llvm::isDigit(identifier[0]))
    identifier = "m" + identifier;
  return identifier;
}

std::string getDescriptorSymbol(llvm::StringRef moduleName) { return getCIdentifier(moduleName) + "_module"; }
std::string getDescriptionSymbol(llvm::StringRef moduleName) { return getCIdentifier(moduleName) + "_description"; }

/// A name that cannot end the comment it stands in.
static std::string inComment(llvm::StringRef text) {
  std::string safe;
  for (char c : text)
    safe += c == '*' || c == '\\' ? '?' : c;
  return safe;
}

static void writeValue(llvm::raw_ostream &out, const FunctionSignature &signature, const SignatureValue &value) {
  out << inComment(value.name) << ": " << getDtypeName(value.dtype) << "[";
  llvm::interleaveComma(value.dims, out, [&](const SignatureDim &dim) {
    if (dim.symbol == ATTN_RT_DIM_STATIC)
      out << dim.size;
    else
      out << (dim.symbol == ATTN_RT_DIM_COMPUTED ? "?" : inComment(signature.symbols[dim.symbol].name));
  });
  out << "]";
  if (value.range)
    out << " from " << value.range->first << " to " << value.range->second;
}

static void writeFunction(llvm::raw_ostream &out, const FunctionSignature &signature) {
  out << " *\n *   " << inComment(signature.name) << "\n";
  for (const SignatureValue &value : signature.args) {
    out << " *     takes ";
    writeValue(out, signature, value);
    out << "\n";
  }
  for (const SignatureValue &value : signature.results) {
    out << " *     gives ";
    writeValue(out, signature, value);
    out << "\n";
  }
}

std::string writeHeader(const ModuleDescription &description, size_t descriptionBytes) {
  std::string text;
  llvm::raw_string_ostream out(text);
  std::string name = getCIdentifier(description.name), guard = llvm::StringRef(name).upper() + "_H";
  std::string descriptor = getDescriptorSymbol(description.name), bytes = getDescriptionSymbol(description.name);
  out << "/* The module '" << inComment(description.name) << "', by " << description.producer
      << ", to be linked into a program together with attn_rt.\n";
  for (const FunctionDescription &function : description.functions)
    writeFunction(out, function.signature);
  out << " */\n#ifndef " << guard << "\n#define " << guard << "\n\n"
      << "#include \"attn_rt/abi.h\"\n#include \"attn_rt/attn_rt.h\"\n\n"
      << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
      << "extern const struct attn_rt_descriptor " << descriptor << ";\n"
      << "extern const unsigned char " << bytes << "[" << descriptionBytes << "];\n\n"
      << "/* As attn_rt_module_open. */\n"
      << "static inline attn_rt_status " << name << "_open(const attn_rt_open_options *options,\n"
      << "                                  attn_rt_module **module, "
         "attn_rt_error *error) {\n"
      << "  return attn_rt_module_open_linked(&" << descriptor << ", " << bytes << ", sizeof " << bytes
      << ", options, module, error);\n}\n\n"
      << "#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n#endif /* " << guard << " */\n";
  return text;
}

} // namespace attn
