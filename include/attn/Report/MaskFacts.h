// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What there is to say about one mask in one problem: its picture, its tiles, its bounds, what other tiles would give.
// Writers turn it into text, SVG and JSON; they write to streams and decide nothing.
#ifndef ATTN_REPORT_MASKFACTS_H
#define ATTN_REPORT_MASKFACTS_H

#include "attn/Analysis/WalkCount.h"
#include "attn/Report/MaskFormulas.h"
#include "attn/Report/MaskPicture.h"

namespace llvm {
class raw_ostream;
namespace json {
class OStream;
} // namespace json
} // namespace llvm

namespace attn {

/// What a cell of a picture is: a tile, a score, or the queries of a box and one key that they may list.
enum class MaskView : uint8_t { Tile, Element, Box };

/// Tiles of strips of consecutive queries and panels of consecutive keys; or, with a box, of strips of its queries and
/// panels of the keys that they list.
struct MaskTiling {
  TileShape tile{};
  llvm::SmallVector<int64_t> box;

  bool operator==(const MaskTiling &other) const {
    return tile.rows == other.tile.rows && tile.columns == other.tile.columns && box == other.box;
  }
};

/// "4x4" or "4 x 4", by the separator.
std::string joinSizes(llvm::ArrayRef<int64_t> sizes, llvm::StringRef separator);
/// "14 x 32", "16 x 16 in boxes of 4 x 4".
std::string describeTiling(const MaskTiling &tiling);

/// The tiles of another shape; none where counting them takes too long.
struct SweepLine {
  MaskTiling tiling;
  std::optional<MaskTiles> counts;
};

/// What one query sees of keys that lie on a grid: pictures of the planes that the last two axes span, which are
/// numbered in the order of the others.
struct GridPictures {
  std::vector<int64_t> extents, query;
  struct Plane {
    int64_t number;
    MaskPicture picture;
  };
  std::vector<Plane> planes;
};

struct MaskFacts {
  /// Given: the mask as in IR, the problem with its symbols, the range of it that is computed.
  std::string mask;
  MaskProblem problem;
  std::vector<std::string> symbolNames;
  ScoreRange range{};

  MaskFormulas formulas;
  MaskTiling tiling;
  MaskTiles counts;
  /// None when counting takes too long, or when a score depends on data.
  std::optional<int64_t> visible;
  bool dependsOnData = false;
  MaskView view = MaskView::Tile;
  /// None when there is no query or no key.
  std::optional<MaskPicture> picture;
  /// In place of the picture.
  std::optional<GridPictures> grid;
  std::vector<SweepLine> sweep;

  std::optional<double> getUsefulShare() const { return counts.getUsefulShare(visible, tiling.tile); }
  /// What a part of the picture is in scores.
  TileShape getPart() const;
};

struct MaskQuestions {
  /// Tiles or scores; a tiling with a box has a view of its own.
  MaskView view = MaskView::Tile;
  MaskTiling tiling;
  std::vector<MaskTiling> sweep;
  /// On a side of the picture.
  int64_t mostCells = 64;
  /// What is known of the symbols; scores are counted one by one only where all of them have values.
  llvm::SmallVector<SymbolKind> symbols;
};

/// What took too long.
enum class MaskExcess : uint8_t { None, Tiles, Scores };

/// Work is bounded by this number of tests for each question, a second or so.
inline constexpr int64_t kMaxMaskSteps = int64_t(1) << 23;

/// Answers the questions about `facts`, whose problem is given. What is `None` for Scores may still have no `visible`.
MaskExcess collectMaskFacts(MaskDefinition mask, const MaskQuestions &questions, MaskFacts &facts);

/// The shapes that a sweep looks at unless told otherwise: register tiles of CPUs, tiles of GPUs, and boxes of 16
/// queries on a grid of so many axes. One axis stands for a line of queries.
std::vector<MaskTiling> getUsualTilings(unsigned axes);

/// Adds the picture of a plane of the keys that `grid.query` sees; false when it takes more than the steps that the
/// counter has left.
bool drawPlane(MaskCounter &counter, int64_t plane, int64_t mostCells, GridPictures &grid);

/// Pictures in characters ('#' full, '+' mixed, '.' empty), counts and formulas for a terminal.
void writeMaskText(llvm::raw_ostream &out, const MaskFacts &facts);
/// The lines of the work, of the formulas and of the sweep alone, each behind `indent`.
void writeMaskWork(llvm::raw_ostream &out, const MaskFacts &facts, llvm::StringRef indent);
void writeMaskFormulas(llvm::raw_ostream &out, const MaskFormulas &formulas, llvm::StringRef indent);
void writeMaskSweep(llvm::raw_ostream &out, const MaskFacts &facts, llvm::StringRef indent);
/// One picture that stands alone.
void writeMaskSvg(llvm::raw_ostream &out, const MaskFacts &facts);
/// The members of one object; docs/reports.md lists them.
void writeMaskJson(llvm::json::OStream &json, const MaskFacts &facts);
void writeMaskFormulasJson(llvm::json::OStream &json, const MaskFormulas &formulas);

} // namespace attn

#endif // ATTN_REPORT_MASKFACTS_H
