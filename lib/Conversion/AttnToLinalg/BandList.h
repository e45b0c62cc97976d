// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bands of keys of a union of masks, made disjoint.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_BANDLIST_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_BANDLIST_H

#include "MaskPlan.h"

namespace attn {

/// Disjoint bands in ascending order in memory, [.., 2]: first key and end.
struct BandList {
  mlir::Value list, count;
};

/// Scratch for `count` bands.
mlir::Value allocateBands(TileBuilder &b, size_t count);
/// Sorts bands, some of which may be empty, joins those that overlap or touch, and writes them into `list`.
BandList joinBands(TileBuilder &b, llvm::ArrayRef<MaskPlan::Range> bands, mlir::Value list);

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_BANDLIST_H
