// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernel: loops, vectors and memory become the LLVM dialect. Metadata of
// memrefs is expanded first so that address arithmetic is affine and folds;
// control flow goes before the types change, because branches on the way must
// agree on the types of their operands; what can end a function early needs
// blocks and comes right after.
#include "attn/Conversion/Passes.h"
#include "attn/Pipelines/Pipelines.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

void attn::addKernelPasses(mlir::OpPassManager &variant) {
  variant.addNestedPass<mlir::func::FuncOp>(mlir::createConvertLinalgToLoopsPass());
  variant.addNestedPass<mlir::func::FuncOp>(createUnrollContractionsPass());
  // Prefetches are placed while panels can still be told from other memory.
  variant.addNestedPass<mlir::func::FuncOp>(createPrefetchPanelsPass());
  variant.addNestedPass<mlir::func::FuncOp>(createPrefetchRowsPass());
  variant.addNestedPass<mlir::func::FuncOp>(createRegisterTilePass());
  variant.addPass(createExpandCopiesPass());
  // Before functions of floats are expanded, which knows none narrower than f32.
  variant.addPass(createExpandHalfFloatsPass());
  variant.addPass(createExpandF64MathPass());
  variant.addNestedPass<mlir::func::FuncOp>(createExpandMathPass());
  variant.addPass(createExpandReshapesPass());
  variant.addPass(mlir::memref::createExpandStridedMetadataPass());
  variant.addPass(mlir::createLowerAffinePass());
  variant.addPass(mlir::createSCFToControlFlowPass());
  variant.addPass(createLowerRuntimeOpsPass());
  variant.addPass(mlir::createConvertToLLVMPass());
  variant.addPass(mlir::createReconcileUnrealizedCastsPass());
  // A canonicaliser here would only do what LLVM's clean-up does as well: the
  // code stays the same without.
  variant.addPass(mlir::createCSEPass());
}

void attn::buildKernelPhase(mlir::OpPassManager &pm, const PipelineOptions &options) {
  addKernelPasses(pm.nest<mlir::ModuleOp>());
}
