// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pictures of masks as SVG that stands alone: no scripts, no other files, readable in light and dark, by those who
// cannot tell colours apart (mixed cells are hatched) and by screen readers (title and description).
#ifndef ATTN_REPORT_SVGPICTURE_H
#define ATTN_REPORT_SVGPICTURE_H

#include "attn/Report/MaskFacts.h"

namespace attn {

/// A picture with what is written around it. Texts need no escapes.
struct SvgFigure {
  const MaskPicture *picture = nullptr;
  /// What a part of the picture is in scores.
  TileShape part{1, 1};
  std::string title;
  std::string across = "keys", down = "queries";
  /// The first part of a side and the number of parts; axes say the first and the last.
  int64_t firstAcross = 0, numAcross = 0, firstDown = 0, numDown = 0;
  /// What full, mixed and empty cells are; empty for a sign that does not occur.
  std::string full, mixed, empty;
  /// Lines below.
  std::vector<std::string> notes;
  /// A cell that is marked: row and column.
  std::optional<std::pair<int64_t, int64_t>> mark;
};

/// One document of figures below each other. `name` tells its ids from those of other documents on the same page.
void writeSvg(llvm::raw_ostream &out, llvm::StringRef title, llvm::StringRef description,
              llvm::ArrayRef<SvgFigure> figures, llvm::StringRef name);

/// The figures of a mask: its picture, or one for each plane of its grid.
std::vector<SvgFigure> makeFigures(const MaskFacts &facts);

/// The counts in words, for descriptions.
std::string describeCounts(const MaskFacts &facts);

} // namespace attn

#endif // ATTN_REPORT_SVGPICTURE_H
