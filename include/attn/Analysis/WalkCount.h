// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts the tiles of scores that compiled attention computes: what a run will report, and what the choice of a
// schedule is made by.
#ifndef ATTN_ANALYSIS_WALKCOUNT_H
#define ATTN_ANALYSIS_WALKCOUNT_H

#include "attn/Analysis/MaskCount.h"
#include "dialects/Attn/AttnAttrs.h"

namespace attn {

/// Tiles of a strip of queries and a panel of keys: computed without a test of each score, with one, and all there are.
struct WalkCounts {
  int64_t bare = 0, tested = 0, all = 0;

  int64_t getDone() const { return bare + tested; }
  int64_t getSkipped() const { return all - getDone(); }
};

/// The tiles of one head, or of the heads that share a task: `heads` has a counter for each of them, or one that stands
/// for all. `rows` is their number of queries together, where a schedule for few queries is asked.
WalkCounts countWalk(llvm::ArrayRef<MaskCounter *> heads, const ScoreRange &range, ScheduleAttr schedule);

/// The same where each strip walks over the panels of its own hull.
WalkCounts countStripWalk(llvm::ArrayRef<MaskCounter *> heads, const ScoreRange &range, ScheduleAttr schedule);
/// The same of one head, for a schedule with a box; of a problem that is no slice of another one. Where there are more
/// boxes, so many are counted that stand for the rest.
WalkCounts countBoxWalk(MaskDefinition mask, llvm::ArrayRef<SymbolKind> kinds, const MaskProblem &problem,
                        ScheduleAttr schedule, int64_t mostBoxes = INT64_MAX);

/// Bands of a union of masks that are told apart: they are sorted for each box.
constexpr size_t kMostBands = 24;
/// Keys that a walk over boxes tests together: blocks of tables have such sizes, or multiples.
constexpr int64_t kKeyStretch = 64;

} // namespace attn

#endif // ATTN_ANALYSIS_WALKCOUNT_H
