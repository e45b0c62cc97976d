// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Looks for a visible score of a mask in a problem with numbers: what refutes a claim that there is none.
#ifndef ATTN_ANALYSIS_EXAMPLESEARCH_H
#define ATTN_ANALYSIS_EXAMPLESEARCH_H

#include "attn/Analysis/MaskCount.h"

namespace attn {

/// The mask is read once; each problem has other numbers.
class ExampleSearch {
public:
  enum class Answer : uint8_t { Found, NotFound, Unknown };

  /// `point` is the reading of the same mask, which has so many symbols, and outlives this.
  ExampleSearch(MaskDefinition mask, const PointReading &point, size_t symbols);

  /// Whether the answers depend on the batch and the head.
  bool dependsOnHead() const { return isPerHead; }
  /// Halves what the tile reading cannot tell. Each tile takes one of `steps`; without any left the answer is not
  /// known.
  Answer run(const MaskProblem &problem, int64_t &steps);

private:
  TileClass classify(const ScoreRange &range);

  TileReading tile;
  const PointReading &point;
  IndexGraphEvaluator tileValue, pointValue;
  std::vector<int64_t> inputs;
  bool isPerHead;
};

} // namespace attn

#endif // ATTN_ANALYSIS_EXAMPLESEARCH_H
