// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.norm as linalg on whole tensors: sums of rows, one value for each row, then all elements. Each op feeds only the
// later ones, which is what lets the tiling of rows compute them together while a row is in the nearest cache.
#include "Task.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace attn;

namespace {

class NormLowering {
public:
  NormLowering(TileBuilder &b, NormOp op)
      : b(b), op(op), input(op.getInput()), sizes(tensor::getMixedSizes(b, b.getLoc(), input)), rank(sizes.size()),
        element(cast<RankedTensorType>(input.getType()).getElementType()) {}

  Value run() {
    reciprocal = reciprocalOfWidth();
    bool isLayer = op.getKind() == NormKind::Layer;
    Value sum = isLayer ? reduceRows({input}, [](TileBuilder &, ValueRange args) { return args[0]; }) : Value();
    SmallVector<Value> centredFrom{input};
    if (isLayer)
      centredFrom.push_back(sum);
    Value squares = reduceRows(centredFrom, [&](TileBuilder &inner, ValueRange args) -> Value {
      Value x = centred(inner, args);
      return arith::MulFOp::create(inner, x, x);
    });
    Value inverse = inverseDeviation(squares);
    return scale(centredFrom, inverse);
  }

private:
  Value reciprocalOfWidth() {
    int64_t width = cast<RankedTensorType>(input.getType()).getShape().back();
    if (!ShapedType::isDynamic(width))
      return b.scalar(element, 1.0 / width);
    Value count = arith::IndexCastOp::create(b, b.getI64Type(), b.dim(input, rank - 1));
    return arith::DivFOp::create(b, b.scalar(element, 1), arith::SIToFPOp::create(b, element, count));
  }

  AffineMap rows() { return b.whole(rank).dropResult(rank - 1); }

  Value emptyRows() { return tensor::EmptyOp::create(b, ArrayRef(sizes).drop_back(), element); }

  /// The sum over each row of a term of the first input's elements; further inputs have one element for each row.
  Value reduceRows(ValueRange inputs, TileBuilder::BodyFn term) {
    SmallVector<AffineMap> maps(inputs.size() + 1, rows());
    maps.front() = b.whole(rank);
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    iterators.back() = utils::IteratorType::reduction;
    Value init = b.fill(0.0, emptyRows());
    auto emit = [&](OpBuilder &nested, Location loc, ValueRange args) {
      TileBuilder inner(loc, nested);
      Value sum = arith::AddFOp::create(inner, args.back(), term(inner, args));
      linalg::YieldOp::create(inner, sum);
    };
    return linalg::GenericOp::create(b, TypeRange{init.getType()}, inputs, ValueRange{init}, maps, iterators, emit)
        .getResult(0);
  }

  /// The element, less the mean where the second argument is the sum of the row.
  Value centred(TileBuilder &inner, ValueRange args) {
    if (op.getKind() != NormKind::Layer)
      return args[0];
    Value mean = arith::MulFOp::create(inner, args[1], reciprocal);
    return arith::SubFOp::create(inner, args[0], mean);
  }

  Value inverseDeviation(Value squares) {
    Value epsilon = b.scalar(element, op.getEpsilon().convertToDouble()), one = b.scalar(element, 1);
    return b.elementwise(squares, b.whole(rank - 1), emptyRows(), [&](TileBuilder &inner, ValueRange args) -> Value {
      Value variance = arith::MulFOp::create(inner, args[0], reciprocal);
      Value deviation = math::SqrtOp::create(inner, arith::AddFOp::create(inner, variance, epsilon));
      return arith::DivFOp::create(inner, one, deviation);
    });
  }

  Value widened(TileBuilder &inner, Value stored) {
    return stored.getType() == element ? stored : arith::ExtFOp::create(inner, element, stored).getResult();
  }

  Value scale(ValueRange centredFrom, Value inverse) {
    SmallVector<Value> inputs(centredFrom);
    SmallVector<AffineMap> maps(inputs.size() + 1, rows());
    maps.front() = b.whole(rank);
    inputs.push_back(inverse);
    unsigned at = inputs.size();
    AffineMap columns = AffineMap::get(rank, 0, b.getAffineDimExpr(rank - 1));
    for (Value parameter : {op.getWeight(), op.getBias()})
      if (parameter) {
        inputs.push_back(parameter);
        maps.push_back(columns);
      }
    Value dest = tensor::EmptyOp::create(b, sizes, element);
    return b.elementwise(inputs, maps, dest, [&](TileBuilder &inner, ValueRange args) -> Value {
      Value normal = arith::MulFOp::create(inner, centred(inner, args), args[at - 1]);
      Value scaled = arith::MulFOp::create(inner, normal, widened(inner, args[at]));
      return op.getBias() ? arith::AddFOp::create(inner, scaled, widened(inner, args[at + 1])).getResult() : scaled;
    });
  }

  TileBuilder &b;
  NormOp op;
  Value input;
  SmallVector<OpFoldResult> sizes;
  unsigned rank;
  Type element;
  Value reciprocal;
};

} // namespace

void attn::lowerNorm(RewriterBase &rewriter, NormOp op) {
  TileBuilder b(op.getLoc(), rewriter);
  Value result = NormLowering(b, op).run();
  if (result.getType() != op.getOutput().getType())
    result = tensor::CastOp::create(b, op.getOutput().getType(), result);
  rewriter.replaceOp(op, result);
}
