// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GraphBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AffineMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace attn;

void GraphBuilder::beginStep(StringRef name) { loc = NameLoc::get(b.getStringAttr(name)); }

Value GraphBuilder::f32(double value) { return make<arith::ConstantOp>(b.getF32FloatAttr(value)); }

Value GraphBuilder::i64(int64_t value) { return make<arith::ConstantOp>(b.getI64IntegerAttr(value)); }

OpFoldResult GraphBuilder::size(Value tensor, int64_t dim) { return tensor::getMixedSize(b, loc, tensor, dim); }

SmallVector<OpFoldResult> GraphBuilder::sizes(Value tensor) { return tensor::getMixedSizes(b, loc, tensor); }

/// The generic both forms share. `init` also fixes the result's type.
static Value generic(GraphBuilder &graph, ArrayRef<LoopOperand> inputs, Value init, unsigned loops,
                     ArrayRef<unsigned> kept, GraphBuilder::Body body) {
  MLIRContext *context = graph.b.getContext();
  SmallVector<Value> tensors;
  SmallVector<AffineMap> maps;
  auto mapOf = [&](ArrayRef<unsigned> targets) {
    return AffineMap::getMultiDimMapWithTargets(loops, targets, context);
  };
  for (const LoopOperand &input : inputs) {
    tensors.push_back(input.tensor);
    maps.push_back(mapOf(input.loops));
  }
  maps.push_back(mapOf(kept));
  SmallVector<utils::IteratorType> iterators(loops, utils::IteratorType::reduction);
  for (unsigned loop : kept)
    iterators[loop] = utils::IteratorType::parallel;
  auto op = graph.make<linalg::GenericOp>(TypeRange(init.getType()), tensors, ValueRange(init), maps, iterators,
                                          [&](OpBuilder &nested, Location loc, ValueRange elements) {
                                            GraphBuilder scalar(nested, loc);
                                            linalg::YieldOp::create(nested, loc, body(scalar, elements));
                                          });
  return op.getResult(0);
}

Value GraphBuilder::pointwise(ArrayRef<LoopOperand> inputs, ArrayRef<OpFoldResult> sizes, Type elementType, Body body) {
  Value init = make<tensor::EmptyOp>(sizes, elementType);
  auto all = llvm::to_vector(llvm::seq<unsigned>(sizes.size()));
  auto drop = [&](GraphBuilder &scalar, ValueRange elements) { return body(scalar, elements.drop_back()); };
  return generic(*this, inputs, init, sizes.size(), all, drop);
}

Value GraphBuilder::reduce(ArrayRef<LoopOperand> inputs, unsigned loops, ArrayRef<unsigned> kept,
                           ArrayRef<OpFoldResult> keptSizes, Type elementType, Body body) {
  Value empty = make<tensor::EmptyOp>(keptSizes, elementType);
  Value zero = make<arith::ConstantOp>(b.getZeroAttr(elementType));
  Value init = make<linalg::FillOp>(zero, empty).getResult(0);
  return generic(*this, inputs, init, loops, kept, body);
}

Value GraphBuilder::linear(Value x, Value weight, Value bias, Activation activation, Value residual) {
  SmallVector<OpFoldResult> outSizes{size(x, 0), size(weight, 0)};
  Value empty = make<tensor::EmptyOp>(outSizes, b.getF32Type());
  Value init = make<linalg::FillOp>(f32(0), empty).getResult(0);
  // Rows of the weight are outputs, as in the file: the second operand is read
  // transposed.
  Value product =
      make<linalg::MatmulTransposeBOp>(TypeRange(init.getType()), ValueRange{x, weight}, ValueRange(init)).getResult(0);
  SmallVector<LoopOperand> inputs{{product, {0, 1}}, {bias, {1}}};
  if (residual)
    inputs.push_back({residual, {0, 1}});
  return pointwise(inputs, outSizes, b.getF32Type(), [&](GraphBuilder &s, ValueRange in) {
    Value y = s.make<arith::AddFOp>(in[0], in[1]);
    if (activation)
      y = activation(s, y);
    if (residual)
      y = s.make<arith::AddFOp>(y, in[2]);
    return y;
  });
}

Value GraphBuilder::layerNorm(Value x, Value gamma, Value beta, double epsilon) {
  int64_t width = cast<RankedTensorType>(x.getType()).getDimSize(1);
  Type type = b.getF32Type();
  OpFoldResult rows = size(x, 0);
  Value reciprocal = f32(1.0 / width), eps = f32(epsilon), one = f32(1);
  auto centred = [&](GraphBuilder &s, Value element, Value rowSum) -> Value {
    Value mean = s.make<arith::MulFOp>(rowSum, reciprocal);
    return s.make<arith::SubFOp>(element, mean);
  };
  Value sum = reduce({{x, {0, 1}}}, 2, {0}, rows, type,
                     [&](GraphBuilder &s, ValueRange in) { return s.make<arith::AddFOp>(in[1], in[0]); });
  Value squares = reduce({{x, {0, 1}}, {sum, {0}}}, 2, {0}, rows, type, [&](GraphBuilder &s, ValueRange in) {
    Value d = centred(s, in[0], in[1]);
    Value square = s.make<arith::MulFOp>(d, d);
    return s.make<arith::AddFOp>(in[2], square);
  });
  Value inverse = pointwise({{squares, {0}}}, rows, type, [&](GraphBuilder &s, ValueRange in) {
    Value variance = s.make<arith::MulFOp>(in[0], reciprocal);
    Value deviation = s.make<math::SqrtOp>(Value(s.make<arith::AddFOp>(variance, eps)));
    return s.make<arith::DivFOp>(one, deviation);
  });
  SmallVector<LoopOperand> inputs{{x, {0, 1}}, {sum, {0}}, {inverse, {0}}, {gamma, {1}}, {beta, {1}}};
  return pointwise(inputs, sizes(x), type, [&](GraphBuilder &s, ValueRange in) {
    Value d = centred(s, in[0], in[1]);
    Value normal = s.make<arith::MulFOp>(d, in[2]);
    Value scaled = s.make<arith::MulFOp>(normal, in[3]);
    return s.make<arith::AddFOp>(scaled, in[4]);
  });
}
