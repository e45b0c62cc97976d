// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bufferise: tensors become memory, public functions become entry points and
// plans, parallel loops become bodies. Destinations come first, because a
// function whose results are arguments can be bufferised on its own.
// Canonicalisation before the workspace is planned removes copies of a buffer
// onto itself and with them allocations; after the bodies are outlined nothing
// may move code across their borders.
#include "attn/Conversion/Passes.h"
#include "attn/Pipelines/Pipelines.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

static void tidy(mlir::OpPassManager &pm) {
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
}

void attn::addBufferisePasses(mlir::OpPassManager &variant) {
  variant.addPass(createResultsToDestinationsPass());
  variant.addPass(createBindWeightsPass());
  variant.addPass(createBufferizePass());
  tidy(variant);
  variant.addPass(mlir::createCanonicalizerPass());
  variant.addPass(createCheckNoAllocInLoopsPass());
  variant.addPass(createPlanWorkspacePass());
  tidy(variant);
  variant.addPass(createOutlineParallelPass());
  variant.addPass(createEmitEntriesPass());
  tidy(variant);
}

void attn::buildBufferisePhase(mlir::OpPassManager &pm, const PipelineOptions &options) {
  mlir::OpPassManager &variant = pm.nest<mlir::ModuleOp>();
  // Tiles become vector values while they are still tensors, so that what one op
  // of a tile hands to the next never needs memory.
  if (options.strategy != Strategy::Reference)
    variant.addNestedPass<mlir::func::FuncOp>(createVectorizeTilesPass());
  addBufferisePasses(variant);
}
