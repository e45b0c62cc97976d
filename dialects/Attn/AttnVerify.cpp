// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers, in the order of AttnOps.td, labelled with the constraints they check; and the shapes of results.
#include "ScoringVerification.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

/// C1: sizes that must agree, when both are known; those of query and key were checked before.
static LogicalResult verifyShapes(AttentionOp op) {
  Value q = op.getQuery(), k = op.getKey(), v = op.getValue(), o = op.getOutput();
  auto same = [&](StringRef meaning, StringRef lhs, int64_t lhsSize, StringRef rhs, int64_t rhsSize) {
    return succeeded(verifySameSize(op, meaning, {lhs, lhsSize}, {rhs, rhsSize}));
  };
  bool ok = same("batch", "key", sizeOf(k, 0), "value", sizeOf(v, 0)) &&
            same("number of heads", "key", sizeOf(k, 1), "value", sizeOf(v, 1)) &&
            same("number of keys", "key", sizeOf(k, 2), "value", sizeOf(v, 2)) &&
            same("batch", "query", sizeOf(q, 0), "output", sizeOf(o, 0)) &&
            same("number of heads", "query", sizeOf(q, 1), "output", sizeOf(o, 1)) &&
            same("number of queries", "query", sizeOf(q, 2), "output", sizeOf(o, 2)) &&
            same("value size", "value", sizeOf(v, 3), "output", sizeOf(o, 3));
  return success(ok);
}

/// C3.
static LogicalResult verifyElementTypes(AttentionOp op) {
  Type query = getElementTypeOrSelf(op.getQuery());
  for (Value value : {op.getKey(), op.getValue()})
    if (Type type = getElementTypeOrSelf(value); type.isF64() != query.isF64())
      return op.emitOpError("expects query, key and value to be all of f64 or none, but got ")
             << query << " and " << type;
  if (Type output = getElementTypeOrSelf(op.getOutput()); output != query)
    return op.emitOpError("expects the output to have the element type of query, but got ")
           << output << " and " << query;
  return success();
}

/// C5.
static LogicalResult verifyNormalizer(AttentionOp op) {
  unsigned expected = op.getNormalizer().getNumInputs();
  if (op.getNormalizerInputs().size() != expected)
    return op.emitOpError("expects the normalizer to have ")
           << expected << " input(s) bound, but got " << op.getNormalizerInputs().size();
  Type elementType = op.getScoreType();
  for (auto [number, input, map] :
       llvm::enumerate(op.getNormalizerInputs(), op.getNormalizerMaps().getAsValueRange<AffineMapAttr>())) {
    if (getElementTypeOrSelf(input) != elementType)
      return op.emitOpError("expects normalizer input ")
             << number << " to have element type " << elementType << ", but got " << getElementTypeOrSelf(input);
    if (map.isFunctionOfDim(3))
      return op.emitOpError("expects normalizer input ") << number << " not to depend on the key j";
  }
  return verifyElements(op, "normalizer input", op.getNormalizerInputs(), op.getNormalizerMaps());
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyShapes(*this)) || failed(verifyElementTypes(*this)) || failed(verifyNormalizer(*this)) ||
      failed(verifyElements(*this, "gain input", getGainInputs(), getGainMaps())))
    return failure();
  return getLse() ? verifyRowResult(*this, "lse", getLse()) : success();
}

/// C6.
LogicalResult AttentionOp::verifyRegions() {
  return success(succeeded(verifyPairRegion(*this, getScoreRegion())) &&
                 succeeded(verifyPairRegion(*this, getGainRegion())));
}

LogicalResult AttentionOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) {
  auto sizes = [&](Value tensor, unsigned axis) -> OpFoldResult {
    return tensor::getMixedSize(b, getLoc(), tensor, axis);
  };
  shapes.push_back({sizes(getQuery(), 0), sizes(getQuery(), 1), sizes(getQuery(), 2), sizes(getValue(), 3)});
  if (getLse())
    shapes.push_back({sizes(getQuery(), 0), sizes(getQuery(), 1), sizes(getQuery(), 2)});
  return success();
}

//===----------------------------------------------------------------------===//
// score_reduce
//===----------------------------------------------------------------------===//

LogicalResult ScoreReduceOp::verify() {
  Type query = getElementTypeOrSelf(getQuery()), key = getElementTypeOrSelf(getKey());
  if (query.isF64() != key.isF64()) // C3
    return emitOpError("expects query and key to be both of f64 or neither, but got ") << query << " and " << key;
  int64_t place = getPlace();
  if (place < 1 || place > kMostPlaces) // C5
    return emitOpError("expects kth_largest to count from 1 to ") << kMostPlaces << ", but got " << place;
  if (place != 1 && getReduction() != Reduction::KthLargest)
    return emitOpError("expects a place of kth_largest only, but got ")
           << place << " for " << stringifyReduction(getReduction());
  return verifyRowResult(*this, "result", getResult());
}

LogicalResult ScoreReduceOp::verifyRegions() { return verifyPairRegion(*this, getScoreRegion()); }

LogicalResult ScoreReduceOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, getLoc(), getQuery());
  shapes.emplace_back(ArrayRef(sizes).take_front(3));
  return success();
}

//===----------------------------------------------------------------------===//
// merge
//===----------------------------------------------------------------------===//

LogicalResult MergeOp::verify() {
  if (getOutputs().empty())
    return emitOpError("expects at least one part, but got none");
  for (Value part : getOutputs())
    if (part.getType() != getOutput().getType())
      return emitOpError("expects every part to have the type of the output, but got ")
             << part.getType() << " and " << getOutput().getType();
  for (Value part : getLses())
    if (part.getType() != getLse().getType())
      return emitOpError("expects every log-sum-exp to have the type of the second result, but got ")
             << part.getType() << " and " << getLse().getType();
  Type output = getElementTypeOrSelf(getOutput()), lse = getElementTypeOrSelf(getLse());
  if (output.isF64() != lse.isF64())
    return emitOpError("expects outputs and log-sum-exps to be both of f64 or neither, but got ")
           << output << " and " << lse;
  for (unsigned axis = 0; axis < 3; ++axis)
    if (failed(verifySameSize(*this,
                              axis == 0   ? "batch"
                              : axis == 1 ? "number of heads"
                                          : "number of queries",
                              {"output", sizeOf(getOutput(), axis)}, {"lse", sizeOf(getLse(), axis)})))
      return failure();
  return success();
}

LogicalResult MergeOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getOutputs().front()));
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getLses().front()));
  return success();
}
