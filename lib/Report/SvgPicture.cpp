// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Report/SvgPicture.h"
#include "attn/Report/Escape.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace attn;

namespace {

/// Units of the view box. At 375 pixels one of them is about a pixel, so that the text stays readable on a phone.
constexpr double kArea = 300, kLine = 16, kCharacter = 6.4, kLeast = 320;
/// How much of the room bold text may take for as many characters.
constexpr double kBold = 0.84;

constexpr llvm::StringLiteral kStyle =
    ".attn-mask{--ink:#1b1f24;--paper:#fff;--full:#1f5fbf;--mixed:#cfe1fb;--line:#b6bec8;"
    "font:11px system-ui,-apple-system,'Segoe UI',sans-serif}"
    "@media (prefers-color-scheme:dark){.attn-mask{--ink:#e6edf3;--paper:#161b22;--full:#6cb0ff;--mixed:#1d3350;"
    "--line:#4a535e}}"
    ".attn-mask text{fill:var(--ink)}.attn-mask .paper{fill:var(--paper)}.attn-mask .full{fill:var(--full)}"
    ".attn-mask .frame,.attn-mask .grid{fill:none;stroke:var(--line);vector-effect:non-scaling-stroke}"
    ".attn-mask .under{fill:var(--mixed)}.attn-mask .hatch{stroke:var(--full)}"
    ".attn-mask .mark{fill:none;stroke:var(--ink);stroke-width:2;vector-effect:non-scaling-stroke}";

std::string number(double value) {
  std::string text = llvm::formatv("{0:F2}", value).str();
  llvm::StringRef cut = llvm::StringRef(text).rtrim('0').rtrim('.');
  return cut.empty() || cut == "-0" ? "0" : cut.str();
}

/// Text that fits; what is cut off stands in the title of the document.
std::string fit(llvm::StringRef text, double width) {
  std::string printable = makePrintable(text);
  size_t most = static_cast<size_t>(width / kCharacter);
  if (printable.size() <= most)
    return escapeXml(printable);
  // A character that is cut in the middle becomes U+FFFD; the ellipsis covers it.
  size_t end = most - 1;
  while (end > 0 && (static_cast<unsigned char>(printable[end]) & 0xC0) == 0x80)
    --end;
  return escapeXml(printable.substr(0, end)) + "\xE2\x80\xA6";
}

/// The size of a cell in units.
struct Cell {
  double width, height;
};

class FigureWriter {
public:
  FigureWriter(llvm::raw_ostream &out, const SvgFigure &figure, llvm::StringRef hatch)
      : out(out), figure(figure), hatch(hatch), picture(*figure.picture), cell(measureCell(figure)),
        left(24 + kCharacter * static_cast<double>(std::to_string(last(figure.firstDown, figure.numDown)).size())),
        top(figure.title.empty() ? 2.2 * kLine : 3.4 * kLine) {}

  double getWidth() const { return std::max(kLeast, left + kArea + 8); }
  double getHeight() const {
    double lines = static_cast<double>(getLegend().size() + figure.notes.size());
    return top + getDown() + 10 + lines * kLine + 6;
  }

  void write() {
    if (!figure.title.empty())
      text(8, kLine, "start", fit(figure.title, kBold * (getWidth() - 16)), " font-weight=\"600\"");
    writeAxes();
    out << "<g transform=\"translate(" << number(left) << " " << number(top) << ")\">\n";
    writeCells(TileClass::Mixed, ("fill=\"url(#" + hatch + ")\"").str());
    writeCells(TileClass::Full, "class=\"full\"");
    writeLines();
    out << "</g>\n";
    writeLegend();
  }

private:
  static int64_t last(int64_t first, int64_t count) { return first + std::max<int64_t>(count, 1) - 1; }
  /// As many units for a score across as down, unless that makes one side a line.
  static Cell measureCell(const SvgFigure &figure) {
    const MaskPicture &picture = *figure.picture;
    double width = static_cast<double>(picture.getFold().columns * figure.part.columns);
    double height = static_cast<double>(picture.getFold().rows * figure.part.rows);
    double across = width * static_cast<double>(picture.getWidth()),
           down = height * static_cast<double>(picture.getHeight());
    double scale = kArea / std::max(across, down), least = kArea / 8;
    return {width * scale * std::max(1.0, least / (across * scale)),
            height * scale * std::max(1.0, least / (down * scale))};
  }
  double x(int64_t column) const { return cell.width * static_cast<double>(column); }
  double y(int64_t row) const { return cell.height * static_cast<double>(row); }
  double getAcross() const { return x(picture.getWidth()); }
  double getDown() const { return y(picture.getHeight()); }

