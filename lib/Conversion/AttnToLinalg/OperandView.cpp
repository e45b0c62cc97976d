// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "OperandView.h"

using namespace mlir;
using namespace attn;

OperandView OperandView::ofOperand(Value value) {
  if (auto transpose = value.getDefiningOp<linalg::TransposeOp>()) {
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    if (permutation.back() == 3)
      return OperandView(transpose.getInput(), permutation);
  }
  return OperandView(value, {0, 1, 2, 3});
}

OperandView::Slice OperandView::slice(TileBuilder &b, const Index4 &at, OpFoldResult rows, OpFoldResult columns) const {
  OpFoldResult one = b.getIndexAttr(1);
  std::array<OpFoldResult, 4> logicalSizes = {one, one, rows, columns};
  Slice result;
  result.offsets.resize(4);
  result.sizes.resize(4);
  result.strides.assign(4, one);
  for (auto [logical, position] : llvm::enumerate(permutation)) {
    result.offsets[position] = at[logical];
    result.sizes[position] = logicalSizes[logical];
  }
  return result;
}

static Value extractMatrix(TileBuilder &b, Value source, const OperandView::Slice &slice, int64_t rows,
                           int64_t columns) {
  Type element = cast<RankedTensorType>(source.getType()).getElementType();
  return tensor::ExtractSliceOp::create(b, b.tensorType({rows, columns}, element), source, slice.offsets, slice.sizes,
                                        slice.strides);
}

Value OperandView::matrix(TileBuilder &b, const Index4 &at, int64_t rows, int64_t columns) const {
  return extractMatrix(b, source, slice(b, at, b.getIndexAttr(rows), b.getIndexAttr(columns)), rows, columns);
}

Value OperandView::matrix(TileBuilder &b, const Index4 &at, Value rows, int64_t columns) const {
  return extractMatrix(b, source, slice(b, at, rows, b.getIndexAttr(columns)), ShapedType::kDynamic, columns);
}
