// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The arithmetic of a tile's layout.
#include "Tile.h"

using namespace mlir;

namespace attn {

TileLayout::TileLayout(VectorType type, int64_t lanes) : shape(type.getShape()), lanes(lanes) {
  columns = shape.empty() ? 1 : shape.back();
  chunks = llvm::divideCeil(columns, lanes);
  rows = 1;
  strides.assign(shape.size(), 1);
  for (int64_t d = static_cast<int64_t>(shape.size()) - 2; d >= 0; --d) {
    strides[d] = strides[d + 1] * shape[d + 1];
    rows *= shape[d];
  }
}

int64_t TileLayout::getWidth(int64_t chunk) const { return std::min(lanes, columns - chunk * lanes); }

int64_t TileLayout::getRegister(int64_t element) const {
  return element / columns * chunks + element % columns / lanes;
}

SmallVector<int64_t> TileLayout::getCoordinates(int64_t element) const {
  SmallVector<int64_t> coordinates;
  for (auto [stride, size] : llvm::zip_equal(strides, shape))
    coordinates.push_back(element / stride % size);
  return coordinates;
}

int64_t TileLayout::getElement(ArrayRef<int64_t> coordinates) const {
  int64_t element = 0;
  for (auto [coordinate, stride] : llvm::zip_equal(coordinates, strides))
    element += coordinate * stride;
  return element;
}

} // namespace attn
