// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An n-D vector value as the list of registers that hold it: row by row, each
// row in pieces of as many lanes as a register has, the last piece narrower
// where the row does not divide.
#ifndef ATTN_LIB_CONVERSION_VECTORTOREGISTERS_TILE_H
#define ATTN_LIB_CONVERSION_VECTORTOREGISTERS_TILE_H

#include "Lanes.h"

namespace attn {

/// Where the elements of a vector type lie in registers of `lanes` lanes.
class TileLayout {
public:
  TileLayout(mlir::VectorType type, int64_t lanes);

  int64_t getRows() const { return rows; }
  /// Registers in a row.
  int64_t getChunks() const { return chunks; }
  int64_t getNumRegisters() const { return rows * chunks; }
  int64_t getNumElements() const { return rows * columns; }
  /// Lanes of chunk `chunk` of a row.
  int64_t getWidth(int64_t chunk) const;
  /// The column of the first lane of `chunk`.
  int64_t getColumn(int64_t chunk) const { return chunk * lanes; }
  /// The register that holds a row-major element, and the lane there.
  int64_t getRegister(int64_t element) const;
  int64_t getLane(int64_t element) const { return element % columns % lanes; }

  /// Row-major strides of the vector's dimensions, in elements.
  llvm::ArrayRef<int64_t> getStrides() const { return strides; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  /// Coordinates of a row-major element; as many as the vector has dimensions.
  llvm::SmallVector<int64_t> getCoordinates(int64_t element) const;
  int64_t getElement(llvm::ArrayRef<int64_t> coordinates) const;
  /// The first element of a register.
  int64_t getFirst(int64_t reg) const { return reg / chunks * columns + reg % chunks * lanes; }

private:
  llvm::SmallVector<int64_t> shape, strides;
  int64_t lanes, rows, columns, chunks;
};

struct Tile {
  mlir::VectorType type;
  llvm::SmallVector<Lanes> registers;
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_VECTORTOREGISTERS_TILE_H
