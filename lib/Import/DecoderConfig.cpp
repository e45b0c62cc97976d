// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Defaults are those of transformers, for each family its own. Sizes without which no model can be told from another
// have to be there.
#include "DecoderConfig.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace attn;
using llvm::StringRef;
using Kind = JsonValue::Kind;

namespace {

constexpr FixedField kFixedFields[] = {
    {"add_cross_attention", "false"}, {"auto_map", "null"},   {"is_encoder_decoder", "false"}, {"is_causal", "true"},
    {"quantization_config", "null"},  {"pruned_heads", "{}"},
};

/// Training, generation, tokenizing, and how Python runs it.
constexpr StringRef kHarmlessFields[] = {
    "_attn_implementation",
    "_name_or_path",
    "architectures",
    "attention_dropout",
    "attn_implementation",
    "attn_pdrop",
    "bos_token_id",
    "chunk_size_feed_forward",
    "dtype",
    "embd_pdrop",
    "eos_token_id",
    "finetuning_task",
    "gradient_checkpointing",
    "id2label",
    "initializer_range",
    "is_decoder",
    "label2id",
    "model_type",
    "n_ctx",
    "num_labels",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "pad_token_id",
    "pretraining_tp",
    "problem_type",
    "reorder_and_upcast_attn",
    "resid_pdrop",
    "return_dict",
    "summary_activation",
    "summary_first_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
    "task_specific_params",
    "tokenizer_class",
    "torch_dtype",
    "torchscript",
    "transformers_version",
    "use_cache",
};

constexpr ActivationName kActivations[] = {
    {"gelu", Activation::GeluErf}, {"gelu_new", Activation::GeluTanh}, {"gelu_pytorch_tanh", Activation::GeluTanh},
    {"relu", Activation::Relu},    {"silu", Activation::Silu},         {"swish", Activation::Silu}};

StringRef architectureOf(DecoderFamily family) {
  switch (family) {
  case DecoderFamily::Llama:
    return "LlamaForCausalLM";
  case DecoderFamily::Mistral:
    return "MistralForCausalLM";
  case DecoderFamily::Qwen2:
    return "Qwen2ForCausalLM";
  case DecoderFamily::Qwen3:
    return "Qwen3ForCausalLM";
  case DecoderFamily::Gpt2:
    return "GPT2LMHeadModel";
  }
  llvm_unreachable("every family has an architecture");
}

class DecoderReader {
public:
  DecoderReader(DecoderFamily family, ConfigFields &fields) : fields(fields) { config.family = family; }

  DecoderConfig read();

private:
  void checkArchitecture();
  void readGpt2();
  void readLlamaLike();
  void readHeads();
  void readBiases();
  void readWindows();
  void readLayerTypes(int64_t window);

  ConfigFields &fields;
  DecoderConfig config;
};

} // namespace

/// Another head than a language model's has other weights.
void DecoderReader::checkArchitecture() {
  const JsonValue *value = fields.findSet("architectures");
  StringRef expected = architectureOf(config.family);
  if (!value)
    return;
  bool isExpected = llvm::any_of(value->elements, [&](const JsonValue &name) { return name.string == expected; });
  if (!isExpected)
    fields.refuse() << "expects 'architectures' to hold " << quotedText(expected, '"') << ", but got "
                    << (value->elements.size() == 1 ? value->elements[0].describe() : value->describe());
}

void DecoderReader::readGpt2() {
  config.hidden = fields.size("n_embd");
  config.heads = config.keyHeads = fields.size("n_head");
  int64_t layers = fields.size("n_layer", ConfigFields::kMaxLayers);
  config.inner = fields.size("n_inner", ConfigFields::kMaxSize, 4 * config.hidden);
  config.positions = fields.size("n_positions");
  config.epsilon = fields.epsilon("layer_norm_epsilon", /*absent=*/1e-5);
  config.activation = fields.activation("activation_function", kActivations, Activation::GeluTanh);
  config.tied = fields.boolean("tie_word_embeddings", true);
  config.qkvBias = config.outputBias = config.innerBias = true;
  config.headSize = std::max<int64_t>(config.hidden / config.heads, 1);
  if (config.hidden % config.heads != 0)
    fields.refuse() << "expects 'n_head' to divide 'n_embd', but got " << config.heads << " and " << config.hidden;
  bool scaled = fields.boolean("scale_attn_weights", true);
  bool byLayer = fields.boolean("scale_attn_by_inverse_layer_idx", false);
  for (int64_t layer = 0; layer < layers; ++layer) {
    double scale = scaled ? 1 / std::sqrt(double(config.headSize)) : 1;
    config.layers.push_back({byLayer ? scale / double(layer + 1) : scale, 0});
  }
}

