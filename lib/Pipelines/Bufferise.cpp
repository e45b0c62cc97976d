// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bufferise: tensors become memory, public functions become entry points and
// plans.
#include "attn/Pipelines/Pipelines.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

void attn::buildBufferisePhase(mlir::OpPassManager &pm,
                               const PipelineOptions &options) {
  mlir::OpPassManager &variant = pm.nest<mlir::ModuleOp>();
  variant.addPass(mlir::createCanonicalizerPass());
  variant.addPass(mlir::createCSEPass());
}
