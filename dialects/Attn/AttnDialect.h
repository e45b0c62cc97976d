// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect class. Ops and attributes have headers of their own.
#ifndef DIALECTS_ATTN_ATTNDIALECT_H
#define DIALECTS_ATTN_ATTNDIALECT_H

#include "mlir/IR/Dialect.h"

#include "dialects/Attn/AttnDialect.h.inc"

#endif // DIALECTS_ATTN_ATTNDIALECT_H
