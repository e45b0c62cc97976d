// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes that change the level of the IR: from attn to linalg, from linalg tiles to vectors, from vectors to
// registers. Passes.td describes each.
#ifndef ATTN_CONVERSION_PASSES_H
#define ATTN_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace attn {

#define GEN_PASS_DECL
#include "attn/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "attn/Conversion/Passes.h.inc"

} // namespace attn

#endif // ATTN_CONVERSION_PASSES_H
