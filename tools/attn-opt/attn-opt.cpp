// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-opt: parse, run passes, print. The tool for writing tests.
#include "attn/Pipelines/Registration.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  attn::registerAllDialects(registry);
  attn::registerAllPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "attn-opt: the passes of attn-mlir, one by one\n", registry));
}
