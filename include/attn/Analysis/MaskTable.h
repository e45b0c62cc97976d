// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Masks that were written out: a bit for each query and key. Finds the definition that such a table was made from,
// where it is one of the usual ones, and proves it equal.
#ifndef ATTN_ANALYSIS_MASKTABLE_H
#define ATTN_ANALYSIS_MASKTABLE_H

#include "attn/Analysis/MaskCount.h"
#include "dialects/Attn/AttnAttrs.h"

namespace attn {

/// What a constant shows of the first queries and keys of a problem.
class MaskTable {
public:
  /// `isVisible` has a byte for each element, rows one after the other.
  MaskTable(int64_t rows, int64_t columns, llvm::ArrayRef<uint8_t> isVisible);

  int64_t getRows() const { return rows; }
  int64_t getColumns() const { return columns; }
  bool get(int64_t row, int64_t column) const { return isVisible[row * columns + column] != 0; }
  /// The visible elements of a range.
  int64_t count(const ScoreRange &range) const;
  int64_t count() const { return count({0, rows, 0, columns}); }

  /// Whether a mask without symbols shows exactly this, each element of it; no where that takes too long. The mask is
  /// read in a problem of that many queries and keys.
  bool isEqualTo(MaskAttrInterface mask, int64_t queries, int64_t keys) const;

private:
  int64_t rows, columns;
  std::vector<uint8_t> isVisible;
  /// Visible elements above and to the left.
  std::vector<int32_t> sums;
};

/// Tables of more elements are not looked at.
inline constexpr int64_t kMaxTableElements = int64_t(1) << 22;

/// A definition of what a table shows, proved equal element by element; none when it is none of the usual patterns.
/// `readsSizes` allows definitions that depend on the sizes of the problem, which are then those of the table.
std::optional<MaskAttrInterface> describeTable(mlir::MLIRContext *context, const MaskTable &table, bool readsSizes);

} // namespace attn

#endif // ATTN_ANALYSIS_MASKTABLE_H
