// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Many sentences through a model in batches of similar length, because padding
// costs as much as words.
#ifndef ATTN_EXAMPLES_SEARCH_BATCHES_H
#define ATTN_EXAMPLES_SEARCH_BATCHES_H

#include <cstddef>
#include <vector>

namespace attn::search {

/// Positions of sentences that go through the model together.
using Batch = std::vector<size_t>;

/// Cuts the sentences, longest first, into batches of at most `maxBatch`
/// sentences and, where more than one, `maxTokens` tokens with padding. Longest
/// first: memory is largest at the start, and progress can only speed up.
std::vector<Batch> makeBatches(const std::vector<size_t> &lengths, size_t maxBatch, size_t maxTokens);

} // namespace attn::search

#endif
