// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// config.json of a decoder: what all families share, and what tells them apart, as plain facts about the graph. Private
// to lib/Import.
#ifndef ATTN_IMPORT_DECODERCONFIG_H
#define ATTN_IMPORT_DECODERCONFIG_H

#include "RopeConfig.h"

namespace attn {

enum class DecoderFamily { Llama, Mistral, Qwen2, Qwen3, Gpt2 };

/// What may differ from layer to layer. Layers of equal form share one function.
struct LayerForm {
  double scale = 1;
  /// The number of keys that a query sees, itself among them; 0 for all.
  int64_t window = 0;

  bool operator==(const LayerForm &other) const { return scale == other.scale && window == other.window; }
};

struct DecoderConfig {
  DecoderFamily family = DecoderFamily::Llama;
  int64_t hidden = 0, heads = 0, keyHeads = 0, headSize = 0, inner = 0;
  int64_t vocabulary = 0, positions = 0;
  double epsilon = 0;
  Activation activation = Activation::Silu;
  bool qkvBias = false, outputBias = false, innerBias = false;
  /// Queries and keys are normed, head by head.
  bool headNorms = false;
  /// The head reads the table of the embedding.
  bool tied = false;
  /// Nothing where positions have learned embeddings.
  std::optional<RopeConfig> rope;
  std::vector<LayerForm> layers;

  bool isGpt2() const { return family == DecoderFamily::Gpt2; }
  int64_t queryWidth() const { return heads * headSize; }
  int64_t keyWidth() const { return keyHeads * headSize; }
};

/// Emits an error for each field that is wrong or asks for what is not implemented, and a warning for each whose
/// meaning is unknown.
mlir::FailureOr<DecoderConfig> readDecoderConfig(DecoderFamily family, const JsonValue &root, llvm::StringRef path,
                                                 mlir::Location loc);

} // namespace attn

#endif // ATTN_IMPORT_DECODERCONFIG_H
