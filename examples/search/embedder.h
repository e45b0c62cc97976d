// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A compiled sentence model: token ids in, one vector per sentence out. This is
// the only part of attn-search that knows the runtime's API.
#ifndef ATTN_EXAMPLES_SEARCH_EMBEDDER_H
#define ATTN_EXAMPLES_SEARCH_EMBEDDER_H

#include "attn_rt/attn_rt.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace attn::search {

/// The token ids of one sentence.
using Tokens = std::vector<int64_t>;

/// Every member may throw a Failure with the runtime's or an own message.
class Embedder {
public:
  /// Opens a module and checks that its function is a sentence model.
  /// `threads`: 0 for all CPUs that this process may use.
  Embedder(const std::string &path, int threads);

  size_t dimension() const { return width; }
  /// Longest sentence, and most sentences of a batch.
  size_t maxTokens() const { return static_cast<size_t>(tokens.max); }
  size_t maxBatch() const { return static_cast<size_t>(batch.max); }
  /// Largest token id that the model knows.
  int64_t maxId() const { return lastId; }
  /// Of code and weights.
  std::string uuid() const { return module->info().uuid; }

  /// Embeds `count` sentences, 1 .. maxBatch(), each of 1 .. maxTokens()
  /// tokens, into count x dimension() floats: vectors of length one, or zero.
  void embed(const Tokens *const *sentences, size_t count, int64_t padId, float *embeddings) const;

private:
  enum class Input { Ids, Mask, Types };

  void readSignature();
  void readInput(const attn_rt_value_info &value);
  void readEmbedding(const attn_rt_function_info &info);
  void check(const attn_rt::Tensor &result, int64_t rows) const;

  std::unique_ptr<attn_rt::Pool> pool; // outlives the module, which uses it
  std::unique_ptr<attn_rt::Module> module;
  std::vector<Input> inputs; // what each argument is
  attn_rt_dim batch = {}, tokens = {};
  int32_t embeddingIndex = -1;
  size_t width = 0;
  int64_t lastId = INT64_MAX;
};

} // namespace attn::search

#endif
