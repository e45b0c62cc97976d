// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Masks that say the same with fewer words, in all problems of a scope. Attributes in, attributes out: passes rewrite
// ops by it, tests compare both sides point by point.
#ifndef ATTN_ANALYSIS_MASKSIMPLIFIER_H
#define ATTN_ANALYSIS_MASKSIMPLIFIER_H

#include "attn/Analysis/MaskProofs.h"
#include <string>

namespace attn {

struct SimplifiedMask {
  /// Everything and nothing need no mask.
  enum class Kind : uint8_t { Everything, Nothing, Some } kind = Kind::Some;
  BoundMask mask;
  /// What was found and how it was proved, in order: `#attn.causal is implied by #attn.window<255, 0> (Presburger, for
  /// all sizes)`. None when nothing changed.
  std::vector<std::string> steps;
};

/// The mask without what is true, false, repeated or implied by the rest. Masks of more than `kMaxSimplifiedParts`
/// parts are handed back as they are: the questions grow with the square of the number.
SimplifiedMask simplifyMask(const BoundMask &mask, const MaskScope &scope);
inline constexpr unsigned kMaxSimplifiedParts = 64;

/// The tiles by which masks are compared: strips of 14 queries, each with the panels of 32 keys of its own hull.
ScheduleAttr getStripWalk(mlir::MLIRContext *context);

} // namespace attn

#endif // ATTN_ANALYSIS_MASKSIMPLIFIER_H
