// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the IR of the kernel phase says about the module to be written.
#ifndef ATTN_LIB_TARGET_MODULEREADER_H
#define ATTN_LIB_TARGET_MODULEREADER_H

#include "Description.h"
#include "WeightsTable.h"

namespace attn {

struct ModuleContents {
  /// Without the uuid.
  ModuleDescription description;
  /// The code of each of the description's variants.
  std::vector<mlir::ModuleOp> modules;
  WeightsTable weights;
};

/// Emits what is wrong.
mlir::FailureOr<ModuleContents> readModuleContents(mlir::ModuleOp module, llvm::StringRef name,
                                                   llvm::StringRef producer);

} // namespace attn

#endif // ATTN_LIB_TARGET_MODULEREADER_H
