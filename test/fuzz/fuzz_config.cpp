// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any bytes as config.json of a BertModel or of a decoder of any family: either sizes that a graph can be
// made of, or an error on one printable line.
#include "BertConfig.h"
#include "DecoderConfig.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringExtras.h"
#include <cstdlib>

using namespace attn;

static bool isSound(const BertConfig &config) {
  return config.hidden >= 1 && config.heads >= 1 && config.layers >= 1 && config.layers <= 1000 && config.inner >= 1 &&
         config.vocabulary >= 1 && config.positions >= 1 && config.types >= 1 && config.epsilon >= 0 &&
         config.epsilon < 1 && config.hidden % config.heads == 0;
}

static bool isSound(const DecoderConfig &config) {
  bool hasRope = !config.rope || int64_t(config.rope->frequencies.size()) * 2 == config.headSize;
  return config.hidden >= 1 && config.heads >= 1 && config.keyHeads >= 1 && config.heads % config.keyHeads == 0 &&
         config.headSize >= 1 && config.inner >= 1 && config.vocabulary >= 1 && config.positions >= 1 &&
         !config.layers.empty() && config.layers.size() <= 1000 && config.epsilon >= 0 && config.epsilon < 1 && hasRope;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  unsigned errors = 0;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    errors += diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
    if (!llvm::all_of(diagnostic.str(), llvm::isPrint))
      abort();
    return mlir::success();
  });
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::Expected<JsonValue> root = parseJson(text, "file");
  if (!root) {
    llvm::consumeError(root.takeError());
    return 0;
  }
  mlir::FailureOr<BertConfig> config = readBertConfig(*root, "file", mlir::UnknownLoc::get(&context));
  if (mlir::succeeded(config) ? errors != 0 || !isSound(*config) : errors == 0)
    abort();
  for (DecoderFamily family : {DecoderFamily::Llama, DecoderFamily::Mistral, DecoderFamily::Qwen2,
                               DecoderFamily::Qwen3, DecoderFamily::Gpt2}) {
    errors = 0;
    mlir::FailureOr<DecoderConfig> decoder =
        readDecoderConfig(family, *root, "file", mlir::UnknownLoc::get(&context));
    if (mlir::succeeded(decoder) ? errors != 0 || !isSound(*decoder) : errors == 0)
      abort();
  }
  return 0;
}
