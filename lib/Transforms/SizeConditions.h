// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Run-time conditions for sizes that an op forces to be equal although they were computed apart, which no symbol can
// express.
#ifndef LIB_TRANSFORMS_SIZECONDITIONS_H
#define LIB_TRANSFORMS_SIZECONDITIONS_H

#include "DimClasses.h"

namespace attn {

/// Emits `attn.require` where a new size enters a class that already has one.
void emitSizeConditions(mlir::func::FuncOp func, const DimClasses &dims);

} // namespace attn

#endif // LIB_TRANSFORMS_SIZECONDITIONS_H
