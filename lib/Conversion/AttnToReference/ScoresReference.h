// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the meanings of all ops with scores begin with: the scores of all pairs, and which of them are visible.
#ifndef LIB_CONVERSION_ATTNTOREFERENCE_SCORESREFERENCE_H
#define LIB_CONVERSION_ATTNTOREFERENCE_SCORESREFERENCE_H

#include "WholeTensors.h"
#include "attn/Codegen/MaskReadings.h"
#include "dialects/Attn/AttnOps.h"

namespace attn {

/// Which loops index scores, rows and outputs.
inline const llvm::SmallVector<unsigned> kScore{0, 1, 2, 3}, kRow{0, 1, 2}, kOutput{0, 1, 2, 3};

class ScoresReference {
protected:
  using Value = mlir::Value;

  ScoresReference(mlir::OpBuilder &builder, ScoringOpInterface op);

  /// Scale times the dot product, then the score region, of all pairs.
  Value computeScores();
  Value computeVisible();
  /// The greater of `out` and the greatest visible score of each row.
  Value foldMax(Value scores, Value visible, Value out);

  mlir::OpFoldResult sizeOf(Value tensor, unsigned axis);
  Value constant(double value);
  Value widened(mlir::OpBuilder &b, Value value) { return toFloat(b, loc, value, element); }
  /// The batch and head of keys and values that the query's belong to.
  std::pair<Value, Value> keyPosition(mlir::OpBuilder &b);
  /// Global positions (b, h, i, j), of which a row has the first three; its j is 0 and must not be read.
  llvm::SmallVector<Value> positions(mlir::OpBuilder &b, unsigned loops);
  Value readElement(mlir::OpBuilder &b, Value tensor, mlir::AffineMap map, mlir::ValueRange at);
  /// What a region says of the pair at work.
  Value inlineRegion(mlir::OpBuilder &b, const PairRegion &region, Value score = {});
  /// `lhs` if it is greater, else `rhs`: a NaN in `lhs` does not become the maximum.
  Value greater(mlir::OpBuilder &b, Value lhs, Value rhs);

  static mlir::AffineMap mapAt(mlir::ArrayAttr maps, unsigned number) {
    return llvm::cast<mlir::AffineMapAttr>(maps[number]).getValue();
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
  WholeTensors tensors;
  mlir::Type element;
  llvm::SmallVector<mlir::OpFoldResult> scoreSizes, rowSizes;

private:
  void computeSizes();
  Value computeProducts();
  Value asValue(mlir::OpFoldResult size);

  ScoringOpInterface op;
  MaskReadings mask;
  llvm::SmallVector<Value> origin;
  mlir::OpFoldResult queries, keys;
  Value group, keyBatch;
};

} // namespace attn

#endif // LIB_CONVERSION_ATTNTOREFERENCE_SCORESREFERENCE_H
