// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Three tables decide about a field: those read below, those that must have the
// one value implemented, and those that cannot change what the model computes.
// A field in none of them is a warning.
#include "BertConfig.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using namespace attn;
using llvm::StringRef;
using Kind = JsonValue::Kind;

namespace {

/// A field that changes the result unless it has this value, which is also what
/// it means to leave it out.
struct FixedField {
  StringRef name, value;
};

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

/// Sizes that no model has, and that would only make later messages strange.
constexpr int64_t kMaxSize = int64_t(1) << 30;
constexpr int64_t kMaxLayers = 1000;

/// Reads fields one by one and remembers which were asked for.
class FieldReader {
public:
  FieldReader(const JsonValue &root, StringRef path, mlir::Location loc) : root(root), path(path), loc(loc) {}

  int64_t size(StringRef name, int64_t max = kMaxSize) {
    const JsonValue *value = find(name);
    if (value && value->is(Kind::Integer) && value->integer >= 1 && value->integer <= max)
      return value->integer;
    refuse() << "expects '" << name << "' to be an integer from 1 to " << max << ", but got " << describe(value);
    return 1;
  }

  double epsilon(StringRef name, double absent) {
    const JsonValue *value = find(name);
    if (!value)
      return absent;
    double number = value->is(Kind::Integer) ? double(value->integer) : value->real;
    bool isNumber = value->is(Kind::Integer) || value->is(Kind::Real);
    if (!isNumber || !(number >= 0 && number < 1))
      refuse() << "expects '" << name << "' to be a number from 0 to 1, but got " << value->describe();
    return number;
  }

  Activation activation(StringRef name) {
    const JsonValue *value = find(name);
    if (!value)
      return Activation::GeluErf;
    if (value->string == "gelu")
      return Activation::GeluErf;
    if (value->string == "gelu_new" || value->string == "gelu_pytorch_tanh")
      return Activation::GeluTanh;
    if (value->string == "relu")
      return Activation::Relu;
    refuse() << "expects '" << name
             << "' to be one of \"gelu\", \"gelu_new\", "
                "\"gelu_pytorch_tanh\", \"relu\", but got "
             << value->describe();
    return Activation::GeluErf;
  }

  void checkFixedFields() {
    for (const FixedField &field : kFixedFields) {
      const JsonValue *value = find(field.name);
      // A null means the default, as an absent field does.
      if (value && !value->is(Kind::Null) && value->describe() != field.value)
        refuse() << "expects '" << field.name << "' to be " << field.value << ", but got " << value->describe();
    }
  }

  void warnAboutUnknownFields() {
    for (const JsonMember &member : root.members)
      if (!asked.contains(member.key) && !llvm::is_contained(kHarmlessFields, member.key))
        mlir::emitWarning(loc) << path << ": the field " << quotedText(member.key)
                               << " is not known and is ignored; its value is " << member.value.describe();
  }

  mlir::InFlightDiagnostic refuse() {
    failed = true;
    return mlir::emitError(loc) << path << ": ";
  }

  bool hasFailed() const { return failed; }

private:
  const JsonValue *find(StringRef name) {
    asked.insert(name);
    return root.find(name);
  }

  static std::string describe(const JsonValue *value) { return value ? value->describe() : "no such field"; }

  const JsonValue &root;
  StringRef path;
  mlir::Location loc;
  llvm::StringSet<> asked;
  bool failed = false;
};

} // namespace

mlir::FailureOr<BertConfig> attn::readBertConfig(const JsonValue &root, StringRef path, mlir::Location loc) {
  FieldReader fields(root, path, loc);
  BertConfig config;
  config.hidden = fields.size("hidden_size");
  config.layers = fields.size("num_hidden_layers", kMaxLayers);
  config.heads = fields.size("num_attention_heads");
  config.inner = fields.size("intermediate_size");
  config.vocabulary = fields.size("vocab_size");
  config.positions = fields.size("max_position_embeddings");
  config.types = fields.size("type_vocab_size");
  config.epsilon = fields.epsilon("layer_norm_eps", /*absent=*/1e-12);
  config.activation = fields.activation("hidden_act");
  fields.checkFixedFields();
  fields.warnAboutUnknownFields();
  if (config.hidden % config.heads != 0 && !fields.hasFailed())
    fields.refuse() << "expects 'num_attention_heads' to divide "
                       "'hidden_size', but got "
                    << config.heads << " and " << config.hidden;
  if (fields.hasFailed())
    return mlir::failure();
  return config;
}
