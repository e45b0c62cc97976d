// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of lib/Transforms: what they take and leave is of the same level. One pass, one file; their descriptions by topic.
#ifndef ATTN_TRANSFORMS_PASSES_TD
#define ATTN_TRANSFORMS_PASSES_TD

include "attn/Transforms/GraphPasses.td"
include "attn/Transforms/TilePasses.td"
include "attn/Transforms/BufferPasses.td"
include "attn/Transforms/MathPasses.td"

#endif // ATTN_TRANSFORMS_PASSES_TD
