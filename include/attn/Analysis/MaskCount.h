// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts with numbers what a mask shows and how its tiles are recognised: for pictures, for reports on what a run
// computes and skips.
#ifndef ATTN_ANALYSIS_MASKCOUNT_H
#define ATTN_ANALYSIS_MASKCOUNT_H

#include "attn/Analysis/MaskReadings.h"
#include <functional>
#include <utility>
#include <vector>

namespace attn {

/// A problem in which every run-time symbol has one value, as far as compiled code knows it when it judges a block.
struct MaskProblem {
  int64_t batch = 0, head = 0, queries = 0, keys = 0;
  std::vector<int64_t> symbols;
  /// The value for a query of a symbol that has one for each of them, never smaller than that of the query before. None
  /// where nobody knows: then such symbols are as `symbols` says.
  std::function<int64_t(size_t symbol, int64_t query)> rowValue;
};

/// The scores of queries [queryBegin, queryEnd) and keys [keyBegin, keyEnd).
struct ScoreRange {
  int64_t queryBegin, queryEnd, keyBegin, keyEnd;
  bool isEmpty() const { return queryBegin >= queryEnd || keyBegin >= keyEnd; }
  bool isOne() const { return queryEnd - queryBegin == 1 && keyEnd - keyBegin == 1; }
  /// Of sizes that come from types, the product need not be a number.
  int64_t getArea() const { return (queryEnd - queryBegin) * (keyEnd - keyBegin); }
  /// Both halves, along the longer side.
  std::pair<ScoreRange, ScoreRange> halve() const;
};

enum class TileClass : uint8_t { Empty, Mixed, Full };

/// Answers about one mask in one problem.
class MaskCounter {
public:
  MaskCounter(MaskDefinition mask, const MaskProblem &problem);
  /// The symbols that are not scalar need no value.
  MaskCounter(MaskDefinition mask, const MaskProblem &problem, llvm::ArrayRef<SymbolKind> kinds);

  /// As compiled code sees a tile that is not of area 0: mixed unless the tile reading recognises it.
  TileClass classify(const ScoreRange &tile);

  /// The exact number of visible scores; none when that takes more than the steps left of `setSteps`. Works by halving
  /// what is mixed, so that bands cost as much as their borders are long.
  std::optional<int64_t> countVisible(const ScoreRange &range);
  void setSteps(int64_t count) { steps = count; }

  /// Keys of the range outside of which none of its queries sees any.
  std::pair<int64_t, int64_t> getHull(const ScoreRange &range);
  /// Whether the mask bounds the keys of a block of queries at either end, and whether no tile inside is ever empty.
  bool hasLower() const { return bounds.hasLower; }
  bool hasHull() const { return bounds.hasLower || bounds.hasUpper; }
  bool isSingleBand() const { return bounds.singleBand; }
  /// Whether the answers depend on the batch and the head.
  bool dependsOnHead() const;

private:
  void setTile(const ScoreRange &range);

  TileReading tile;
  BoundsReading bounds;
  PointReading point;
  IndexGraphEvaluator tileValue, boundsValue, pointValue;
  MaskProblem problem;
  llvm::SmallVector<SymbolKind> kinds;
  std::vector<int64_t> inputs;
  int64_t steps = int64_t(1) << 27;
};

} // namespace attn

#endif // ATTN_ANALYSIS_MASKCOUNT_H
