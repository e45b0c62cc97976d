// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tile: scheduled ops become loops around linalg on static register tiles.
#include "attn/Conversion/Passes.h"
#include "attn/Pipelines/Pipelines.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

void attn::buildTilePhase(mlir::OpPassManager &pm, const PipelineOptions &options) {
  mlir::OpPassManager &variant = pm.nest<mlir::ModuleOp>();
  if (options.strategy == Strategy::Reference) {
    // The reference is compared with what tiling makes; it stays as it is.
    variant.addPass(createLowerToReferencePass());
  } else {
    // Attention first: it leaves linalg on tiles, which tiling does not touch,
    // and for attn.merge linalg on whole tensors, which it does.
    variant.addNestedPass<mlir::func::FuncOp>(createConvertAttnToLinalgPass());
    // Sizes that were read through a transpose which attention absorbed are read
    // from its source now; the transpose is dead then and not tiled.
    variant.addPass(mlir::createCanonicalizerPass());
    variant.addNestedPass<mlir::func::FuncOp>(createTileLinalgPass());
  }
  variant.addPass(mlir::createCanonicalizerPass());
  variant.addPass(mlir::createCSEPass());
}
