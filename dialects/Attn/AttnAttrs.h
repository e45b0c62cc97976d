// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Mask, normaliser, schedule and enum attributes with the interfaces through which the compiler reads them.
#ifndef DIALECTS_ATTN_ATTNATTRS_H
#define DIALECTS_ATTN_ATTNATTRS_H

#include "dialects/Attn/AttnDialect.h"
#include "dialects/Attn/MaskBuilder.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IntegerSet.h"
#include <optional>

#include "dialects/Attn/AttnEnums.h.inc"
#include "dialects/Attn/AttnInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Attn/AttnAttrs.h.inc"

#endif // DIALECTS_ATTN_ATTNATTRS_H
