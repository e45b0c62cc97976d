// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random masks made of everything there is: all mask attributes with random parameters, arithmetic on positions,
// coordinates and symbols, and connectives over them; and what their symbols hold in a random problem.
#ifndef ATTN_TEST_UNIT_MASKS_COMPOSITION_H
#define ATTN_TEST_UNIT_MASKS_COMPOSITION_H

#include "MaskZoo.h"
#include "attn/Analysis/MaskReadings.h"

namespace attn::test {

/// The symbols of a composition: one value, one for each row, one for each score; the ends of segments, which rise with
/// the query; the extents of the grid.
enum CompositionSymbol : unsigned { kOne, kRow, kScore, kFirst, kEnd, kExtent, kCompositionSymbols = kExtent + 3 };
constexpr SymbolKind kCompositionKinds[kCompositionSymbols] = {
    SymbolKind::Scalar, SymbolKind::Rows,   SymbolKind::Unknown, SymbolKind::Rows,
    SymbolKind::Rows,   SymbolKind::Scalar, SymbolKind::Scalar,  SymbolKind::Scalar};

class Composition {
public:
  Composition(mlir::MLIRContext &context, uint32_t seed);

  Truth build(MaskBuilder &b) const;
  /// The extents of the grid, outermost first.
  llvm::ArrayRef<int64_t> getGrid() const { return grid; }
  int64_t getTokens() const;
  /// The value of a symbol at one score, for what the problem drew.
  int64_t symbol(unsigned number, int64_t i, int64_t j, uint64_t salt) const;

private:
  unsigned draw(unsigned bound) { return random() % bound; }
  BoundMask drawMask(mlir::MLIRContext &context, unsigned depth);
  BoundMask drawLeaf(mlir::MLIRContext &context);
  BoundMask drawNeighborhood(mlir::MLIRContext &context);
  MaskAttrInterface drawSet(mlir::MLIRContext &context);
  BoundMask drawSetOnGrid(mlir::MLIRContext &context);
  llvm::SmallVector<int64_t> getSizes() const;
  llvm::SmallVector<unsigned, 2> getExtentSymbols() const;

  uint32_t seed;
  std::mt19937 random;
  std::vector<int64_t> grid;
  llvm::SmallVector<MaskExtent> extents;
  std::vector<BoundMask> masks;
};

} // namespace attn::test

#endif // ATTN_TEST_UNIT_MASKS_COMPOSITION_H
