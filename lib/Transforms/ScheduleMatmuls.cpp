// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-schedule-matmuls: writes the blocking rule's answer down where it can be read, tested and overridden.
#include "TileLinalg.h"
#include "attn/Analysis/MatmulRule.h"
#include "attn/Analysis/TargetVariant.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_SCHEDULEMATMULSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

attn::PanelsAttr attn::getRightLayout(linalg::MatmulOp matmul) {
  auto packed = cast<RankedTensorType>(getPackedRight(matmul).getType());
  auto matrix = cast<RankedTensorType>(matmul.getDpsInputs()[1].getType());
  return PanelsAttr::get(matmul.getContext(), matrix.getDimSize(0), matrix.getDimSize(1), packed.getDimSize(2),
                         packed.getDimSize(3));
}

int64_t attn::getLanes(Operation *op) {
  const TargetVariant *variant = getTargetVariant(op);
  // What every CPU of the architecture has.
  constexpr int64_t fewest = 4;
  return variant ? variant->getF32Lanes() : fewest;
}

namespace {
struct ScheduleMatmulsPass : public attn::impl::ScheduleMatmulsPassBase<ScheduleMatmulsPass> {
  void runOnOperation() override {
    int64_t lanes = attn::getLanes(getOperation());
    getOperation().walk([&](linalg::MatmulOp matmul) {
      if (!matmul->hasAttr(attn::kMatmulScheduleAttr) && attn::getPackedRight(matmul))
        matmul->setAttr(attn::kMatmulScheduleAttr, attn::chooseMatmulSchedule(attn::getRightLayout(matmul), lanes));
    });
  }
};
} // namespace
