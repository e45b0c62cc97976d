// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernel: loops, vectors and memory become the LLVM dialect. Metadata of
// memrefs is expanded first so that address arithmetic is affine and folds;
// control flow goes before the types change, because branches on the way must
// agree on the types of their operands.
#include "attn/Pipelines/Pipelines.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

void attn::buildKernelPhase(mlir::OpPassManager &pm,
                            const PipelineOptions &options) {
  mlir::OpPassManager &variant = pm.nest<mlir::ModuleOp>();
  variant.addPass(mlir::memref::createExpandStridedMetadataPass());
  variant.addPass(mlir::createLowerAffinePass());
  variant.addPass(mlir::createSCFToControlFlowPass());
  variant.addPass(mlir::createConvertVectorToLLVMPass());
  variant.addPass(mlir::createConvertMathToLLVMPass());
  variant.addPass(mlir::createFinalizeMemRefToLLVMConversionPass());
  variant.addPass(mlir::createArithToLLVMConversionPass());
  variant.addPass(mlir::createConvertIndexToLLVMPass());
  variant.addPass(mlir::createConvertFuncToLLVMPass());
  variant.addPass(mlir::createConvertControlFlowToLLVMPass());
  variant.addPass(mlir::createUBToLLVMConversionPass());
  variant.addPass(mlir::createReconcileUnrealizedCastsPass());
  variant.addPass(mlir::createCanonicalizerPass());
  variant.addPass(mlir::createCSEPass());
}
