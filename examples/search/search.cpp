// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sentences go through the model in batches of similar length and come back in
// the order in which they were given.
#include "search.h"

#include "batches.h"
#include "failure.h"
#include "files.h"
#include "hash.h"

#include <algorithm>
#include <unistd.h>

namespace attn::search {
namespace {

constexpr size_t kMaxVocabularyBytes = size_t(1) << 28;
constexpr size_t kMaxIndexBytes = size_t(1) << 34;
/// Bound the memory of one run; more sentences at once are not faster.
constexpr size_t kBatchSentences = 32, kBatchTokens = 8192;

} // namespace

WordPiece readVocabulary(const std::string &path) {
  std::string error;
  std::optional<WordPiece> result = WordPiece::parse(readFile(path, kMaxVocabularyBytes), error);
  if (!result)
    throw Failure(Exit::Refused, "'" + path + "': " + error);
  return std::move(*result);
}

Search::Search(const std::string &modulePath, const std::string &vocabularyPath, int threads)
    : words(readVocabulary(vocabularyPath)), model(modulePath, threads) {
  if (static_cast<int64_t>(words.size()) - 1 > model.maxId())
    throw Failure(Exit::Refused, "expects '" + vocabularyPath + "' to have at most " +
                                     std::to_string(model.maxId() + 1) + " lines for this module, but got " +
                                     std::to_string(words.size()));
}

Index Search::makeIndex(std::vector<std::string> sentences, const Progress &progress) const {
  Index index;
  index.key = key();
  index.dimension = model.dimension();
  index.sentences = std::move(sentences);
  std::vector<Tokens> tokens;
  std::vector<size_t> lengths;
  for (const std::string &sentence : index.sentences) {
    tokens.push_back(words.encode(sentence, model.maxTokens()));
    lengths.push_back(tokens.back().size());
  }
  size_t width = index.dimension, done = 0;
  index.embeddings.resize(tokens.size() * width);
  size_t maxBatch = std::min(kBatchSentences, model.maxBatch());
  for (const Batch &batch : makeBatches(lengths, maxBatch, kBatchTokens)) {
    std::vector<const Tokens *> chosen;
    for (size_t sentence : batch)
      chosen.push_back(&tokens[sentence]);
    std::vector<float> rows(batch.size() * width);
    model.embed(chosen.data(), chosen.size(), words.padId(), rows.data());
    for (size_t row = 0; row < batch.size(); ++row)
      std::copy_n(rows.begin() + row * width, width, index.embeddings.begin() + batch[row] * width);
    progress(done += batch.size());
  }
  return index;
}

std::optional<Index> Search::loadIndex(const std::string &path) {
  if (::access(path.c_str(), F_OK) != 0)
    return std::nullopt;
  std::string error;
  std::optional<Index> index = Index::parse(readFile(path, kMaxIndexBytes), error);
  if (!index)
    throw Failure(Exit::Refused, "expects '" + path + "' " + error);
  return index;
}

bool Search::made(const Index &index) const { return index.key == key() && index.dimension == model.dimension(); }

std::vector<Match> Search::find(const Index &index, const std::string &query, size_t top) const {
  Index asked = makeIndex({query}, [](size_t) {});
  return rank(index, asked.embeddings.data(), top);
}

uint64_t Search::key() const { return fnv1a(model.uuid(), words.fingerprint()); }

} // namespace attn::search
