// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Three tables decide about a field: those read below, those that must have the
// one value implemented, and those that cannot change what the model computes.
// A field in none of them is a warning.
#include "BertConfig.h"
#include "ConfigFields.h"

using namespace attn;
using llvm::StringRef;

namespace {

constexpr FixedField kFixedFields[] = {
    {"add_cross_attention", "false"},
    {"auto_map", "null"},
    {"is_decoder", "false"},
    {"is_encoder_decoder", "false"},
    {"position_embedding_type", "\"absolute\""},
    {"pruned_heads", "{}"},
    {"quantization_config", "null"},
};

/// Training, heads on top of BertModel, tokenizing, and how Python runs it.
constexpr StringRef kHarmlessFields[] = {
    "_attn_implementation",
    "_attn_implementation_autoset",
    "_name_or_path",
    "architectures",
    "attention_probs_dropout_prob",
    "attn_implementation",
    "bos_token_id",
    "chunk_size_feed_forward",
    "classifier_dropout",
    "directionality",
    "dtype",
    "eos_token_id",
    "finetuning_task",
    "gradient_checkpointing",
    "hidden_dropout_prob",
    "id2label",
    "initializer_range",
    "label2id",
    "model_max_length",
    "model_type",
    "num_labels",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "pad_token_id",
    "pooler_fc_size",
    "pooler_num_attention_heads",
    "pooler_num_fc_layers",
    "pooler_size_per_head",
    "pooler_type",
    "problem_type",
    "return_dict",
    "sep_token_id",
    "task_specific_params",
    "tie_word_embeddings",
    "tokenizer_class",
    "torch_dtype",
    "torchscript",
    "transformers_version",
    "use_cache",
};

constexpr ActivationName kActivations[] = {{"gelu", Activation::GeluErf},
                                           {"gelu_new", Activation::GeluTanh},
                                           {"gelu_pytorch_tanh", Activation::GeluTanh},
                                           {"relu", Activation::Relu}};

} // namespace

mlir::FailureOr<BertConfig> attn::readBertConfig(const JsonValue &root, StringRef path, mlir::Location loc) {
  ConfigFields fields(root, path, loc);
  BertConfig config;
  config.hidden = fields.size("hidden_size");
  config.layers = fields.size("num_hidden_layers", ConfigFields::kMaxLayers);
  config.heads = fields.size("num_attention_heads");
  config.inner = fields.size("intermediate_size");
  config.vocabulary = fields.size("vocab_size");
  config.positions = fields.size("max_position_embeddings");
  config.types = fields.size("type_vocab_size");
  config.epsilon = fields.epsilon("layer_norm_eps", /*absent=*/1e-12);
  config.activation = fields.activation("hidden_act", kActivations, Activation::GeluErf);
  fields.checkFixed(kFixedFields);
  fields.warnAboutUnknown(kHarmlessFields);
  if (config.hidden % config.heads != 0 && !fields.hasFailed())
    fields.refuse() << "expects 'num_attention_heads' to divide "
                       "'hidden_size', but got "
                    << config.heads << " and " << config.hidden;
  if (fields.hasFailed())
    return mlir::failure();
  return config;
}
