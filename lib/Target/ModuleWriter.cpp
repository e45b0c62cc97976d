// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts a module together: one object for each variant, one for the weights, one
// for the descriptor and the note, which needs the hash of the others; then the
// linker.
#include "attn/Target/ModuleWriter.h"
#include "CodeUnit.h"
#include "Descriptor.h"
#include "Header.h"
#include "Linker.h"
#include "ModuleReader.h"
#include "WeightsTable.h"
#include "attn/Target/OutputFile.h"
#include "mlir/IR/Threading.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;

namespace attn {

//===----------------------------------------------------------------------===//
// Kinds
//===----------------------------------------------------------------------===//

ArrayRef<EmitKind> getEmitKinds() {
  static const EmitKind kinds[] = {EmitKind::Module, EmitKind::Object, EmitKind::Header,
                                   EmitKind::MLIR,   EmitKind::LLVM,   EmitKind::Asm};
  return kinds;
}

StringRef getEmitKindName(EmitKind kind) {
  static const llvm::StringLiteral names[] = {"module", "object", "header", "mlir", "llvm", "asm"};
  return names[static_cast<unsigned>(kind)];
}

StringRef getEmitKindSuffix(EmitKind kind) {
  static const llvm::StringLiteral suffixes[] = {".so", ".o", ".h", ".mlir", ".ll", ".s"};
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
      : module(module), options(options), path(path) {}

  llvm::Expected<WriterReport> run() {
    FailureOr<ModuleContents> read = readModuleContents(module, options.name, options.producer);
    if (failed(read))
      return refuseReported();
    contents = std::move(*read);
    llvm::Error error = options.kind == EmitKind::Header ? writeHeaderOnly() : writeKind();
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
  static llvm::Error refuseReported() { return llvm::createStringError(llvm::inconvertibleErrorCode(), ""); }

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

  /// Translates the variants one after the other, as that may emit diagnostics,
  /// and cleans them up and generates code, if any is asked for, at the same
  /// time: that takes longest of all. Units are in the order of the variants.
  llvm::Error makeVariants(std::optional<CodeKind> kind) {
    for (size_t variant = 0; variant < contents.modules.size(); ++variant) {
      auto unit = std::make_unique<CodeUnit>();
      std::unique_ptr<llvm::Module> code =
          translateVariant(contents.modules[variant], *contents.description.variants[variant], options.name,
                           contents.description.functions, unit->getContext());
      if (!code)
        return refuseReported();
      unit->setModule(std::move(code));
      units.push_back(std::move(unit));
    }
    std::vector<std::optional<llvm::Error>> errors(units.size());
    parallelFor(module.getContext(), 0, units.size(), [&](size_t number) {
      optimise(units[number]->getModule());
      errors[number].emplace(kind ? units[number]->generate(*kind) : llvm::Error::success());
    });
    llvm::Error all = llvm::Error::success();
    for (std::optional<llvm::Error> &error : errors)
      all = llvm::joinErrors(std::move(all), std::move(*error));
    return all;
  }

  llvm::Error writeCodeText() {
    bool isIR = options.kind == EmitKind::LLVM;
    if (llvm::Error error = makeVariants(isIR ? std::nullopt : std::optional(CodeKind::Asm)))
      return error;
    return writeText([&](llvm::raw_ostream &out) {
      for (auto [unit, variant] : llvm::zip_equal(units, contents.description.variants)) {
        out << (isIR ? "; " : "# ") << variant->name << "\n";
        if (isIR)
          unit->getModule().print(out, nullptr);
        else
          out << unit->getBytes();
      }
    });
  }

  //===--- Linked kinds ---------------------------------------------------===//

  llvm::Error writeLinked() {
    llvm::Expected<OutputFile> output = OutputFile::create(path);
    if (!output)
      return output.takeError();
    if (llvm::Error error = makeVariants(CodeKind::Object))
      return error;
    for (const std::unique_ptr<CodeUnit> &unit : units)
      if (llvm::Error error = addObject(unit->getBytes()))
        return error;
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
    LinkKind kind = options.kind == EmitKind::Module ? LinkKind::SharedObject : LinkKind::Relocatable;
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
    return writeTextFile(header, writeHeader(contents.description, descriptionBytes));
  }

  /// A temporary beside the output, where there is room for a module.
  llvm::Expected<OutputFile *> addTemporary() {
    llvm::Expected<OutputFile> object = OutputFile::create(path);
    if (!object)
      return object.takeError();
    objects.push_back(std::move(*object));
    return &objects.back();
  }

  /// Generates the code of a small module in `unit` and adds it.
  llvm::Error addCode(CodeUnit &unit, std::unique_ptr<llvm::Module> code) {
    unit.setModule(std::move(code));
    if (llvm::Error error = unit.generate(CodeKind::Object))
      return error;
    return addObject(unit.getBytes());
  }

  llvm::Error addObject(StringRef object) {
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
    CodeUnit unit;
    llvm::Expected<std::unique_ptr<llvm::Module>> memory = makeMemoryFunctions(unit.getContext());
    return memory ? addCode(unit, std::move(*memory)) : memory.takeError();
  }

  llvm::Error addWeights() {
    if (!options.weights)
      return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                     "expects a model directory for the weights that the input names, but "
                                     "got none");
    llvm::Expected<OutputFile *> file = addTemporary();
    if (!file)
      return file.takeError();
    return (*file)->write([&](llvm::raw_pwrite_stream &out) {
      return writeWeightsObject(contents.weights, getWeightsSymbol(options.name), *options.weights, out, hash);
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
      return llvm::createStringError(llvm::inconvertibleErrorCode(), "expects the module's description to be at most " +
                                                                         llvm::Twine(ATTN_RT_MAX_NOTE_BYTES) +
                                                                         " bytes, but got " +
                                                                         llvm::Twine(bytes.size()));
    CodeUnit unit;
    return addCode(unit, makeDescriptor(description, bytes,
                                        /*linkedStatically=*/options.kind == EmitKind::Object, unit.getContext()));
  }

  ModuleOp module;
  const WriterOptions &options;
  StringRef path;
  ModuleContents contents;
  std::vector<std::unique_ptr<CodeUnit>> units;
  std::vector<OutputFile> objects;
  llvm::BLAKE3 hash;
  uint64_t codeBytes = 0;
  size_t descriptionBytes = 0;
};

} // namespace

llvm::Expected<WriterReport> writeModule(ModuleOp module, const WriterOptions &options, StringRef path) {
  return ModuleWriter(module, options, path).run();
}

} // namespace attn
