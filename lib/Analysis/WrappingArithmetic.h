// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic that wraps like the arith ops that index graphs become, so that a fold never differs from the code.
// Private to lib/Analysis.
#ifndef ATTN_LIB_ANALYSIS_WRAPPINGARITHMETIC_H
#define ATTN_LIB_ANALYSIS_WRAPPINGARITHMETIC_H

#include "llvm/Support/MathExtras.h"
#include <cstdint>

namespace attn {

inline int64_t wrapAdd(int64_t a, int64_t b) { return static_cast<int64_t>(uint64_t(a) + uint64_t(b)); }
inline int64_t wrapSub(int64_t a, int64_t b) { return static_cast<int64_t>(uint64_t(a) - uint64_t(b)); }
inline int64_t wrapMul(int64_t a, int64_t b) { return static_cast<int64_t>(uint64_t(a) * uint64_t(b)); }

/// Rounded towards minus infinity, and the remainder; `b` > 0.
inline int64_t floorDivOf(int64_t a, int64_t b) { return llvm::divideFloorSigned(a, b); }
inline int64_t modOf(int64_t a, int64_t b) { return wrapSub(a, wrapMul(floorDivOf(a, b), b)); }

} // namespace attn

#endif // ATTN_LIB_ANALYSIS_WRAPPINGARITHMETIC_H
