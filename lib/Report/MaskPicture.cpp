// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Report/MaskPicture.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace attn;

//===----------------------------------------------------------------------===//
// MaskTiles
//===----------------------------------------------------------------------===//

std::optional<double> MaskTiles::getSpeedUp() const {
  if (getComputed() == 0)
    return std::nullopt;
  return static_cast<double>(getTotal()) / static_cast<double>(getComputed());
}

std::optional<double> MaskTiles::getUsefulShare(std::optional<int64_t> visible, TileShape tile) const {
  if (!visible || getComputed() == 0)
    return std::nullopt;
  double area = static_cast<double>(tile.rows) * static_cast<double>(tile.columns);
  return static_cast<double>(*visible) / (static_cast<double>(getComputed()) * area);
}

//===----------------------------------------------------------------------===//
// MaskPicture
//===----------------------------------------------------------------------===//

static TileShape chooseFold(int64_t rows, int64_t columns, TileShape part, int64_t mostCells) {
  int64_t side = std::max(rows * part.rows, columns * part.columns) / mostCells;
  auto choose = [&](int64_t count, int64_t size) {
    return std::clamp<int64_t>(side / size, llvm::divideCeil(count, mostCells), count);
  };
  return {choose(rows, part.rows), choose(columns, part.columns)};
}

MaskPicture::MaskPicture(int64_t rows, int64_t columns, TileShape part, int64_t mostCells)
    : fold(chooseFold(rows, columns, part, mostCells)), height(llvm::divideCeil(rows, fold.rows)),
      width(llvm::divideCeil(columns, fold.columns)), cells(height * width) {}

void MaskPicture::add(int64_t row, int64_t rows, int64_t column, int64_t columns, TileClass kind) {
  for (int64_t y = row / fold.rows; y <= (row + rows - 1) / fold.rows; ++y)
    for (int64_t x = column / fold.columns; x <= (column + columns - 1) / fold.columns; ++x) {
      Cell &cell = cells[y * width + x];
      cell.isFull &= kind == TileClass::Full;
      cell.isEmpty &= kind == TileClass::Empty;
    }
}

TileClass MaskPicture::get(int64_t row, int64_t column) const {
  const Cell &cell = cells[row * width + column];
  return cell.isFull ? TileClass::Full : cell.isEmpty ? TileClass::Empty : TileClass::Mixed;
}

//===----------------------------------------------------------------------===//
// Counting and drawing
//===----------------------------------------------------------------------===//

std::optional<MaskTiles> attn::countMaskTiles(MaskCounter &counter, const ScoreRange &range, TileShape tile,
                                              int64_t steps, MaskPicture *picture) {
  struct Block {
    int64_t row, rows, column, columns;
  };
  MaskTiles counts;
  int64_t height = llvm::divideCeil(range.queryEnd - range.queryBegin, tile.rows);
  int64_t width = llvm::divideCeil(range.keyEnd - range.keyBegin, tile.columns);
  llvm::SmallVector<Block> rest;
  if (height > 0 && width > 0)
    rest.push_back({0, height, 0, width});
  while (!rest.empty()) {
    Block block = rest.pop_back_val();
    if (--steps < 0)
      return std::nullopt;
    ScoreRange scores{range.queryBegin + block.row * tile.rows, range.queryBegin + (block.row + block.rows) * tile.rows,
                      range.keyBegin + block.column * tile.columns,
                      range.keyBegin + (block.column + block.columns) * tile.columns};
    scores.queryEnd = std::min(scores.queryEnd, range.queryEnd);
    scores.keyEnd = std::min(scores.keyEnd, range.keyEnd);
    TileClass kind = counter.classify(scores);
    // A reading that recognises a block recognises its tiles.
    if (kind != TileClass::Mixed || (block.rows == 1 && block.columns == 1)) {
      counts.add(kind, block.rows * block.columns);
      if (picture)
        picture->add(block.row, block.rows, block.column, block.columns, kind);
      continue;
    }
    Block first = block, second = block;
    bool isTall = block.rows * tile.rows >= block.columns * tile.columns;
    if (block.columns == 1 || (isTall && block.rows > 1)) {
      first.rows = block.rows / 2;
      second.row += first.rows;
      second.rows -= first.rows;
    } else {
      first.columns = block.columns / 2;
      second.column += first.columns;
      second.columns -= first.columns;
    }
    rest.append({second, first});
  }
  return counts;
}

static bool addScores(MaskCounter &counter, const ScoreRange &scores, MaskPicture &picture, int64_t row,
                      int64_t column) {
  std::optional<int64_t> visible = counter.countVisible(scores);
  if (!visible)
    return false;
  TileClass kind = *visible == 0 ? TileClass::Empty : *visible == scores.getArea() ? TileClass::Full : TileClass::Mixed;
  picture.add(row, 1, column, 1, kind);
  return true;
}

bool attn::drawScores(MaskCounter &counter, const ScoreRange &range, MaskPicture &picture) {
  TileShape fold = picture.getFold();
  for (int64_t row = 0; row < picture.getHeight(); ++row)
    for (int64_t column = 0; column < picture.getWidth(); ++column) {
      int64_t query = range.queryBegin + row * fold.rows, key = range.keyBegin + column * fold.columns;
      ScoreRange scores{query, std::min(range.queryEnd, query + fold.rows), key,
                        std::min(range.keyEnd, key + fold.columns)};
      if (!addScores(counter, scores, picture, row * fold.rows, column * fold.columns))
        return false;
    }
  return true;
}

bool attn::drawKeys(MaskCounter &counter, int64_t query, int64_t firstKey, MaskPicture &picture, int64_t height,
                    int64_t width) {
  int64_t fold = picture.getFold().columns;
  // The keys of a cell are no interval: each row of them is.
  for (int64_t row = 0; row < height; ++row)
    for (int64_t column = 0; column < width; column += fold) {
      int64_t key = firstKey + row * width + column, end = std::min(column + fold, width) - column;
      if (!addScores(counter, {query, query + 1, key, key + end}, picture, row, column))
        return false;
    }
  return true;
}
