// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of phases.
#include "attn/Pipelines/Pipelines.h"
#include "mlir/Pass/PassManager.h"

namespace attn {

llvm::ArrayRef<Phase> getPhases() {
  static const Phase phases[] = {Phase::Import, Phase::Capture,   Phase::Optimise,
                                 Phase::Tile,   Phase::Bufferise, Phase::Kernel};
  return phases;
}

llvm::StringRef getPhaseName(Phase phase) {
  static const llvm::StringLiteral names[] = {"import", "capture", "optimise", "tile", "bufferise", "kernel"};
  return names[static_cast<unsigned>(phase)];
}

std::optional<Phase> findPhase(llvm::StringRef name) {
  for (Phase phase : getPhases())
    if (getPhaseName(phase) == name)
      return phase;
  return std::nullopt;
}

void buildPhase(Phase phase, mlir::OpPassManager &pm, const PipelineOptions &options) {
  switch (phase) {
  case Phase::Import:
    return;
  case Phase::Capture:
    return buildCapturePhase(pm, options);
  case Phase::Optimise:
    return buildOptimisePhase(pm, options);
  case Phase::Tile:
    return buildTilePhase(pm, options);
  case Phase::Bufferise:
    return buildBufferisePhase(pm, options);
  case Phase::Kernel:
    return buildKernelPhase(pm, options);
  }
}

} // namespace attn
