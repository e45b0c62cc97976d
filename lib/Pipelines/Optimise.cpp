// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Optimise: rewrites of the graph that hold for every CPU, then one copy of the
// graph for each variant, then what depends on the variant.
#include "attn/Pipelines/Pipelines.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

void attn::buildOptimisePhase(mlir::OpPassManager &pm, const PipelineOptions &options) {
  // What a mask says decides every later choice about an attention, and is the same for all variants.
  SimplifyMasksPassOptions maskOptions;
  maskOptions.remarks = options.remarks;
  pm.addPass(createSimplifyMasksPass(maskOptions));
  // One packed copy of the weights serves all variants, so this comes before the variants.
  pm.addPass(createPackWeightsPass());
  pm.addPass(createPlaceWeightsPass());
  CloneVariantsPassOptions cloneOptions;
  for (const TargetVariant *variant : options.variants)
    cloneOptions.variants.push_back(variant->name.str());
  pm.addPass(createCloneVariantsPass(cloneOptions));
  SchedulePassOptions scheduleOptions;
  scheduleOptions.remarks = options.remarks;
  // Not once for each variant: its remarks compare them.
  pm.addPass(createSchedulePass(scheduleOptions));
  mlir::OpPassManager &variant = pm.nest<mlir::ModuleOp>();
  variant.addNestedPass<mlir::func::FuncOp>(createScheduleMatmulsPass());
}
