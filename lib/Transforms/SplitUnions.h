// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A union of masks as two attentions over disjoint keys.
#ifndef LIB_TRANSFORMS_SPLITUNIONS_H
#define LIB_TRANSFORMS_SPLITUNIONS_H

#include "MaskScopes.h"
#include <string>

namespace attn {

/// How many tiles are computed by one attention and by two.
struct UnionCost {
  int64_t whole, first, second;
  bool isWorthSplitting() const { return first + second <= whole + whole / 50; }
};

/// The two masks of a union, the second one without what the first one shows, and what they cost.
struct SplitMask {
  BoundMask first, second;
  UnionCost cost;
};

/// None where the mask is no union, or the op cannot be merged.
std::optional<SplitMask> planSplit(AttentionOp op, const BoundMask &mask, const MaskScope &scope);

/// Replaces the op by two with those masks and a merge; `tensors` and `maps` are what their symbols read.
void splitAttention(AttentionOp op, const SplitMask &split, const OpMask &symbols);

} // namespace attn

#endif // LIB_TRANSFORMS_SPLITUNIONS_H
