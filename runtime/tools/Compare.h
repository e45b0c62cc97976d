// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Comparison of a result with what was expected, and with itself.
#ifndef ATTN_RT_TOOLS_COMPARE_H
#define ATTN_RT_TOOLS_COMPARE_H

#include "Array.h"

#include <string>

namespace attn::tool {

/// |got - expected| <= Absolute + Relative * |expected|
struct Tolerance {
  double Relative = 0, Absolute = 0;
};

/// 0,0 for integers; 1e-4,1e-5 f32; 1e-9,1e-10 f64; 2e-2,1e-3 f16 and bf16.
Tolerance defaultTolerance(int32_t dtype);

struct Comparison {
  bool Matches = false;
  int64_t Compared = 0; ///< elements
  std::string Summary;  ///< one line
};

/// NaN matches NaN, an infinity only itself.  Another type or shape differs.
Comparison compareArrays(const Array &got, const Array &expected, Tolerance tolerance);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_COMPARE_H
