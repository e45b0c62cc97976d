// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// modules.json lists the stages of a sentence model: Transformer, Pooling,
// Normalize. Of their settings, which sentence-transformers keeps adding to,
// exactly the known ones are accepted: a new one may well change the result.
#include "SentencePooling.h"
#include "attn/Import/Json.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace attn;
using Kind = JsonValue::Kind;

static constexpr uint64_t kMaxFileBytes = 1 << 20;

namespace {

/// One stage of the model: the last word of its type, and its directory.
struct Stage {
  StringRef kind, path;
};

/// Reads the files of one directory, emitting errors.
class PoolingReader {
public:
  PoolingReader(const ModelDirectory &directory, int64_t hidden, Location loc)
      : directory(directory), hidden(hidden), loc(loc) {}

  FailureOr<std::optional<SentencePooling>> read();

private:
  FailureOr<JsonValue> parse(StringRef name);
  LogicalResult readStage(const JsonValue &value, Stage &stage);
  LogicalResult checkPooling(const Stage &stage);
  LogicalResult checkField(const JsonMember &field, StringRef path);

  InFlightDiagnostic refuse(const Twine &path) { return emitError(loc) << path << ": "; }
  std::string pathOf(StringRef name) const { return (directory.getPath() + "/" + name).str(); }

  const ModelDirectory &directory;
  int64_t hidden;
  Location loc;
};

} // namespace

FailureOr<JsonValue> PoolingReader::parse(StringRef name) {
  llvm::Expected<MappedFile> file = directory.map(name, kMaxFileBytes);
  if (!file)
    return emitError(loc) << llvm::toString(file.takeError());
  llvm::Expected<JsonValue> value = parseJson(file->getBytes(), file->getPath());
  if (!value)
    return emitError(loc) << llvm::toString(value.takeError());
  return std::move(*value);
}

LogicalResult PoolingReader::readStage(const JsonValue &value, Stage &stage) {
  const JsonValue *type = value.find("type"), *path = value.find("path");
  if (!type || !type->is(Kind::String) || !path || !path->is(Kind::String))
    return refuse(pathOf("modules.json"))
           << "expects every module to have a type and a path, but got " << value.describe();
  stage.path = path->string;
  StringRef name = type->string;
  stage.kind = name.substr(name.rfind('.') + 1);
  bool isOurs = name.starts_with("sentence_transformers.");
  if (isOurs && (stage.kind == "Transformer" || stage.kind == "Pooling" || stage.kind == "Normalize"))
    return success();
  return refuse(pathOf("modules.json")) << "expects every module to be a Transformer, Pooling or Normalize of "
                                           "sentence_transformers, but got "
                                        << type->describe();
}

LogicalResult PoolingReader::checkField(const JsonMember &field, StringRef path) {
  StringRef name = field.key;
  if (name == "word_embedding_dimension") {
    if (field.value.is(Kind::Integer) && field.value.integer == hidden)
      return success();
    return refuse(path) << "expects 'word_embedding_dimension' to be the "
                           "hidden size, "
                        << hidden << ", but got " << field.value.describe();
  }
  // About the prompts of instructed models, which are the caller's.
  if (name == "include_prompt")
    return success();
  if (!name.starts_with("pooling_mode_"))
    return refuse(path) << "expects only fields that are known, but got " << quotedText(name);
  StringRef expected = name == "pooling_mode_mean_tokens" ? "true" : "false";
  if (field.value.describe() == expected)
    return success();
  return refuse(path) << "expects " << quotedText(name) << " to be " << expected << ", but got "
                      << field.value.describe();
}

LogicalResult PoolingReader::checkPooling(const Stage &stage) {
  std::string name = stage.path.str() + "/config.json";
  FailureOr<JsonValue> config = parse(name);
  if (failed(config))
    return failure();
  for (const JsonMember &field : config->members)
    if (failed(checkField(field, pathOf(name))))
      return failure();
  if (config->find("pooling_mode_mean_tokens"))
    return success();
  return refuse(pathOf(name)) << "expects 'pooling_mode_mean_tokens' to be "
                                 "true, but got no such field";
}

FailureOr<std::optional<SentencePooling>> PoolingReader::read() {
  if (!directory.contains("modules.json"))
    return std::optional<SentencePooling>();
  FailureOr<JsonValue> modules = parse("modules.json");
  if (failed(modules))
    return failure();
  std::string kinds;
  SmallVector<Stage> stages;
  for (const JsonValue &value : modules->elements) {
    if (failed(readStage(value, stages.emplace_back())))
      return failure();
    kinds += (kinds.empty() ? "" : ", ") + stages.back().kind.str();
  }
  if (kinds == "Transformer")
    return std::optional<SentencePooling>();
  if (kinds != "Transformer, Pooling" && kinds != "Transformer, Pooling, Normalize")
    return refuse(pathOf("modules.json")) << "expects the modules to be Transformer, Pooling and perhaps "
                                             "Normalize, but got '"
                                          << kinds << "'";
  if (!stages[0].path.empty())
    return refuse(pathOf("modules.json")) << "expects the Transformer to lie in the model directory itself, "
                                             "but got "
                                          << quotedText(stages[0].path);
  if (failed(checkPooling(stages[1])))
    return failure();
  return std::optional<SentencePooling>({/*normalize=*/stages.size() == 3});
}

FailureOr<std::optional<SentencePooling>> attn::readSentencePooling(const ModelDirectory &directory, int64_t hidden,
                                                                    Location loc) {
  return PoolingReader(directory, hidden, loc).read();
}