void DecoderReader::readHeads() {
  config.heads = fields.size("num_attention_heads");
  bool isLlama = config.family == DecoderFamily::Llama;
  // The other families have a default that no reader of a file expects.
  bool isMissing = !fields.find("num_key_value_heads");
  config.keyHeads = fields.size("num_key_value_heads", ConfigFields::kMaxSize,
                                isMissing && !isLlama ? std::nullopt : std::optional(config.heads));
  if (config.heads % config.keyHeads != 0)
    fields.refuse() << "expects 'num_key_value_heads' to divide 'num_attention_heads', but got " << config.keyHeads
                    << " and " << config.heads;
  bool isQwen3 = config.family == DecoderFamily::Qwen3;
  int64_t share = isQwen3 ? 128 : std::max<int64_t>(config.hidden / config.heads, 1);
  bool hasSize = fields.findSet("head_dim");
  config.headSize = fields.size("head_dim", ConfigFields::kMaxSize, share);
  if (!hasSize && !isQwen3 && config.hidden % config.heads != 0)
    fields.refuse() << "expects 'num_attention_heads' to divide 'hidden_size', but got " << config.heads << " and "
                    << config.hidden;
}

void DecoderReader::readBiases() {
  switch (config.family) {
  case DecoderFamily::Llama:
    config.qkvBias = config.outputBias = fields.boolean("attention_bias", false);
    config.innerBias = fields.boolean("mlp_bias", false);
    return;
  case DecoderFamily::Qwen2:
    config.qkvBias = true;
    return;
  case DecoderFamily::Qwen3:
    config.qkvBias = config.outputBias = fields.boolean("attention_bias", false);
    config.headNorms = true;
    return;
  case DecoderFamily::Mistral:
  case DecoderFamily::Gpt2:
    return;
  }
}

/// Sets the windows of the layers that have one.
void DecoderReader::readWindows() {
  constexpr int64_t defaultWindow = 4096, defaultFirst = 28, maxWindow = int64_t(1) << 40;
  if (config.family == DecoderFamily::Llama)
    return;
  const JsonValue *value = fields.find("sliding_window");
  bool isNone = value && value->is(Kind::Null);
  int64_t window = fields.size("sliding_window", maxWindow, defaultWindow);
  if (config.family == DecoderFamily::Mistral) {
    fields.checkFixed({{"layer_types", "null"}});
    for (LayerForm &layer : config.layers)
      layer.window = isNone ? 0 : window;
    return;
  }
  bool isUsed = fields.boolean("use_sliding_window", false) && !isNone;
  const JsonValue *first = fields.findSet("max_window_layers");
  // Zero is a number of layers, too.
  int64_t from = first && first->is(Kind::Integer) && first->integer == 0
                     ? 0
                     : fields.size("max_window_layers", ConfigFields::kMaxSize, defaultFirst);
  if (fields.findSet("layer_types"))
    return readLayerTypes(isUsed ? window : 0);
  for (auto [number, layer] : llvm::enumerate(config.layers))
    layer.window = isUsed && int64_t(number) >= from ? window : 0;
}

void DecoderReader::readLayerTypes(int64_t window) {
  const JsonValue *types = fields.findSet("layer_types");
  if (types->elements.size() != config.layers.size()) {
    fields.refuse() << "expects 'layer_types' to name all layers, " << config.layers.size() << ", but got "
                    << types->elements.size();
    return;
  }
  for (auto [type, layer] : llvm::zip_equal(types->elements, config.layers)) {
    bool slides = type.string == "sliding_attention";
    if (slides && window)
      layer.window = window;
    else if (slides || type.string != "full_attention")
      fields.refuse() << "expects 'layer_types' to hold \"full_attention\", or \"sliding_attention\" where a window is "
                         "used, but got "
                      << type.describe();
  }
}

void DecoderReader::readLlamaLike() {
  config.hidden = fields.size("hidden_size");
  config.inner = fields.size("intermediate_size");
  config.positions = fields.size("max_position_embeddings");
  int64_t layers = fields.size("num_hidden_layers", ConfigFields::kMaxLayers);
  readHeads();
  config.epsilon = fields.epsilon("rms_norm_eps", /*absent=*/1e-6);
  config.activation = fields.activation("hidden_act", kActivations, Activation::Silu);
  config.tied = fields.boolean("tie_word_embeddings", false);
  readBiases();
  config.layers.assign(layers, {1 / std::sqrt(double(config.headSize)), 0});
  readWindows();
  config.rope = readRopeConfig(fields, {config.headSize, config.positions});
}

DecoderConfig DecoderReader::read() {
  checkArchitecture();
  config.vocabulary = fields.size("vocab_size");
  if (config.isGpt2())
    readGpt2();
  else
    readLlamaLike();
  fields.checkFixed(kFixedFields);
  return std::move(config);
}

mlir::FailureOr<DecoderConfig> attn::readDecoderConfig(DecoderFamily family, const JsonValue &root, StringRef path,
                                                       mlir::Location loc) {
  ConfigFields fields(root, path, loc);
  DecoderConfig config = DecoderReader(family, fields).read();
  fields.warnAboutUnknown(kHarmlessFields);
  if (fields.hasFailed())
    return mlir::failure();
  return config;
}
