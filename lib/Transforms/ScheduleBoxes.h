// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether an attention walks over boxes of its mask's grid, and which: the choice by cost.
#ifndef ATTN_LIB_TRANSFORMS_SCHEDULEBOXES_H
#define ATTN_LIB_TRANSFORMS_SCHEDULEBOXES_H

#include "attn/Analysis/TargetVariant.h"
#include "dialects/Attn/AttnOps.h"
#include <string>

namespace attn {

/// A schedule, and why it was chosen: words that are the same for every variant and, after each of them but the last,
/// a value that need not be. Empty where there was nothing to choose.
struct ChosenSchedule {
  ScheduleAttr schedule;
  llvm::SmallVector<std::string> reason;
};

/// `blocks`, or a schedule with a box that is expected to take less time.
ChosenSchedule chooseBoxOrBlocks(AttentionOp op, const TargetVariant &variant, ScheduleAttr blocks);

} // namespace attn

#endif // ATTN_LIB_TRANSFORMS_SCHEDULEBOXES_H
