// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts a linalg op to the piece that becomes vectors: contractions to rank-1
// updates, large static ops to their trailing dimensions.
#include "LinalgToVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/TilingInterface.h"

using namespace mlir;

namespace attn {

/// Tile sizes of `op`: 1 cuts the dimension, 0 leaves it whole. Empty where the
/// op cannot become static.
static SmallVector<int64_t> chooseSizes(linalg::LinalgOp op, int64_t maxPoints) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  SmallVector<int64_t> sizes(ranges.size(), 0);
  if (linalg::isaContractionOpInterface(op))
    for (size_t d = 0; d < sizes.size(); ++d)
      if (kinds[d] == utils::IteratorType::reduction && ranges[d] != 1)
        sizes[d] = 1;
  int64_t points = 1;
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 1)
      continue;
    if (ShapedType::isDynamic(ranges[d]) || ranges[d] == 0)
      return {};
    points *= ranges[d];
  }
  for (size_t d = 0; d + 1 < sizes.size() && points > maxPoints; ++d)
    if (sizes[d] == 0 && kinds[d] == utils::IteratorType::parallel && ranges[d] > 1) {
      sizes[d] = 1;
      points /= ranges[d];
    }
  return points > maxPoints ? SmallVector<int64_t>() : sizes;
}

linalg::LinalgOp tileToPoints(RewriterBase &rewriter, linalg::LinalgOp op, int64_t maxPoints) {
  SmallVector<int64_t> sizes = chooseSizes(op, maxPoints);
  if (sizes.empty() && op.getNumLoops() != 0)
    return nullptr;
  if (llvm::all_of(sizes, [](int64_t size) { return size == 0; }))
    return op;
  scf::SCFTilingOptions options;
  options.setTileSizes(getAsIndexOpFoldResult(rewriter.getContext(), sizes));
  rewriter.setInsertionPoint(op);
  FailureOr<scf::SCFTilingResult> tiled =
      scf::tileUsingSCF(rewriter, cast<TilingInterface>(op.getOperation()), options);
  if (failed(tiled) || tiled->tiledOps.empty())
    return nullptr;
  rewriter.replaceOp(op, tiled->replacements);
  return cast<linalg::LinalgOp>(tiled->tiledOps.back());
}

/// The tensor's numbers in a wider type. A vector contraction wants operands of one type; where the conversion is an op
/// of its own, it is done once for each vector of them and not for each row of results.
static Value widen(RewriterBase &rewriter, Location loc, Value tensor, Type element) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(), element);
  AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  auto body = [&](OpBuilder &b, Location, ValueRange args) {
    linalg::YieldOp::create(b, loc, arith::ExtFOp::create(b, loc, element, args[0]).getResult());
  };
  return linalg::GenericOp::create(rewriter, loc, TypeRange(empty.getType()), tensor, empty,
                                   ArrayRef<AffineMap>{identity, identity}, iterators, body)
      .getResult(0);
}

SmallVector<linalg::LinalgOp> splitConversions(RewriterBase &rewriter, linalg::LinalgOp op) {
  auto matmul = dyn_cast<linalg::MatmulOp>(op.getOperation());
  if (!matmul)
    return {op};
  SmallVector<linalg::LinalgOp> ops;
  SmallVector<Value> inputs;
  Type element = getElementTypeOrSelf(matmul.getDpsInits()[0]);
  rewriter.setInsertionPoint(op);
  for (Value input : matmul.getDpsInputs()) {
    auto type = cast<RankedTensorType>(input.getType());
    bool isNarrow = isa<FloatType>(type.getElementType()) && isa<FloatType>(element) &&
                    type.getElementTypeBitWidth() < element.getIntOrFloatBitWidth();
    inputs.push_back(isNarrow ? widen(rewriter, op.getLoc(), input, element) : input);
    if (isNarrow)
      ops.push_back(inputs.back().getDefiningOp<linalg::LinalgOp>());
  }
  if (ops.empty())
    return {op};
  auto product = linalg::MatmulOp::create(rewriter, op.getLoc(), op->getResultTypes(), inputs, matmul.getDpsInits());
  product.setIndexingMapsAttr(matmul.getIndexingMapsAttr());
  rewriter.replaceOp(op, product);
  ops.push_back(product);
  return ops;
}

} // namespace attn
