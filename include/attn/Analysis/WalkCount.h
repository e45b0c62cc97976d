// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts the tiles of scores that compiled attention computes: what a run will report, and what the choice of a
// schedule is made by.
#ifndef ATTN_ANALYSIS_WALKCOUNT_H
#define ATTN_ANALYSIS_WALKCOUNT_H

#include "attn/Analysis/MaskCount.h"
#include "dialects/Attn/AttnAttrs.h"

namespace attn {

/// A box of queries, which list the keys that some of them see, in tiles of `strip` queries and `panel` listed keys.
struct BoxShape {
  llvm::SmallVector<int64_t> box;
  int64_t strip, panel;

  /// Strips of a box; lanes of the last one may be idle.
  int64_t getStrips() const {
    int64_t area = 1;
    for (int64_t size : box)
      area *= size;
    return (area + strip - 1) / strip;
  }
};

/// All ways to write `area`, a power of two, as a product of powers of two along the axes, the last axis longest first.
std::vector<llvm::SmallVector<int64_t>> listBoxes(int64_t area, unsigned axes);

/// Tiles of a strip of queries and a panel of keys: computed without a test of each score, with one, and all there are.
struct WalkCounts {
  int64_t bare = 0, tested = 0, all = 0;
  /// False where counting took too many steps, or the box does not fit the mask.
  bool isComplete = true;

  int64_t getDone() const { return bare + tested; }
  int64_t getSkipped() const { return all - getDone(); }
};

/// The tiles of one head, or of the heads that share a task: `heads` has a counter for each of them, or one that stands
/// for all. A step looks at a block, or a strip of one. Of more tasks than `mostTasks`, blocks of queries, about so
/// many are counted that stand for the rest.
WalkCounts countWalk(llvm::ArrayRef<MaskCounter *> heads, const ScoreRange &range, ScheduleAttr schedule,
                     int64_t mostSteps, int64_t mostTasks = INT64_MAX);

/// The same where each strip walks over the panels of its own hull.
WalkCounts countStripWalk(llvm::ArrayRef<MaskCounter *> heads, const ScoreRange &range, ScheduleAttr schedule);
/// The same of one head, for a schedule with a box; of a problem that is no slice of another one. A step is a test or a
/// line of keys. Of more boxes than `mostBoxes`, about so many are counted that stand for the rest.
WalkCounts countBoxWalk(MaskDefinition mask, llvm::ArrayRef<SymbolKind> kinds, const MaskProblem &problem,
                        ScheduleAttr schedule, int64_t mostSteps, int64_t mostBoxes = INT64_MAX);
/// All boxes of a shape.
WalkCounts countBoxes(MaskDefinition mask, llvm::ArrayRef<SymbolKind> kinds, const MaskProblem &problem,
                      const BoxShape &shape, int64_t mostSteps);

/// Bands of a union of masks that are told apart: they are sorted for each box.
constexpr size_t kMostBands = 24;
/// Keys that a walk over boxes tests together: blocks of tables have such sizes, or multiples.
constexpr int64_t kKeyStretch = 64;

} // namespace attn

#endif // ATTN_ANALYSIS_WALKCOUNT_H
