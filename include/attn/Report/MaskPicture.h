// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pictures of masks as small grids of cells, and the counts of tiles that go with them. Everything is bounded: what
// takes too long is not drawn, and the caller is told.
#ifndef ATTN_REPORT_MASKPICTURE_H
#define ATTN_REPORT_MASKPICTURE_H

#include "attn/Analysis/MaskCount.h"

namespace attn {

/// Queries x keys.
struct TileShape {
  int64_t rows, columns;
};

/// The tiles of a range of scores as compiled code recognises them.
struct MaskTiles {
  int64_t full = 0, mixed = 0, empty = 0;

  int64_t getComputed() const { return full + mixed; }
  int64_t getTotal() const { return full + mixed + empty; }
  void add(TileClass kind, int64_t count) {
    (kind == TileClass::Full ? full : kind == TileClass::Mixed ? mixed : empty) += count;
  }
  /// How many times fewer tiles are computed than without a mask; none when no tile is.
  std::optional<double> getSpeedUp() const;
  /// The visible scores for each score of the computed tiles, which are computed whole where the range ends.
  std::optional<double> getUsefulShare(std::optional<int64_t> visible, TileShape tile) const;
};

/// A grid of parts (tiles, scores, keys), of which rectangles share a cell so that no side has more cells than asked
/// for.
class MaskPicture {
public:
  /// `part` is the size of a part in scores: cells become about square in these.
  MaskPicture(int64_t rows, int64_t columns, TileShape part, int64_t mostCells);

  /// Adds a rectangle of parts, all of one kind.
  void add(int64_t row, int64_t rows, int64_t column, int64_t columns, TileClass kind);

  /// Rows and columns of parts in a cell.
  TileShape getFold() const { return fold; }
  bool isFolded() const { return fold.rows > 1 || fold.columns > 1; }
  int64_t getHeight() const { return height; }
  int64_t getWidth() const { return width; }
  /// Full or empty when all its parts are.
  TileClass get(int64_t row, int64_t column) const;

private:
  struct Cell {
    bool isFull = true, isEmpty = true;
  };
  TileShape fold;
  int64_t height, width;
  std::vector<Cell> cells;
};

/// Counts the tiles of a range; the last ones of a side are cut off. What is full or empty as a whole is not looked
/// into, so that a band costs as much as its border is long. Returns nothing when it takes more than `steps` tests.
/// `picture`, if any, has a part for each tile.
std::optional<MaskTiles> countMaskTiles(MaskCounter &counter, const ScoreRange &range, TileShape tile, int64_t steps,
                                        MaskPicture *picture = nullptr);

/// Adds the scores of a range to a picture that has a part for each. Exact; false when it takes more than the steps
/// that the counter has left.
bool drawScores(MaskCounter &counter, const ScoreRange &range, MaskPicture &picture);

/// What a query sees of keys that lie on a grid, in row-major order: a picture of `height` x `width` keys, the first of
/// which is `firstKey`.
bool drawKeys(MaskCounter &counter, int64_t query, int64_t firstKey, MaskPicture &picture, int64_t height,
              int64_t width);

} // namespace attn

#endif // ATTN_REPORT_MASKPICTURE_H
