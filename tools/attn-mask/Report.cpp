// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Report.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>

using namespace attn;
using namespace attn::tool;

namespace {

constexpr int64_t kMaxCells = 64;
/// Each is a few seconds of work at most.
constexpr int64_t kMaxTiles = int64_t(1) << 24;
constexpr int64_t kMaxSteps = int64_t(1) << 23;

/// What one character stands for, as the parts are added to it.
class Cell {
public:
  void add(TileClass part) {
    isFull &= part == TileClass::Full;
    isEmpty &= part == TileClass::Empty;
  }
  char get() const { return isFull ? '#' : isEmpty ? '.' : '+'; }

private:
  bool isFull = true, isEmpty = true;
};

/// A picture of `rows` x `columns` parts, folded so that it fits on a screen and keeps its proportions.
class Picture {
public:
  Picture(int64_t rows, int64_t columns)
      : fold(std::max<int64_t>(1, llvm::divideCeil(std::max(rows, columns), kMaxCells))),
        width(llvm::divideCeil(columns, fold)), cells(llvm::divideCeil(rows, fold) * width) {}

  void add(int64_t row, int64_t column, TileClass part) { cells[row / fold * width + column / fold].add(part); }
  int64_t getFold() const { return fold; }
  void print(llvm::raw_ostream &os) const {
    for (size_t at = 0; at < cells.size(); ++at)
      os << cells[at].get() << ((at + 1) % width == 0 ? "\n" : "");
  }

private:
  int64_t fold, width;
  std::vector<Cell> cells;
};

struct TileCounts {
  int64_t full = 0, mixed = 0, empty = 0;
  int64_t getTotal() const { return full + mixed + empty; }
};

/// Classifies every tile, counts it and hands it to the picture.
TileCounts countTiles(const Arguments &arguments, MaskCounter &counter, Picture &picture) {
  TileCounts counts;
  for (int64_t i = 0; i < arguments.queries; i += arguments.tileRows)
    for (int64_t j = 0; j < arguments.keys; j += arguments.tileColumns) {
      TileClass kind = counter.classify({i, std::min(arguments.queries, i + arguments.tileRows), j,
                                         std::min(arguments.keys, j + arguments.tileColumns)});
      ++(kind == TileClass::Full ? counts.full : kind == TileClass::Empty ? counts.empty : counts.mixed);
      picture.add(i / arguments.tileRows, j / arguments.tileColumns, kind);
    }
  return counts;
}

/// Draws the scores; false when that takes too many steps.
bool drawElements(const Arguments &arguments, MaskCounter &counter, Picture &picture) {
  int64_t fold = picture.getFold();
  for (int64_t i = 0; i < arguments.queries; i += fold)
    for (int64_t j = 0; j < arguments.keys; j += fold) {
      ScoreRange range{i, std::min(arguments.queries, i + fold), j, std::min(arguments.keys, j + fold)};
      std::optional<int64_t> visible = counter.countVisible(range);
      if (!visible)
        return false;
      picture.add(i, j,
                  *visible == 0                 ? TileClass::Empty
                  : *visible == range.getArea() ? TileClass::Full
                                                : TileClass::Mixed);
    }
  return true;
}

double percent(int64_t part, int64_t whole) { return 100.0 * static_cast<double>(part) / static_cast<double>(whole); }

void printCounts(llvm::raw_ostream &os, const TileCounts &counts) {
  struct Line {
    char sign;
    const char *name;
    int64_t count;
  };
  for (Line line : {Line{'#', "full", counts.full}, Line{'+', "mixed", counts.mixed}, Line{'.', "empty", counts.empty}})
    os << llvm::format("%c %-6s%12lld  %5.1f %%\n", line.sign, line.name, static_cast<long long>(line.count),
                       percent(line.count, counts.getTotal()));
}

void printWork(llvm::raw_ostream &os, const TileCounts &counts) {
  int64_t computed = counts.full + counts.mixed;
  os << "computed " << computed << " of " << counts.getTotal() << " tiles";
  if (computed != 0)
    os << llvm::format(": %.1fx faster than dense",
                       static_cast<double>(counts.getTotal()) / static_cast<double>(computed));
  os << "\n";
}

} // namespace

std::string tool::report(llvm::raw_ostream &os, const Arguments &arguments, MaskCounter &counter) {
  int64_t rows = llvm::divideCeil(arguments.queries, arguments.tileRows);
  int64_t columns = llvm::divideCeil(arguments.keys, arguments.tileColumns);
  if (rows > kMaxTiles / columns)
    return "expects the number of tiles to be at most " + std::to_string(kMaxTiles) + ", but got " +
           std::to_string(rows) + " x " + std::to_string(columns) + "; choose a larger --tile";
  bool isTileView = arguments.view == View::Tile;
  Picture picture(isTileView ? rows : arguments.queries, isTileView ? columns : arguments.keys), unused(rows, columns);
  counter.setSteps(kMaxSteps);
  TileCounts counts = countTiles(arguments, counter, isTileView ? picture : unused);
  if (!isTileView && !drawElements(arguments, counter, picture))
    return "expects --view=element to take at most " + std::to_string(kMaxSteps) +
           " steps, but got a mask that takes more; use " + "--view=tile";
  counter.setSteps(kMaxSteps);
  std::optional<int64_t> visible = counter.countVisible({0, arguments.queries, 0, arguments.keys});

  picture.print(os);
  os << "\n"
     << arguments.queries << " queries x " << arguments.keys << " keys, tiles of " << arguments.tileRows << " x "
     << arguments.tileColumns;
  if (picture.getFold() > 1)
    os << "; one character is " << picture.getFold() << " x " << picture.getFold()
       << (isTileView ? " tiles" : " scores");
  os << "\n";
  printCounts(os, counts);
  if (visible)
    os << "visible  " << *visible << " of " << arguments.queries * arguments.keys << " pairs"
       << llvm::format(" (%.1f %%)\n", percent(*visible, arguments.queries * arguments.keys));
  else
    os << "visible  not counted: more than " << kMaxSteps << " steps\n";
  printWork(os, counts);
  return {};
}