  void text(double x, double y, llvm::StringRef anchor, llvm::StringRef content, llvm::StringRef more = "") {
    out << "<text x=\"" << number(x) << "\" y=\"" << number(y) << "\" text-anchor=\"" << anchor << "\"" << more << ">"
        << content << "</text>\n";
  }

  void writeAxes() {
    double labels = top - 5, title = top - kLine - 2, middle = top + getDown() / 2;
    text(left, labels, "start", std::to_string(figure.firstAcross));
    if (figure.numAcross > 1)
      text(left + std::max(getAcross(), 3 * kLine), labels, "end",
           std::to_string(last(figure.firstAcross, figure.numAcross)));
    text(left, title, "start", fit(figure.across + " \xE2\x86\x92", getWidth() - left));
    text(left - 5, top + 9, "end", std::to_string(figure.firstDown));
    if (figure.numDown > 1)
      text(left - 5, std::max(top + getDown() - 2, top + 9 + kLine), "end",
           std::to_string(last(figure.firstDown, figure.numDown)));
    // Turned text needs as much height as it is long.
    if (getDown() > kCharacter * static_cast<double>(figure.down.size() + 2))
      text(0, 0, "middle", fit("\xE2\x86\x90 " + figure.down, getDown()),
           " transform=\"translate(13 " + number(middle) + ") rotate(-90)\"");
  }

  /// Neighbours in a row are one rectangle.
  void writeCells(TileClass kind, llvm::StringRef fill) {
    std::string path;
    llvm::raw_string_ostream data(path);
    for (int64_t row = 0; row < picture.getHeight(); ++row)
      for (int64_t column = 0, end; column < picture.getWidth(); column = end) {
        end = column + 1;
        if (picture.get(row, column) != kind)
          continue;
        while (end < picture.getWidth() && picture.get(row, end) == kind)
          ++end;
        data << "M" << number(x(column)) << " " << number(y(row)) << "H" << number(x(end)) << "V" << number(y(row + 1))
             << "H" << number(x(column)) << "z";
      }
    if (!path.empty())
      out << "<path shape-rendering=\"crispEdges\" " << fill << " d=\"" << path << "\"/>\n";
  }

  void writeLines() {
    constexpr int64_t most = 32;
    int64_t width = picture.getWidth(), height = picture.getHeight();
    if (std::max(width, height) <= most) {
      out << "<path class=\"grid\" d=\"";
      for (int64_t column = 1; column < width; ++column)
        out << "M" << number(x(column)) << " 0v" << number(y(height));
      for (int64_t row = 1; row < height; ++row)
        out << "M0 " << number(y(row)) << "h" << number(x(width));
      out << "\"/>\n";
    }
    out << "<rect class=\"frame\" width=\"" << number(x(width)) << "\" height=\"" << number(y(height)) << "\"/>\n";
    if (figure.mark)
      out << "<rect class=\"mark\" x=\"" << number(x(figure.mark->second)) << "\" y=\"" << number(y(figure.mark->first))
          << "\" width=\"" << number(cell.width) << "\" height=\"" << number(cell.height) << "\"/>\n";
  }

  llvm::SmallVector<std::pair<TileClass, llvm::StringRef>, 3> getLegend() const {
    llvm::SmallVector<std::pair<TileClass, llvm::StringRef>, 3> legend{
        {TileClass::Full, figure.full}, {TileClass::Mixed, figure.mixed}, {TileClass::Empty, figure.empty}};
    llvm::erase_if(legend, [](auto &line) { return line.second.empty(); });
    return legend;
  }

