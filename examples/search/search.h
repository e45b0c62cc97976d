// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A vocabulary and a model joined: sentences to an index, and a query to its
// best matches.
#ifndef ATTN_EXAMPLES_SEARCH_SEARCH_H
#define ATTN_EXAMPLES_SEARCH_SEARCH_H

#include "embedder.h"
#include "index.h"
#include "wordpiece.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace attn::search {

/// Reads a vocabulary file; throws a Failure.
WordPiece readVocabulary(const std::string &path);

class Search {
public:
  /// Called after each batch with the number of sentences done.
  using Progress = std::function<void(size_t)>;

  /// Throws a Failure when the files are unfit, alone or for each other.
  Search(const std::string &modulePath, const std::string &vocabularyPath, int threads);

  /// Embeds the sentences.
  Index makeIndex(std::vector<std::string> sentences, const Progress &progress) const;

  /// Reads an index file; nothing if it does not exist. Throws a Failure if it
  /// is something else: a file that this program did not write is not
  /// overwritten.
  static std::optional<Index> loadIndex(const std::string &path);

  /// Whether this module and this vocabulary made the index.
  bool made(const Index &index) const;

  std::vector<Match> find(const Index &index, const std::string &query, size_t top) const;

private:
  uint64_t key() const;

  WordPiece words;
  Embedder model;
};

} // namespace attn::search

#endif
