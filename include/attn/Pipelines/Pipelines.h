// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The road from a graph to LLVM IR, as phases that a user can stop at and
// continue from. Each phase takes the valid IR that the one before it leaves;
// lib/Pipelines/<Phase>.cpp holds the passes of a phase in their order, and
// says why that order.
#ifndef ATTN_PIPELINES_PIPELINES_H
#define ATTN_PIPELINES_PIPELINES_H

#include "attn/Analysis/TargetVariant.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace attn {

/// What a phase leaves behind:
enum class Phase {
  Import,    ///< the input as it was read: attn and linalg on tensors
  Capture,   ///< attention recognised, signature complete
  Optimise,  ///< one nested module for each CPU variant, each op with its
             ///< schedule
  Tile,      ///< loops around linalg on static register tiles
  Bufferise, ///< memory, entry points and plans, parallel bodies outlined
  Kernel,    ///< the LLVM dialect
};

/// How attn ops are lowered.
enum class Strategy {
  Fast,      ///< the schedule decides; an error where there is no fast path
  Reference, ///< the naive form, for comparison
};

struct PipelineOptions {
  /// The CPU variants to compile for, best first.
  llvm::SmallVector<const TargetVariant *> variants;
  Strategy strategy = Strategy::Fast;
  /// Passes that decide something say it in remarks.
  bool remarks = false;
};

/// All phases, in order.
llvm::ArrayRef<Phase> getPhases();
llvm::StringRef getPhaseName(Phase phase);
std::optional<Phase> findPhase(llvm::StringRef name);

/// Appends the passes that lead to `phase` from the phase before it. `pm` runs
/// on the outermost module.
void buildPhase(Phase phase, mlir::OpPassManager &pm, const PipelineOptions &options);

/// The parts of buildPhase, one file each. There is nothing to do for Import:
/// it is what a reader of models makes.
void buildCapturePhase(mlir::OpPassManager &pm, const PipelineOptions &options);
void buildOptimisePhase(mlir::OpPassManager &pm, const PipelineOptions &options);
void buildTilePhase(mlir::OpPassManager &pm, const PipelineOptions &options);
void buildBufferisePhase(mlir::OpPassManager &pm, const PipelineOptions &options);
void buildKernelPhase(mlir::OpPassManager &pm, const PipelineOptions &options);

/// The passes of the two last phases on a module that is not nested in another,
/// so that a test can run them on a function without variants.
void addBufferisePasses(mlir::OpPassManager &module);
void addKernelPasses(mlir::OpPassManager &module);

} // namespace attn

#endif // ATTN_PIPELINES_PIPELINES_H
