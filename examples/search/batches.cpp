// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A batch is as wide as its first sentence, which is its longest.
#include "batches.h"

#include <algorithm>
#include <numeric>

namespace attn::search {

std::vector<Batch> makeBatches(const std::vector<size_t> &lengths, size_t maxBatch, size_t maxTokens) {
  std::vector<size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return lengths[a] != lengths[b] ? lengths[a] > lengths[b] : a < b; });
  std::vector<Batch> batches;
  for (size_t sentence : order) {
    bool full = batches.empty() || batches.back().size() >= maxBatch ||
                (batches.back().size() + 1) * lengths[batches.back().front()] > maxTokens;
    if (full)
      batches.emplace_back();
    batches.back().push_back(sentence);
  }
  return batches;
}

} // namespace attn::search
