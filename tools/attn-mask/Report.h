// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The picture and the counts that attn-mask prints.
#ifndef ATTN_TOOLS_ATTN_MASK_REPORT_H
#define ATTN_TOOLS_ATTN_MASK_REPORT_H

#include "Arguments.h"
#include "attn/Analysis/MaskCount.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace attn::tool {

/// Prints the picture and the counts. Returns a complaint, and prints nothing, when that would take too long.
std::string report(llvm::raw_ostream &os, const Arguments &arguments, MaskCounter &counter);

} // namespace attn::tool

#endif // ATTN_TOOLS_ATTN_MASK_REPORT_H
