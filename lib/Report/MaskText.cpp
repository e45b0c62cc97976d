// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Masks for terminals.
#include "attn/Report/MaskFacts.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace attn;

static double percent(int64_t part, int64_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

static char signOf(TileClass kind) { return kind == TileClass::Full ? '#' : kind == TileClass::Mixed ? '+' : '.'; }

static void writePicture(llvm::raw_ostream &out, const MaskPicture &picture) {
  for (int64_t row = 0; row < picture.getHeight(); ++row) {
    for (int64_t column = 0; column < picture.getWidth(); ++column)
      out << signOf(picture.get(row, column));
    out << "\n";
  }
}

static void writeGrid(llvm::raw_ostream &out, const GridPictures &grid) {
  out << "keys that query (" << joinSizes(grid.query, ", ") << ") of " << joinSizes(grid.extents, " x ") << " sees";
  if (const MaskPicture &picture = grid.planes.front().picture; picture.isFolded())
    out << "; one character is " << picture.getFold().rows << " x " << picture.getFold().columns << " keys";
  out << "\n";
  for (const GridPictures::Plane &plane : grid.planes) {
    if (grid.extents.size() > 2)
      out << "plane " << plane.number << "\n";
    writePicture(out, plane.picture);
  }
}

static void writeCounts(llvm::raw_ostream &out, const MaskTiles &counts) {
  for (auto [kind, name, count] :
       {std::tuple(TileClass::Full, "full", counts.full), std::tuple(TileClass::Mixed, "mixed", counts.mixed),
        std::tuple(TileClass::Empty, "empty", counts.empty)})
    out << signOf(kind)
        << llvm::format(" %-6s%12lld  %5.1f %%\n", name, static_cast<long long>(count),
                        percent(count, counts.getTotal()));
}

void attn::writeMaskWork(llvm::raw_ostream &out, const MaskFacts &facts, llvm::StringRef indent) {
  int64_t pairs = facts.range.getArea();
  out << indent << "visible  ";
  if (facts.visible)
    out << *facts.visible << " of " << pairs << " pairs"
        << llvm::format(" (%.1f %%)\n", percent(*facts.visible, pairs));
  else if (facts.dependsOnData)
    out << "not counted: it depends on data\n";
  else
    out << "not counted: more than " << kMaxMaskSteps << " steps\n";
  out << indent << "computed " << facts.counts.getComputed() << " of " << facts.counts.getTotal() << " tiles";
  if (std::optional<double> speedUp = facts.counts.getSpeedUp())
    out << llvm::format(": at most %.1fx faster than dense, where every tile costs the same", *speedUp);
  out << "\n";
  if (std::optional<double> useful = facts.getUsefulShare())
    out << indent << llvm::format("useful   %.1f %% of the scores in computed tiles are visible\n", 100.0 * *useful);
}

/// Formulas of masks that somebody generated can be endless.
static void writeParts(llvm::raw_ostream &out, llvm::ArrayRef<FormulaPart> parts, llvm::StringRef indent) {
  constexpr size_t kMost = 24;
  for (const FormulaPart &part : parts.take_front(kMost))
    out << indent << "         where " << part.name << " = " << part.text << "\n";
  if (parts.size() > kMost)
    out << indent << "         and " << parts.size() - kMost << " more\n";
}

void attn::writeMaskFormulas(llvm::raw_ostream &out, const MaskFormulas &formulas, llvm::StringRef indent) {
  out << indent << "bounds   queries i0 to i1 see keys j with " << formulas.from << " <= j < " << formulas.to
      << (formulas.singleBand ? "; no tile between is empty" : "; tiles between may be empty") << "\n";
  writeParts(out, formulas.boundParts, indent);
  for (auto [axis, bounds] : llvm::enumerate(formulas.axes))
    out << indent << (axis == 0 ? "boxes    of queries see keys with " : "         and ") << bounds.from << " <= j["
        << axis << "] < " << bounds.to << "\n";
  writeParts(out, formulas.axisParts, indent);
  out << indent << "tiles    of keys j0 to j1 are full where " << formulas.full << "\n";
  out << indent << "         and empty where " << formulas.empty << "\n";
  writeParts(out, formulas.tileParts, indent);
}

void attn::writeMaskSweep(llvm::raw_ostream &out, const MaskFacts &facts, llvm::StringRef indent) {
  out << indent << "tile            computed           of   useful   at most\n";
  for (const SweepLine &line : facts.sweep) {
    auto [tile, box] = line.tiling;
    std::string name = std::to_string(tile.rows) + "x" + std::to_string(tile.columns);
    if (!box.empty())
      name = joinSizes(box, "x") + "@" + name;
    out << indent << llvm::left_justify(name, 12);
    if (!line.counts) {
      out << " more than " << kMaxMaskSteps / static_cast<int64_t>(facts.sweep.size()) << " steps\n";
      continue;
    }
    out << llvm::format("%12lld %12lld", static_cast<long long>(line.counts->getComputed()),
                        static_cast<long long>(line.counts->getTotal()));
    std::optional<double> useful = line.counts->getUsefulShare(facts.visible, tile);
    std::optional<double> speedUp = line.counts->getSpeedUp();
    out << (useful ? llvm::formatv("{0,+6:F1} %", 100.0 * *useful).str() : "       -");
    out << (speedUp ? llvm::formatv("{0,+8:F1}x", *speedUp).str() : "        -") << "\n";
  }
}

void attn::writeMaskText(llvm::raw_ostream &out, const MaskFacts &facts) {
  if (facts.grid)
    writeGrid(out, *facts.grid);
  else if (facts.picture)
    writePicture(out, *facts.picture);
  out << "\n"
      << facts.range.queryEnd - facts.range.queryBegin << " queries x " << facts.range.keyEnd - facts.range.keyBegin
      << " keys, tiles of " << describeTiling(facts.tiling);
  if (!facts.grid && facts.picture && facts.picture->isFolded()) {
    TileShape fold = facts.picture->getFold();
    if (facts.view == MaskView::Box)
      out << "; one character is " << fold.rows * facts.getPart().rows << " queries x " << fold.columns << " keys";
    else
      out << "; one character is " << fold.rows << " x " << fold.columns
          << (facts.view == MaskView::Tile ? " tiles" : " scores");
  }
  out << "\n";
  writeCounts(out, facts.counts);
  writeMaskWork(out, facts, "");
  writeMaskFormulas(out, facts.formulas, "");
  if (!facts.sweep.empty()) {
    out << "\n";
    writeMaskSweep(out, facts, "");
  }
}
