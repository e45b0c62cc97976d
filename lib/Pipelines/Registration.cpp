// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Pipelines/Registration.h"
#include "attn/Conversion/Passes.h"
#include "attn/Pipelines/Pipelines.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnDialect.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

void attn::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<AttnDialect>();
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
}

void attn::registerAllPasses() {
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  registerAttnConversionPasses();
  registerAttnTransformsPasses();
  mlir::PassPipelineRegistration<>("attn-bufferise-phase", "from tensors to buffers, entry points and plans",
                                   addBufferisePasses);
  mlir::PassPipelineRegistration<>("attn-kernel-phase", "from loops and buffers to the LLVM dialect", addKernelPasses);
}
