// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-schedule: block sizes from the registers of the variant, the sizes of
// the heads and the caches that such CPUs have at least.
#include "attn/Analysis/TargetVariant.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "llvm/Support/MathExtras.h"

namespace attn {
#define GEN_PASS_DEF_SCHEDULEPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

using namespace mlir;
using namespace attn;

namespace {

/// Bytes of the second-level cache that a block of keys and values may take.
constexpr int64_t kKeyBlockBytes = 512 * 1024;
/// Queries of a block: how often a key that was fetched is used.
constexpr int64_t kQueryRows = 200;
constexpr int64_t kMaxKeys = 256;

struct RegisterTile {
  int64_t strip, panel;
};

/// As many accumulators as leave registers for one row of keys and a broadcast.
/// Higher is better than wider: each row of keys that comes from the second
/// level is used once for each row of the strip, and 14 x 32 takes 44
/// instructions for 28 multiply-adds where 8 x 32 takes 26 for 16.
RegisterTile registerTile(const TargetVariant &variant) {
  int64_t lanes = variant.getF32Lanes();
  if (variant.getVectorRegisters() >= 32)
    return {14, 2 * lanes};
  return lanes == 8 ? RegisterTile{6, 16} : RegisterTile{4, 8};
}

int64_t staticDim(Value tensor, int64_t axis) { return cast<RankedTensorType>(tensor.getType()).getDimSize(axis); }

/// As many strips as are needed anyway, all of the same height: 9 queries take
/// one of 9 and not one of 14. Lower ones than four gain nothing, because the
/// sums of so few rows wait for each other.
int64_t balanceStrip(int64_t queries, int64_t strip) {
  constexpr int64_t lowest = 4;
  int64_t strips = llvm::divideCeil(std::max<int64_t>(queries, 1), strip);
  return std::clamp<int64_t>(llvm::divideCeil(queries, strips), lowest, strip);
}

/// Blocks are at least two strips and two panels: a state that one tile
/// overwrites whole folds to a new tensor, which loops cannot carry in place.
ScheduleAttr chooseSchedule(AttentionOp op, const TargetVariant &variant) {
  auto [strip, panel] = registerTile(variant);
  int64_t rows = llvm::alignDown(kQueryRows, strip);
  int64_t queries = staticDim(op.getQuery(), 2);
  if (!ShapedType::isDynamic(queries)) {
    strip = balanceStrip(queries, strip);
    rows = std::clamp(static_cast<int64_t>(llvm::alignTo(queries, strip)), 2 * strip, rows);
  }
  int64_t headBytes = 0;
  for (Value operand : {op.getKey(), op.getValue()})
    if (int64_t size = staticDim(operand, 3); !ShapedType::isDynamic(size))
      headBytes += size * sizeof(float);
  int64_t keys = kMaxKeys;
  while (keys > panel && keys * headBytes > kKeyBlockBytes)
    keys /= 2;
  keys = std::max<int64_t>(llvm::alignDown(keys, panel), 2 * panel);
  return ScheduleAttr::get(op.getContext(), rows, keys, strip, panel, variant.getF32Lanes());
}

struct Schedule : attn::impl::SchedulePassBase<Schedule> {
  void runOnOperation() override {
    const TargetVariant *variant = getTargetVariant(getOperation());
    if (!variant) {
      getOperation().emitError("expects attn.variant on the module, but got none");
      return signalPassFailure();
    }
    getOperation().walk([&](AttentionOp op) {
      if (op.getScheduleAttr())
        return;
      op.setScheduleAttr(chooseSchedule(op, *variant));
      ++numScheduled;
    });
  }
};

} // namespace
