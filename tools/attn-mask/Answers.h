// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What attn-mask answers: from the arguments and a mask to facts, bounded in time and memory.
#ifndef ATTN_TOOLS_ATTN_MASK_ANSWERS_H
#define ATTN_TOOLS_ATTN_MASK_ANSWERS_H

#include "Arguments.h"
#include "dialects/Attn/AttnAttrs.h"

namespace attn::tool {

/// Fills `facts`. Returns a complaint about the arguments when they do not fit the mask or ask for too much.
std::string answer(const Arguments &arguments, MaskAttrInterface mask, MaskFacts &facts);

} // namespace attn::tool

#endif // ATTN_TOOLS_ATTN_MASK_ANSWERS_H
