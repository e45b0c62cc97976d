// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn.norm: the sums of each row, then each element. attn.rotary: each element from itself and its partner.
#include "Reference.h"
#include "WholeTensors.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// norm
//===----------------------------------------------------------------------===//

namespace {

class NormReference {
public:
  NormReference(OpBuilder &builder, NormOp op)
      : builder(builder), loc(op.getLoc()), op(op), tensors(builder, loc),
        sizes(tensor::getMixedSizes(builder, loc, op.getInput())), rank(sizes.size()),
        element(cast<RankedTensorType>(op.getInput().getType()).getElementType()) {
    for (unsigned loop = 0; loop < rank; ++loop)
      all.push_back(loop);
    rows.assign(all.begin(), all.end() - 1);
    Value count = getValueOrCreateConstantIndexOp(builder, loc, sizes.back());
    Value integer = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), count);
    width = arith::SIToFPOp::create(builder, loc, element, integer);
  }

  Value run() {
    bool isLayer = op.getKind() == NormKind::Layer;
    Value sums =
        isLayer ? sumOver({{op.getInput(), all}}, [](OpBuilder &, ValueRange args) { return args[0]; }) : Value();
    SmallVector<Indexed> inputs{{op.getInput(), all}};
    if (isLayer)
      inputs.push_back({sums, rows});
    Value squares = sumOver(inputs, [&](OpBuilder &b, ValueRange args) -> Value {
      Value x = centred(b, args);
      return arith::MulFOp::create(b, loc, x, x);
    });
    inputs.push_back({squares, rows});
    inputs.push_back({op.getWeight(), {rank - 1}});
    if (op.getBias())
      inputs.push_back({op.getBias(), {rank - 1}});
    return tensors.compute(inputs, {tensors.empty(sizes, element), all}, rank,
                           [&](OpBuilder &b, ValueRange args) { return finish(b, args); });
  }

private:
  Value sumOver(ArrayRef<Indexed> inputs, WholeTensors::Body term) {
    Value zeros = tensors.filled(ArrayRef(sizes).drop_back(), builder.getFloatAttr(element, 0.0));
    return tensors.compute(inputs, {zeros, rows}, rank, [&](OpBuilder &b, ValueRange args) -> Value {
      return arith::AddFOp::create(b, loc, args.back(), term(b, args));
    });
  }

  /// The element, less the mean where the second argument is the sum of the row.
  Value centred(OpBuilder &b, ValueRange args) {
    if (op.getKind() != NormKind::Layer)
      return args[0];
    return arith::SubFOp::create(b, loc, args[0], arith::DivFOp::create(b, loc, args[1], width));
  }

  Value widened(OpBuilder &b, Value stored) {
    return stored.getType() == element ? stored : arith::ExtFOp::create(b, loc, element, stored).getResult();
  }

  Value finish(OpBuilder &b, ValueRange args) {
    unsigned at = op.getKind() == NormKind::Layer ? 2 : 1;
    Value variance = arith::DivFOp::create(b, loc, args[at], width);
    Value epsilon = arith::ConstantOp::create(b, loc, b.getFloatAttr(element, op.getEpsilon().convertToDouble()));
    Value deviation = math::SqrtOp::create(b, loc, arith::AddFOp::create(b, loc, variance, epsilon));
    Value normal = arith::DivFOp::create(b, loc, centred(b, args), deviation);
    Value scaled = arith::MulFOp::create(b, loc, normal, widened(b, args[at + 1]));
    return op.getBias() ? arith::AddFOp::create(b, loc, scaled, widened(b, args[at + 2])).getResult() : scaled;
  }

  OpBuilder &builder;
  Location loc;
  NormOp op;
  WholeTensors tensors;
  SmallVector<OpFoldResult> sizes;
  unsigned rank;
  Type element;
  SmallVector<unsigned> all, rows;
  Value width;
};

} // namespace

SmallVector<Value> attn::emitReference(OpBuilder &builder, NormOp op) { return {NormReference(builder, op).run()}; }

//===----------------------------------------------------------------------===//
// rotary
//===----------------------------------------------------------------------===//

namespace {

/// Where an element of a head has its partner and its angle.
struct RotaryPlace {
  Value rotated, isFirst, partner, column;
};

} // namespace

/// Element `d` of heads rotated by `pairs` columns; what is not rotated gets column 0 and itself as its partner.
static RotaryPlace placeOf(OpBuilder &b, Location loc, Pairing pairing, Value d, Value pairs) {
  auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, loc, value); };
  auto below = [&](Value lhs, Value rhs) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, lhs, rhs);
  };
  RotaryPlace place;
  place.rotated = below(d, arith::AddIOp::create(b, loc, pairs, pairs));
  Value distance = pairs;
  if (pairing == Pairing::Half) {
    place.isFirst = below(d, pairs);
    Value back = arith::SubIOp::create(b, loc, d, pairs);
    place.column = arith::SelectOp::create(b, loc, place.isFirst, d, back);
  } else {
    distance = constant(1);
    Value parity = arith::RemUIOp::create(b, loc, d, constant(2));
    place.isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, parity, constant(0));
    place.column = arith::DivUIOp::create(b, loc, d, constant(2));
  }
  Value after = arith::AddIOp::create(b, loc, d, distance), before = arith::SubIOp::create(b, loc, d, distance);
  Value partner = arith::SelectOp::create(b, loc, place.isFirst, after, before);
  place.partner = arith::SelectOp::create(b, loc, place.rotated, partner, d);
  place.column = arith::SelectOp::create(b, loc, place.rotated, place.column, constant(0));
  return place;
}

SmallVector<Value> attn::emitReference(OpBuilder &builder, RotaryOp op) {
  Location loc = op.getLoc();
  WholeTensors tensors(builder, loc);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, op.getInput());
  Type element = cast<RankedTensorType>(op.getInput().getType()).getElementType();
  int64_t columns = cast<RankedTensorType>(op.getCos().getType()).getDimSize(1);
  if (columns == 0)
    return {op.getInput()};
  Value pairs = arith::ConstantIndexOp::create(builder, loc, columns);
  Value output = tensors.compute({{op.getInput(), {0, 1, 2, 3}}}, {tensors.empty(sizes, element), {0, 1, 2, 3}}, 4,
                                 [&](OpBuilder &b, ValueRange args) -> Value {
                                   SmallVector<Value> at;
                                   for (unsigned loop = 0; loop < 4; ++loop)
                                     at.push_back(linalg::IndexOp::create(b, loc, loop));
                                   RotaryPlace place = placeOf(b, loc, op.getPairing(), at[3], pairs);
                                   auto table = [&](Value tensor) -> Value {
                                     return tensor::ExtractOp::create(b, loc, tensor, ValueRange{at[2], place.column});
                                   };
                                   Value partner = tensor::ExtractOp::create(
                                       b, loc, op.getInput(), ValueRange{at[0], at[1], at[2], place.partner});
                                   Value own = arith::MulFOp::create(b, loc, args[0], table(op.getCos()));
                                   Value other = arith::MulFOp::create(b, loc, partner, table(op.getSin()));
                                   Value first = arith::SubFOp::create(b, loc, own, other),
                                         second = arith::AddFOp::create(b, loc, own, other);
                                   Value rotated = arith::SelectOp::create(b, loc, place.isFirst, first, second);
                                   return arith::SelectOp::create(b, loc, place.rotated, rotated, args[0]);
                                 });
  return {output};
}
