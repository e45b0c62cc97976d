// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the verifiers of all masks share. Private to the dialect.
#ifndef DIALECTS_ATTN_MASKVERIFICATION_H
#define DIALECTS_ATTN_MASKVERIFICATION_H

#include "dialects/Attn/AttnAttrs.h"

namespace attn {

using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// Refuses a literal outside [least, kMaskLimit].
mlir::LogicalResult verifyLiteral(EmitError emitError, const llvm::Twine &subject, int64_t value, int64_t least = 0);

} // namespace attn

#endif // DIALECTS_ATTN_MASKVERIFICATION_H