  void writeLegend() {
    double line = top + getDown() + 10 + kLine - 4;
    for (auto [kind, words] : getLegend()) {
      std::string place = "x=\"" + number(left) + "\" y=\"" + number(line - 10) + "\" width=\"12\" height=\"12\"";
      if (kind == TileClass::Full)
        out << "<rect class=\"full\" " << place << "/>\n";
      else if (kind == TileClass::Mixed)
        out << "<rect fill=\"url(#" << hatch << ")\" " << place << "/>\n";
      out << "<rect class=\"frame\" " << place << "/>\n";
      text(left + 18, line, "start", fit(words, getWidth() - left - 18));
      line += kLine;
    }
    for (llvm::StringRef note : figure.notes) {
      text(left, line, "start", fit(note, getWidth() - left));
      line += kLine;
    }
  }

  llvm::raw_ostream &out;
  const SvgFigure &figure;
  llvm::StringRef hatch;
  const MaskPicture &picture;
  Cell cell;
  double left, top;
};

void writeHatch(llvm::raw_ostream &out, llvm::StringRef id) {
  out << "<pattern id=\"" << id << "\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
      << "patternTransform=\"rotate(45)\"><rect class=\"under\" width=\"5\" height=\"5\"/>"
      << "<path class=\"hatch\" stroke-width=\"3\" d=\"M0 0v5\"/></pattern>";
}

} // namespace

void attn::writeSvg(llvm::raw_ostream &out, llvm::StringRef title, llvm::StringRef description,
                    llvm::ArrayRef<SvgFigure> figures, llvm::StringRef name) {
  double width = kLeast, height = 0;
  for (const SvgFigure &figure : figures) {
    FigureWriter writer(out, figure, "");
    width = std::max(width, writer.getWidth());
    height += writer.getHeight();
  }
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"attn-mask\" role=\"img\" aria-labelledby=\"" << name
      << "-title " << name << "-text\" viewBox=\"0 0 " << number(width) << " " << number(height) << "\">\n"
      << "<title id=\"" << name << "-title\">" << escapeXml(title) << "</title>\n<desc id=\"" << name << "-text\">"
      << escapeXml(description) << "</desc>\n<style>" << kStyle << "</style>\n<rect class=\"paper\" width=\""
      << number(width) << "\" height=\"" << number(height) << "\"/>\n";
  double y = 0;
  for (auto [index, figure] : llvm::enumerate(figures)) {
    std::string hatch = (name + "-hatch-" + llvm::Twine(index)).str();
    FigureWriter writer(out, figure, hatch);
    out << "<g transform=\"translate(0 " << number(y) << ")\">\n<defs>";
    writeHatch(out, hatch);
    out << "</defs>\n";
    writer.write();
    out << "</g>\n";
    y += writer.getHeight();
  }
  out << "</svg>\n";
}

//===----------------------------------------------------------------------===//
// Figures of masks
//===----------------------------------------------------------------------===//

std::string attn::describeCounts(const MaskFacts &facts) {
  const MaskTiles &counts = facts.counts;
  std::string text =
      llvm::formatv("{0} queries x {1} keys in tiles of {2}: {3} full, {4} mixed, {5} empty.",
                    facts.range.queryEnd - facts.range.queryBegin, facts.range.keyEnd - facts.range.keyBegin,
                    describeTiling(facts.tiling), counts.full, counts.mixed, counts.empty);
  if (facts.visible)
    text += llvm::formatv(" {0} of {1} pairs are visible.", *facts.visible, facts.range.getArea());
  if (std::optional<double> speedUp = counts.getSpeedUp())
    text += llvm::formatv(" At most {0:F1}x faster than dense.", *speedUp);
  return text;
}

