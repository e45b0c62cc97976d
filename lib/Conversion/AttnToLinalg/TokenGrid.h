// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The grid on which queries and keys lie: rows of an image, of the frames of a video, or one line where the mask reads
// no coordinates.
#ifndef ATTN_LIB_CONVERSION_ATTNTOLINALG_TOKENGRID_H
#define ATTN_LIB_CONVERSION_ATTNTOLINALG_TOKENGRID_H

#include "TileBuilder.h"

namespace attn {

/// Sizes of a grid, outermost axis first.
class TokenGrid {
public:
  TokenGrid() = default;
  explicit TokenGrid(llvm::ArrayRef<mlir::Value> extents) : extents(extents) {}

  /// Whether all extents are constants.
  bool isStatic() const;
  unsigned getRank() const { return extents.size(); }
  mlir::Value getExtent(unsigned axis) const { return extents[axis]; }
  /// Tokens in one step along the first axis.
  mlir::Value countInner(TileBuilder &b) const;
  /// The number of the line's first token.
  mlir::Value firstToken(TileBuilder &b, mlir::ValueRange outer) const;

private:
  llvm::SmallVector<mlir::Value> extents;
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_ATTNTOLINALG_TOKENGRID_H
