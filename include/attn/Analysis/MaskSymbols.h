// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What users call the run-time symbols of a mask.
#ifndef ATTN_ANALYSIS_MASKSYMBOLS_H
#define ATTN_ANALYSIS_MASKSYMBOLS_H

#include "dialects/Attn/AttnAttrs.h"
#include <string>
#include <vector>

namespace attn {

/// One name for each symbol: that of the mask that reads it, such as `length`.
std::vector<std::string> getMaskSymbolNames(MaskAttrInterface mask);

} // namespace attn

#endif // ATTN_ANALYSIS_MASKSYMBOLS_H
