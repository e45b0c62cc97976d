// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The blocking rule of matmuls with a packed weight: how a shape and a CPU variant become a schedule. It was found by
// measurement: with weights that come from memory, as in a model, it stays within a few percent of the best of the
// variants that were tried for each shape.
#ifndef ATTN_ANALYSIS_MATMULRULE_H
#define ATTN_ANALYSIS_MATMULRULE_H

#include "dialects/Attn/AttnAttrs.h"

namespace attn {

/// Columns of a packed panel. The same for all variants, so that one packed copy of the weights serves them all.
constexpr int64_t kMatmulPanel = 32;

/// Where a matmul carries its schedule.
inline constexpr llvm::StringLiteral kMatmulScheduleAttr = "attn.schedule";

/// The number of summands in one block of a matmul over `k` of them.
int64_t chooseMatmulKBlock(int64_t k);

/// The layout of a weight of `rows` outputs and `columns` inputs.
PanelsAttr choosePanels(mlir::MLIRContext *context, int64_t rows, int64_t columns);

/// The schedule of a matmul with a weight of that layout for a CPU whose vectors hold `lanes` f32.
MatmulScheduleAttr chooseMatmulSchedule(PanelsAttr layout, int64_t lanes);

} // namespace attn

#endif // ATTN_ANALYSIS_MATMULRULE_H
