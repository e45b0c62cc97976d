// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants that say who sees whom, element by element, and the definitions that say the same: dense masks, and biases
// that a score region adds.
#ifndef LIB_TRANSFORMS_RAISEMASKS_H
#define LIB_TRANSFORMS_RAISEMASKS_H

#include "MaskScopes.h"
#include <map>
#include <string>

namespace attn {

class MaskRaiser {
public:
  /// Replaces dense masks of constants; appends to `steps` what was found.
  void raiseDense(ScoringOpInterface op, OpMask &mask, std::vector<std::string> &steps);
  /// Turns a constant bias of zeros and fills into a mask.
  void raiseBias(AttentionOp op, std::vector<std::string> &steps);

  /// Why a constant was left alone; empty when none was.
  std::string missed;

private:
  struct Slices;
  /// What a constant shows; no mask where it is none that has a description.
  struct Found {
    MaskAttrInterface mask;
    std::string missed;
    /// Each query sees a key; some of the elements that hide one are finite.
    bool showsEachQuery = false, isFinite = false;
  };

  const Found &describe(ScoringOpInterface op, mlir::DenseElementsAttr constant, mlir::AffineMap map);
  Found describeAt(ScoringOpInterface op, mlir::DenseElementsAttr constant, mlir::AffineMap map,
                   llvm::ArrayRef<int64_t> sizes);
  MaskAttrInterface describeSlices(ScoringOpInterface op, const Slices &slices);
  MaskAttrInterface replaceDense(ScoringOpInterface op, const BoundMask &mask, const OpMask &from,
                                 llvm::SmallVectorImpl<unsigned> &symbols, std::vector<std::string> &steps);

  /// Layers share their constants.
  std::map<std::tuple<const void *, const void *, std::vector<int64_t>>, Found> known;
};

} // namespace attn

#endif // LIB_TRANSFORMS_RAISEMASKS_H
