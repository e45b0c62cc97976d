// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbers of the blocking rule, and why they are what they are.
#include "attn/Analysis/MatmulRule.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

/// Rows x columns of the register tile: two native vectors wide, and as high as the accumulators leave room for the
/// operands. 8x32 takes 16 of 32 zmm registers, 6x16 takes 12 of 16 ymm, 4x8 takes 8 of 16 xmm (which also hold
/// products, as there is no fma).
namespace {
struct RegisterTile {
  int64_t strip, columns;
};
} // namespace

static RegisterTile chooseTile(int64_t lanes) {
  return lanes >= 16 ? RegisterTile{8, 32} : lanes >= 8 ? RegisterTile{6, 16} : RegisterTile{4, 8};
}

int64_t attn::chooseMatmulKBlock(int64_t k) {
  // 1024 summands of 128 rows are 512 KB: they stay in L2 while the panels stream through it. Blocks are equal but for
  // rounding to the 8 steps by which the innermost loop is unrolled.
  constexpr int64_t largest = 1024, unroll = 8;
  int64_t blocks = llvm::divideCeilSigned(k, largest);
  return blocks <= 1 ? k : llvm::alignTo(llvm::divideCeilSigned(k, blocks), unroll);
}

PanelsAttr attn::choosePanels(MLIRContext *context, int64_t rows, int64_t columns) {
  return PanelsAttr::get(context, rows, columns, chooseMatmulKBlock(columns), kMatmulPanel);
}

MatmulScheduleAttr attn::chooseMatmulSchedule(PanelsAttr layout, int64_t lanes) {
  RegisterTile tile = chooseTile(lanes);
  // About 128 rows: fewer stream the weights too often, more push the block of the left operand out of L2.
  int64_t rows = 128 / tile.strip * tile.strip;
  // Tasks: enough for the cores of a desktop to share evenly, few enough that handing them out costs nothing.
  constexpr int64_t tasks = 16;
  return MatmulScheduleAttr::get(layout.getContext(), rows, layout.getKblock(), layout.getPanel(), tile.strip,
                                 tile.columns, tasks);
}
