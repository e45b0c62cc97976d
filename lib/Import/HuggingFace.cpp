// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the importer for a directory's model_type.
#include "attn/Import/HuggingFace.h"
#include "BertImport.h"
#include "DecoderImport.h"
#include "attn/Import/Json.h"
#include "attn/Import/ModelDirectory.h"
#include "dialects/Attn/AttnDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace attn;

namespace {

using Importer = OwningOpRef<ModuleOp> (*)(const ModelDirectory &, const JsonValue &, StringRef, MLIRContext &);

struct ModelType {
  StringRef name;
  Importer import;
};

template <DecoderFamily family>
OwningOpRef<ModuleOp> importFamily(const ModelDirectory &directory, const JsonValue &config, StringRef configPath,
                                   MLIRContext &context) {
  return importDecoder(family, directory, config, configPath, context);
}

constexpr ModelType kModelTypes[] = {{"bert", importBert},
                                     {"gpt2", importFamily<DecoderFamily::Gpt2>},
                                     {"llama", importFamily<DecoderFamily::Llama>},
                                     {"mistral", importFamily<DecoderFamily::Mistral>},
                                     {"qwen2", importFamily<DecoderFamily::Qwen2>},
                                     {"qwen3", importFamily<DecoderFamily::Qwen3>}};

constexpr uint64_t kMaxConfigBytes = 16 << 20;

} // namespace

void attn::loadImportDialects(MLIRContext &context) {
  context.loadDialect<AttnDialect, arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                      ml_program::MLProgramDialect, scf::SCFDialect, tensor::TensorDialect>();
}

static std::string knownModelTypes() {
  std::string names;
  for (const ModelType &type : kModelTypes)
    names += (names.empty() ? "" : ", ") + quotedText(type.name, '"');
  return names;
}

static OwningOpRef<ModuleOp> importConfigured(const ModelDirectory &directory, const MappedFile &file,
                                              MLIRContext &context) {
  Location loc = UnknownLoc::get(&context);
  llvm::Expected<JsonValue> config = parseJson(file.getBytes(), file.getPath());
  if (!config) {
    emitError(loc) << llvm::toString(config.takeError());
    return nullptr;
  }
  if (config->kind != JsonValue::Kind::Object) {
    emitError(loc) << file.getPath() << ": expects the file to hold a JSON object, but got " << config->describe();
    return nullptr;
  }
  const JsonValue *name = config->find("model_type");
  for (const ModelType &type : kModelTypes)
    if (name && name->string == type.name)
      return type.import(directory, *config, file.getPath(), context);
  emitError(loc) << file.getPath() << ": expects 'model_type' to be one of " << knownModelTypes() << ", but got "
                 << (name ? name->describe() : "no such field");
  return nullptr;
}

OwningOpRef<ModuleOp> attn::importHuggingFace(StringRef path, MLIRContext &context) {
  loadImportDialects(context);
  Location loc = UnknownLoc::get(&context);
  llvm::Expected<ModelDirectory> directory = ModelDirectory::open(path);
  if (!directory) {
    emitError(loc) << llvm::toString(directory.takeError());
    return nullptr;
  }
  llvm::Expected<MappedFile> file = directory->map("config.json", kMaxConfigBytes);
  if (!file) {
    emitError(loc) << llvm::toString(file.takeError());
    return nullptr;
  }
  OwningOpRef<ModuleOp> module = importConfigured(*directory, *file, context);
  if (module && failed(verify(*module)))
    return nullptr;
  return module;
}
