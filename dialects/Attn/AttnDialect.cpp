// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration of the dialect's ops and attributes.
#include "dialects/Attn/AttnDialect.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "dialects/Attn/AttnDialect.cpp.inc"

namespace attn {

void AttnDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dialects/Attn/AttnOps.cpp.inc"
      >();
}

} // namespace attn
