// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sentences with their embeddings, and the file that keeps them. A file is
// untrusted: parse() accepts nothing that serialise() cannot have written.
//
//   "ATTNIDX1", key, dimension, count, text bytes   five times 8 bytes
//   text                                            each sentence ends in '\n'
//   embeddings                                      count x dimension f32
//   FNV-1a of all of the above                      8 bytes
//
// All numbers are little-endian.
#ifndef ATTN_EXAMPLES_SEARCH_INDEX_H
#define ATTN_EXAMPLES_SEARCH_INDEX_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace attn::search {

struct Index {
  /// Identifies the module and the vocabulary that made the embeddings: those
  /// of another pair cannot be compared with them.
  uint64_t key = 0;
  size_t dimension = 0;
  std::vector<std::string> sentences;
  /// One row for each sentence, each of length one or zero.
  std::vector<float> embeddings;

  std::string serialise() const;
  /// On failure returns nothing and stores in `error` what was expected.
  static std::optional<Index> parse(std::string_view bytes, std::string &error);
};

/// A place in the index and how near it is, 1 being the same direction.
struct Match {
  size_t sentence;
  float score;
};

/// The `top` best matches of a query, best first; among equals, the earlier
/// sentence comes first.
std::vector<Match> rank(const Index &index, const float *query, size_t top);

} // namespace attn::search

#endif
