// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GraphBuilder.h"
#include "dialects/Attn/AttnOps.h"
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

static Value addResidual(GraphBuilder &s, Value y, Value residual) { return s.make<arith::AddFOp>(y, residual); }

Value GraphBuilder::linear(Value x, Value weight, Value bias, ElementFn activation, Value residual, CombineFn combine) {
  if (!combine)
    combine = addResidual;
  SmallVector<OpFoldResult> outSizes{size(x, 0), size(weight, 0)};
  Value empty = make<tensor::EmptyOp>(outSizes, b.getF32Type());
  Value init = make<linalg::FillOp>(f32(0), empty).getResult(0);
  // Rows of the weight are outputs, as in the file: the second operand is read
  // transposed.
  Value product =
      make<linalg::MatmulTransposeBOp>(TypeRange(init.getType()), ValueRange{x, weight}, ValueRange(init)).getResult(0);
  if (!bias && !activation && !residual)
    return product;
  SmallVector<LoopOperand> inputs{{product, {0, 1}}};
  if (bias)
    inputs.push_back({bias, {1}});
  if (residual)
    inputs.push_back({residual, {0, 1}});
  return pointwise(inputs, outSizes, b.getF32Type(), [&](GraphBuilder &s, ValueRange in) {
    Value y = bias ? s.make<arith::AddFOp>(in[0], s.widened(in[1])) : in[0];
    Value last = residual ? in[in.size() - 1] : Value();
    if (activation)
      y = activation(s, y);
    return residual ? combine(s, y, last) : y;
  });
}

Value GraphBuilder::widened(Value x) {
  return x.getType().isF32() ? x : make<arith::ExtFOp>(b.getF32Type(), x).getResult();
}

Value GraphBuilder::norm(NormKind kind, Value x, Value weight, Value bias, double epsilon) {
  return make<NormOp>(x.getType(), kind, x, weight, bias, APFloat(epsilon));
}

//===----------------------------------------------------------------------===//
// Rows and heads
//===----------------------------------------------------------------------===//

Value GraphBuilder::collapseRows(Value x) {
  SmallVector<ReassociationIndices> groups{{0, 1}, {2}};
  return make<tensor::CollapseShapeOp>(x, groups);
}

Value GraphBuilder::expandRows(Value x, Value like) {
  SmallVector<ReassociationIndices> groups{{0, 1}, {2}};
  return make<tensor::ExpandShapeOp>(like.getType(), x, groups, sizes(like));
}

Value GraphBuilder::columns(Value x, int64_t first, int64_t count) {
  OpFoldResult one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets{b.getIndexAttr(0), b.getIndexAttr(first)};
  SmallVector<OpFoldResult> extents{size(x, 0), b.getIndexAttr(count)};
  SmallVector<OpFoldResult> strides{one, one};
  return make<tensor::ExtractSliceOp>(x, offsets, extents, strides);
}

Value GraphBuilder::splitHeads(Value rows, Value like, int64_t heads, int64_t size) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(like.getType()).getShape();
  Type element = cast<RankedTensorType>(rows.getType()).getElementType();
  auto type = RankedTensorType::get({shape[0], shape[1], heads, size}, element);
  SmallVector<ReassociationIndices> groups{{0, 1}, {2, 3}};
  SmallVector<OpFoldResult> split{this->size(like, 0), this->size(like, 1), b.getIndexAttr(heads),
                                  b.getIndexAttr(size)};
  return make<tensor::ExpandShapeOp>(type, rows, groups, split);
}

/// x with dimensions 1 and 2 exchanged, which is then of these sizes.
static Value swapInner(GraphBuilder &graph, Value x, ArrayRef<OpFoldResult> sizes) {
  Type element = cast<RankedTensorType>(x.getType()).getElementType();
  Value init = graph.make<tensor::EmptyOp>(sizes, element);
  SmallVector<int64_t> permutation{0, 2, 1, 3};
  return graph.make<linalg::TransposeOp>(x, init, permutation).getResult()[0];
}

Value GraphBuilder::swapHeads(Value x, Value like) {
  SmallVector<OpFoldResult> swapped{size(like, 0), size(x, 2), size(like, 1), size(x, 3)};
  return swapInner(*this, x, swapped);
}

Value GraphBuilder::joinHeads(Value x) {
  SmallVector<OpFoldResult> swapped = sizes(x);
  std::swap(swapped[1], swapped[2]);
  SmallVector<ReassociationIndices> groups{{0, 1}, {2, 3}};
  return make<tensor::CollapseShapeOp>(swapInner(*this, x, swapped), groups);
}
