// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walks of lib/Conversion/AttnToLinalg once more, with numbers.
#include "attn/Analysis/WalkCount.h"
#include "Sample.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace attn;

namespace {

class WalkCounter {
public:
  WalkCounter(llvm::ArrayRef<MaskCounter *> heads, const ScoreRange &range, ScheduleAttr schedule,
              int64_t mostSteps = INT64_MAX)
      : heads(heads), range(range), strip(schedule.getStrip()), panel(schedule.getPanel()), schedule(schedule),
        stepsLeft(mostSteps) {}

  WalkCounts count(int64_t mostTasks) {
    countAll();
    int64_t step = schedule.isShort() ? range.queryEnd : schedule.getRows();
    int64_t tasks = llvm::divideCeil(range.queryEnd - range.queryBegin, step);
    Sample sample(tasks, mostTasks);
    if (!sample.isWhole() && tasks > Sample::kMostAsked)
      stepsLeft = 0;
    for (int64_t query = range.queryBegin; query < range.queryEnd && stepsLeft >= 0; query += step)
      if (sample.take() && takeStep())
        countTask({query, std::min(query + step, range.queryEnd), range.keyBegin, range.keyEnd});
    counts.bare = sample.extrapolate(counts.bare);
    counts.tested = sample.extrapolate(counts.tested);
    counts.isComplete = stepsLeft >= 0;
    return counts;
  }

  WalkCounts countByStrip() {
    countAll();
    int64_t step = schedule.isShort() ? range.queryEnd : strip, repeated = schedule.isShort() ? countStrips() : 1;
    bool neverEmpty = heads.size() == 1 && heads.front()->isSingleBand();
    for (int64_t query = range.queryBegin; query < range.queryEnd; query += step) {
      ScoreRange tile{query, std::min(query + step, range.queryEnd), range.keyBegin, range.keyEnd};
      auto [lo, hi] = getHull(tile);
      for (int64_t key = lo - (lo - range.keyBegin) % panel; lo < hi && key < hi; key += panel) {
        tile.keyBegin = key;
        tile.keyEnd = std::min(key + panel, range.keyEnd);
        if (!neverEmpty && isAll(tile, TileClass::Empty))
          continue;
        bool isBare = isAll(tile, TileClass::Full) && key + panel <= range.keyEnd;
        (isBare ? counts.bare : counts.tested) += repeated;
      }
    }
    return counts;
  }

private:
  llvm::ArrayRef<MaskCounter *> heads;
  ScoreRange range;
  int64_t strip, panel;
  ScheduleAttr schedule;
  int64_t stepsLeft;
  WalkCounts counts;

  void countAll() {
    int64_t panels = llvm::divideCeil(range.keyEnd - range.keyBegin, panel);
    if (llvm::MulOverflow(countStrips(), panels, counts.all))
      stepsLeft = 0;
  }
  bool takeStep() { return --stepsLeft >= 0; }
  int64_t countStrips() const {
    return schedule.isShort() ? schedule.getRows() / strip : llvm::divideCeil(range.queryEnd - range.queryBegin, strip);
  }

  bool isAll(const ScoreRange &tile, TileClass kind) {
    return llvm::all_of(heads, [&](MaskCounter *head) { return head->classify(tile) == kind; });
  }

  std::pair<int64_t, int64_t> getHull(const ScoreRange &rows) {
    auto [lo, hi] = heads.front()->getHull(rows);
    for (MaskCounter *head : llvm::drop_begin(heads)) {
      auto [from, to] = head->getHull(rows);
      lo = std::min(lo, from);
      hi = std::max(hi, to);
    }
    return {lo, hi};
  }

  /// Blocks of keys from the panel in which the hull begins; those of parts lie where they would lie without parts.
  void countTask(ScoreRange task) {
    bool neverEmpty = heads.size() == 1 && heads.front()->isSingleBand();
    auto [lo, hi] = getHull(task);
    int64_t granule = schedule.isShort() ? schedule.getKeys() : panel;
    ScoreRange block = task;
    int64_t first = lo - (lo - range.keyBegin) % granule;
    for (int64_t key = first; lo < hi && key < hi && takeStep(); key += schedule.getKeys()) {
      block.keyBegin = key;
      block.keyEnd = std::min(key + schedule.getKeys(), range.keyEnd);
      if (!neverEmpty && isAll(block, TileClass::Empty))
        continue;
      // Keys that do not exist are told from others by a test, too.
      if (isAll(block, TileClass::Full) && key + schedule.getKeys() <= range.keyEnd)
        counts.bare += countStrips(task) * (schedule.getKeys() / panel);
      else
        countTestedBlock(task, key);
    }
  }

  int64_t countStrips(const ScoreRange &task) const {
    return schedule.isShort() ? countStrips() : llvm::divideCeil(task.queryEnd - task.queryBegin, strip);
  }

  /// Each strip takes the panels of its own hull.
  void countTestedBlock(const ScoreRange &task, int64_t key) {
    for (int64_t number = 0; number < countStrips(task) && takeStep(); ++number) {
      ScoreRange rows = task;
      if (!schedule.isShort()) {
        rows.queryBegin = task.queryBegin + number * strip;
        rows.queryEnd = std::min(rows.queryBegin + strip, range.queryEnd);
      }
      int64_t first = 0, last = range.keyEnd - key;
      if (llvm::any_of(heads, [](MaskCounter *head) { return head->hasHull(); })) {
        auto [lo, hi] = getHull(rows);
        if (heads.front()->hasLower())
          first = std::max<int64_t>(lo - (lo - range.keyBegin) % panel - key, 0);
        last = lo < hi ? hi - key : 0;
      }
      int64_t to = std::min<int64_t>(llvm::alignTo(std::max<int64_t>(last, 0), panel), schedule.getKeys());
      counts.tested += std::max<int64_t>(to - first, 0) / panel;
    }
  }
};

} // namespace

WalkCounts attn::countWalk(llvm::ArrayRef<MaskCounter *> heads, const ScoreRange &range, ScheduleAttr schedule,
                           int64_t mostSteps, int64_t mostTasks) {
  return WalkCounter(heads, range, schedule, mostSteps).count(mostTasks);
}

WalkCounts attn::countStripWalk(llvm::ArrayRef<MaskCounter *> heads, const ScoreRange &range, ScheduleAttr schedule) {
  return WalkCounter(heads, range, schedule).countByStrip();
}
