// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts a module together: one object for each variant, one for the weights, one
// for the descriptor and the note, which needs the hash of the others; then the
// linker.
#include "attn/Target/ModuleWriter.h"
#include "CodeEmitter.h"
#include "Descriptor.h"
#include "Header.h"
#include "Linker.h"
#include "ModuleReader.h"
#include "WeightsTable.h"
#include "attn/Target/OutputFile.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;

namespace attn {

//===----------------------------------------------------------------------===//
// Kinds
//===----------------------------------------------------------------------===//

ArrayRef<EmitKind> getEmitKinds() {
  static const EmitKind kinds[] = {EmitKind::Module, EmitKind::Object,
                                   EmitKind::Header, EmitKind::MLIR,
                                   EmitKind::LLVM,   EmitKind::Asm};
  return kinds;
}

StringRef getEmitKindName(EmitKind kind) {
  static const llvm::StringLiteral names[] = {"module", "object", "header",
                                              "mlir",   "llvm",   "asm"};
  return names[static_cast<unsigned>(kind)];
}

StringRef getEmitKindSuffix(EmitKind kind) {
  static const llvm::StringLiteral suffixes[] = {".so",   ".o",  ".h",
                                                 ".mlir", ".ll", ".s"};
  return suffixes[static_cast<unsigned>(kind)];
}

std::optional<EmitKind> findEmitKind(StringRef name) {
  for (EmitKind kind : getEmitKinds())
    if (getEmitKindName(kind) == name)
      return kind;
  return std::nullopt;
}

void registerTargets(DialectRegistry &registry) {
  registerAllToLLVMIRTranslations(registry);
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser();
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

namespace {

class ModuleWriter {
public:
  ModuleWriter(ModuleOp module, const WriterOptions &options, StringRef path)
      : module(module), options(options), path(path) {
    // LLVM's own handler prints and ends the process.
    context.setDiagnosticHandlerCallBack(
        [](const llvm::DiagnosticInfo *info, void *self) {
          if (info->getSeverity() != llvm::DS_Error)
            return;
          llvm::raw_string_ostream stream(
              static_cast<ModuleWriter *>(self)->codegenErrors);
          llvm::DiagnosticPrinterRawOStream printer(stream);
          info->print(printer);
        },
        this);
  }

  llvm::Expected<WriterReport> run() {
    FailureOr<ModuleContents> read =
        readModuleContents(module, options.name, options.producer);
    if (failed(read))
      return refuseReported();
    contents = std::move(*read);
    llvm::Error error =
        options.kind == EmitKind::Header ? writeHeaderOnly() : writeKind();
    if (error)
      return std::move(error);
    return WriterReport{codeBytes, contents.weights.bytes};
  }

private:
  llvm::Error writeKind() {
    switch (options.kind) {
    case EmitKind::MLIR:
      return writeText([&](llvm::raw_ostream &out) { module.print(out); });
    case EmitKind::LLVM:
    case EmitKind::Asm:
      return writeCodeText();
    case EmitKind::Header:
    case EmitKind::Module:
    case EmitKind::Object:
      return writeLinked();
    }
    return llvm::Error::success();
  }

  /// The diagnostics have said it all.
  static llvm::Error refuseReported() {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "");
  }

  llvm::Error writeText(llvm::function_ref<void(llvm::raw_ostream &)> print) {
    std::string text;
    llvm::raw_string_ostream out(text);
    print(out);
    return writeTextFile(path, text);
  }

  llvm::Error writeHeaderOnly() {
    std::string bytes = serializeDescription(contents.description);
    return writeTextFile(path, writeHeader(contents.description, bytes.size()));
  }

  llvm::Expected<std::unique_ptr<llvm::Module>> translate(size_t variant) {
    std::unique_ptr<llvm::Module> code = translateVariant(
        contents.modules[variant], *contents.description.variants[variant],
        options.name, contents.description.functions, context);
    if (!code)
      return refuseReported();
    optimise(*code);
    return code;
  }

  llvm::Error generate(llvm::Module &code, CodeKind kind,
                       SmallVectorImpl<char> &bytes) {
    llvm::raw_svector_ostream out(bytes);
    llvm::Error error = emitCode(code, kind, out);
    if (!error && !codegenErrors.empty())
      return llvm::createStringError(
          std::make_error_code(std::errc::state_not_recoverable),
          "expects LLVM to generate code, but got '" + codegenErrors + "'");
    return error;
  }

  llvm::Error writeCodeText() {
    SmallVector<char, 0> text;
    for (size_t variant = 0; variant < contents.modules.size(); ++variant) {
      llvm::Expected<std::unique_ptr<llvm::Module>> code = translate(variant);
      if (!code)
        return code.takeError();
      llvm::raw_svector_ostream out(text);
      StringRef name = contents.description.variants[variant]->name;
      out << (options.kind == EmitKind::LLVM ? "; " : "# ") << name << "\n";
      if (options.kind == EmitKind::LLVM)
        (*code)->print(out, nullptr);
      else if (llvm::Error error = generate(**code, CodeKind::Asm, text))
        return error;
    }
    return writeTextFile(path, StringRef(text.data(), text.size()));
  }

  //===--- Linked kinds ---------------------------------------------------===//

  llvm::Error writeLinked() {
    llvm::Expected<OutputFile> output = OutputFile::create(path);
    if (!output)
      return output.takeError();
    for (size_t variant = 0; variant < contents.modules.size(); ++variant) {
      llvm::Expected<std::unique_ptr<llvm::Module>> code = translate(variant);
      if (!code)
        return code.takeError();
      if (llvm::Error error = addObject(**code))
        return error;
    }
    if (options.kind == EmitKind::Module)
      if (llvm::Error error = addMemoryFunctions())
        return error;
    if (contents.weights.bytes)
      if (llvm::Error error = addWeights())
        return error;
    if (llvm::Error error = addDescriptor())
      return error;
    std::vector<std::string> inputs;
    for (const OutputFile &object : objects)
      inputs.push_back(object.getTemporaryPath().str());
    LinkKind kind = options.kind == EmitKind::Module ? LinkKind::SharedObject
                                                     : LinkKind::Relocatable;
    if (llvm::Error error = link(kind, inputs, output->getTemporaryPath()))
      return error;
    if (options.kind == EmitKind::Object)
      if (llvm::Error error = writeHeaderBeside())
        return error;
    return output->commit();
  }

  llvm::Error writeHeaderBeside() {
    if (path == "-")
      return llvm::Error::success();
    SmallString<128> header(path);
    llvm::sys::path::replace_extension(header, ".h");
    return writeTextFile(header,
                         writeHeader(contents.description, descriptionBytes));
  }

  /// A temporary beside the output, where there is room for a module.
  llvm::Expected<OutputFile *> addTemporary() {
    llvm::Expected<OutputFile> object = OutputFile::create(path);
    if (!object)
      return object.takeError();
    objects.push_back(std::move(*object));
    return &objects.back();
  }

  llvm::Error addObject(llvm::Module &code) {
    SmallVector<char, 0> bytes;
    if (llvm::Error error = generate(code, CodeKind::Object, bytes))
      return error;
    StringRef object(bytes.data(), bytes.size());
    hash.update(object);
    codeBytes += object.size();
    llvm::Expected<OutputFile *> file = addTemporary();
    if (!file)
      return file.takeError();
    return (*file)->write([&](llvm::raw_pwrite_stream &out) {
      out << object;
      return llvm::Error::success();
    });
  }

  llvm::Error addMemoryFunctions() {
    llvm::Expected<std::unique_ptr<llvm::Module>> memory =
        makeMemoryFunctions(context);
    return memory ? addObject(**memory) : memory.takeError();
  }

  llvm::Error addWeights() {
    if (!options.weights)
      return llvm::createStringError(
          llvm::inconvertibleErrorCode(),
          "expects a model directory for the weights that the input names, but "
          "got none");
    llvm::Expected<OutputFile *> file = addTemporary();
    if (!file)
      return file.takeError();
    return (*file)->write([&](llvm::raw_pwrite_stream &out) {
      return writeWeightsObject(contents.weights,
                                getWeightsSymbol(options.name),
                                *options.weights, out, hash);
    });
  }

  llvm::Error addDescriptor() {
    ModuleDescription &description = contents.description;
    // The description itself is hashed with an empty uuid: signatures count as
    // input, too.
    hash.update(serializeDescription(description));
    llvm::BLAKE3Result<16> uuid = hash.final<16>();
    llvm::copy(uuid, description.uuid.begin());
    std::string bytes = serializeDescription(description);
    descriptionBytes = bytes.size();
    if (bytes.size() > ATTN_RT_MAX_NOTE_BYTES)
      return llvm::createStringError(
          llvm::inconvertibleErrorCode(),
          "expects the module's description to be at most " +
              llvm::Twine(ATTN_RT_MAX_NOTE_BYTES) + " bytes, but got " +
              llvm::Twine(bytes.size()));
    std::unique_ptr<llvm::Module> descriptor = makeDescriptor(
        description, bytes,
        /*linkedStatically=*/options.kind == EmitKind::Object, context);
    return addObject(*descriptor);
  }

  ModuleOp module;
  const WriterOptions &options;
  StringRef path;
  llvm::LLVMContext context;
  std::string codegenErrors;
  ModuleContents contents;
  std::vector<OutputFile> objects;
  llvm::BLAKE3 hash;
  uint64_t codeBytes = 0;
  size_t descriptionBytes = 0;
};

} // namespace

llvm::Expected<WriterReport>
writeModule(ModuleOp module, const WriterOptions &options, StringRef path) {
  return ModuleWriter(module, options, path).run();
}

} // namespace attn
