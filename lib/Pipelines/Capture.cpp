// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Capture: a graph in which the signature is complete and what is attention is
// an attn op.
#include "attn/Pipelines/Pipelines.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

void attn::buildCapturePhase(mlir::OpPassManager &pm, const PipelineOptions &options) {
  // Arithmetic on whole tensors is one loop for each op; what follows fuses it.
  pm.addPass(mlir::createConvertElementwiseToLinalgPass());
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(createUnifySymbolsPass());
  pm.addPass(createExtractSignaturePass());
  // After the signature, which says which bytes are booleans.
  pm.addPass(createLowerBooleansPass());
  // Before elements are: what it reads is asked like everything else.
  pm.addNestedPass<mlir::func::FuncOp>(createGuardMasksPass());
  // After names are unified: equal names prove slices to be inside.
  pm.addNestedPass<mlir::func::FuncOp>(createGuardSlicesPass());
  pm.addNestedPass<mlir::func::FuncOp>(createGuardElementsPass());
}
