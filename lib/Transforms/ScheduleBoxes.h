// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether an attention walks over boxes of its mask's grid, and which: the choice by cost.
#ifndef ATTN_LIB_TRANSFORMS_SCHEDULEBOXES_H
#define ATTN_LIB_TRANSFORMS_SCHEDULEBOXES_H

#include "attn/Analysis/TargetVariant.h"
#include "dialects/Attn/AttnOps.h"
#include <string>

namespace attn {

/// A schedule, and the sentence that says why it was chosen; empty where there was nothing to choose.
struct ChosenSchedule {
  ScheduleAttr schedule;
  std::string reason;
};

/// `blocks`, or a schedule with a box that is expected to take less time.
ChosenSchedule chooseBoxOrBlocks(AttentionOp op, const TargetVariant &variant, ScheduleAttr blocks);

} // namespace attn

#endif // ATTN_LIB_TRANSFORMS_SCHEDULEBOXES_H
