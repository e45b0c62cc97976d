// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a function says of the problems that its ops with masks meet: static sizes, sizes that are equal, the ranges of
// dimensions and arguments, constants.
#ifndef LIB_TRANSFORMS_MASKSCOPES_H
#define LIB_TRANSFORMS_MASKSCOPES_H

#include "DimClasses.h"
#include "attn/Analysis/MaskProofs.h"
#include "dialects/Attn/AttnOps.h"

namespace attn {

/// The op's mask with its symbols numbered in order of first appearance: two that read the same element are one. The
/// operands and maps of the symbols are in that order.
struct OpMask {
  explicit OpMask(ScoringOpInterface op);

  BoundMask bound;
  llvm::SmallVector<mlir::Value> tensors;
  llvm::SmallVector<mlir::AffineMap> maps;
};

/// Gives an op a mask of symbols that `from` has numbered; none where `mask` has no attribute.
void setMask(ScoringOpInterface op, const OpMask &from, const BoundMask &mask);

class MaskScopes {
public:
  explicit MaskScopes(mlir::func::FuncOp func);

  MaskScope getScope(ScoringOpInterface op, const OpMask &mask);

private:
  IndexRange getSize(mlir::Value tensor, int64_t axis);
  IndexRange getSymbol(mlir::Value tensor);

  DimClasses dims;
  /// Of dimensions that a caller may not choose freely, by their class.
  llvm::DenseMap<unsigned, IndexRange> ranges;
  /// Only callers outside of the module are asked for ranges.
  bool isEntry;
};

} // namespace attn

#endif // LIB_TRANSFORMS_MASKSCOPES_H