/// What a cell of the picture of all scores is; nothing where it is one score.
static std::string describeCell(const MaskFacts &facts) {
  TileShape fold = facts.picture->getFold(), part = facts.getPart();
  bool isFolded = facts.picture->isFolded();
  std::string times = llvm::formatv("a cell is {0} x {1} ", fold.rows, fold.columns);
  switch (facts.view) {
  case MaskView::Tile:
    return (isFolded ? times + "tiles" : "a cell is a tile") +
           llvm::formatv(" of {0} x {1}", part.rows, part.columns).str();
  case MaskView::Element:
    return isFolded ? times + "scores" : "";
  case MaskView::Box:
    return llvm::formatv("a cell is {0} x {1} scores, a box {2} queries", fold.rows * part.rows,
                         fold.columns, part.rows);
  }
  llvm_unreachable("unknown view");
}

static SvgFigure makeScoreFigure(const MaskFacts &facts) {
  SvgFigure figure;
  figure.picture = &*facts.picture;
  figure.title = facts.mask;
  figure.firstAcross = facts.range.keyBegin;
  figure.numAcross = facts.range.keyEnd - facts.range.keyBegin;
  figure.firstDown = facts.range.queryBegin;
  figure.numDown = facts.range.queryEnd - facts.range.queryBegin;
  figure.part = facts.getPart();
  if (facts.view == MaskView::Tile) {
    figure.full = llvm::formatv("full: {0} tiles", facts.counts.full);
    figure.mixed = llvm::formatv("mixed: {0} tiles", facts.counts.mixed);
    figure.empty = llvm::formatv("empty: {0} tiles", facts.counts.empty);
  } else if (facts.view == MaskView::Box) {
    figure.full = "all queries of a box see it";
    figure.mixed = "listed by the box";
    figure.empty = "not listed";
  } else {
    figure.full = "visible";
    figure.mixed = facts.picture->isFolded() ? "some visible" : "";
    figure.empty = "masked";
  }
  if (std::string note = describeCell(facts); !note.empty())
    figure.notes.push_back(note);
  return figure;
}

std::vector<SvgFigure> attn::makeFigures(const MaskFacts &facts) {
  std::vector<SvgFigure> figures;
  if (!facts.grid) {
    if (facts.picture)
      figures.push_back(makeScoreFigure(facts));
    return figures;
  }
  const GridPictures &grid = *facts.grid;
  size_t axes = grid.extents.size();
  for (const GridPictures::Plane &plane : grid.planes) {
    SvgFigure figure;
    figure.picture = &plane.picture;
    figure.title = facts.mask;
    if (axes > 2)
      figure.title = "plane " + std::to_string(plane.number);
    figure.across = "keys, last axis of the grid";
    figure.down = "axis before";
    figure.numAcross = grid.extents.back();
    figure.numDown = axes > 1 ? grid.extents[axes - 2] : 1;
    figure.full = "visible";
    TileShape fold = plane.picture.getFold();
    figure.mixed = plane.picture.isFolded() ? "some visible" : "";
    figure.empty = "masked";
    if (plane.picture.isFolded())
      figure.notes.push_back(llvm::formatv("a cell is {0} x {1} keys", fold.rows, fold.columns));
    int64_t here = 0;
    for (size_t axis = 0; axis + 2 < axes; ++axis)
      here = here * grid.extents[axis] + grid.query[axis];
    bool isHere = here == plane.number;
    if (isHere) {
      figure.mark = {(axes > 1 ? grid.query[axes - 2] : 0) / fold.rows, grid.query.back() / fold.columns};
      figure.notes.push_back("the query stands in the framed cell");
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

void attn::writeMaskSvg(llvm::raw_ostream &out, const MaskFacts &facts) {
  std::vector<SvgFigure> figures = makeFigures(facts);
  if (!figures.empty() && !facts.grid) {
    if (facts.visible)
      figures.back().notes.push_back(
          llvm::formatv("{0} of {1} pairs are visible", *facts.visible, facts.range.getArea()));
    if (std::optional<double> speedUp = facts.counts.getSpeedUp())
      figures.back().notes.push_back(llvm::formatv("at most {0:F1}x faster than dense", *speedUp));
  }
  writeSvg(out, facts.mask, describeCounts(facts), figures, "mask");
}
