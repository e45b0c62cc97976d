// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The page of a model. Words wrap and pictures shrink; tables and formulas, which cannot, scroll inside of boxes of
// their own, so that the page itself is never wider than its window.
#include "attn/Report/Escape.h"
#include "attn/Report/ModelReport.h"
#include "attn/Report/SvgPicture.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace attn;

namespace {

constexpr llvm::StringLiteral kStyle = R"(
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--paper:#fff;--box:#f6f8fa;--line:#d0d7de;--mark:#1f5fbf}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9aa4af;--paper:#0d1117;--box:#161b22;--line:#3d444d;--mark:#6cb0ff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:76rem;color:var(--ink);background:var(--paper);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem}
h3{font-size:1.1rem;margin:0 0 .5rem}h4{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.25rem 0 .75rem}.dim{color:var(--dim)}
a{color:var(--mark)}code,pre{font:.875rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;unicode-bidi:isolate}
section.op{border:1px solid var(--line);border-radius:.5rem;padding:1rem;margin:1rem 0;background:var(--box)}
.sides{display:grid;gap:1.5rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));align-items:start;
margin-top:1rem}.sides>*{min-width:0}
figure{margin:0 0 1rem}figure svg{display:block;width:100%;max-width:27rem;height:auto;border:1px solid var(--line);border-radius:.25rem}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1rem;margin:0}dt{color:var(--dim)}dd{margin:0}
.wide{overflow-x:auto;max-width:100%;border:1px solid var(--line);border-radius:.25rem;background:var(--paper)}
.wide:focus{outline:2px solid var(--mark)}
table{border-collapse:collapse;font-size:.875rem;width:100%}th,td{padding:.25rem .625rem;text-align:left;white-space:nowrap}
thead th{border-bottom:1px solid var(--line);color:var(--dim);font-weight:600}
tbody th{font-weight:400}.number{text-align:right;font-variant-numeric:tabular-nums}tr.here td,tr.here th{font-weight:600}
pre{margin:0;padding:.5rem .625rem;white-space:pre}
@media (max-width:30rem){section.op{padding:.75rem}th,td{padding:.25rem .375rem}dl{grid-template-columns:minmax(0,1fr)}dd{margin:0 0 .5rem}}
)";

std::string percent(double share) { return llvm::formatv("{0:F1} %", 100.0 * share).str(); }

/// Writes one page.
class PageWriter {
public:
  PageWriter(llvm::raw_ostream &out, const ModelReport &report) : out(out), report(report) {}

  void write() {
    writeHead();
    size_t pictures = 0;
    for (const EntryReport &entry : report.entries)
      for (const AttentionReport &attention : entry.attentions)
        pictures += attention.heads.size();
    out << "<p>" << pictures << (pictures == 1 ? " picture" : " pictures")
        << " of masks. A <strong>full</strong> tile is computed bare, a <strong>mixed</strong> one with a test of each "
           "score, an <strong>empty</strong> one not at all. \"At most\" is what fewer tiles give where every "
           "tile costs the same: a bound, not a measurement.</p>\n";
    for (const EntryReport &entry : report.entries)
      writeEntry(entry);
    out << "</main>\n</body>\n</html>\n";
  }

private:
  static std::string code(llvm::StringRef text) { return "<code>" + escapeXml(text) + "</code>"; }

  void writeHead() {
    std::string title = "Attentions of " + escapeXml(report.model);
    out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>"
        << title << "</title>\n<style>" << kStyle << "</style>\n</head>\n<body>\n<main>\n<h1>" << title
        << "</h1>\n<p class=\"dim\">" << escapeXml(report.producer);
    if (!report.given.empty())
      out << "; given " << formatNumbers(report.given);
    out << "</p>\n";
  }

  static std::string formatNumbers(llvm::ArrayRef<std::pair<std::string, int64_t>> numbers) {
    return llvm::join(
        llvm::map_range(numbers,
                        [](const auto &number) { return code(number.first) + " = " + std::to_string(number.second); }),
        ", ");
  }

  void writeEntry(const EntryReport &entry) {
    std::string id = "entry-" + std::to_string(++numEntries);
    out << "<section aria-labelledby=\"" << id << "\">\n<h2 id=\"" << id << "\">Function " << code(entry.function)
        << " for " << escapeXml(llvm::join(entry.variants, ", ")) << "</h2>\n";
    if (entry.attentions.empty())
      out << "<p>It has no attention.</p>\n";
    for (const AttentionReport &attention : entry.attentions)
      writeAttention(attention);
    if (!entry.matmuls.empty())
      writeMatmuls(entry);
    out << "</section>\n";
  }

  void writeAttention(const AttentionReport &attention) {
    std::string id = "attention-" + std::to_string(++numAttentions);
    out << "<section class=\"op\" aria-labelledby=\"" << id << "\">\n<h3 id=\"" << id << "\">"
        << escapeXml(attention.name) << (attention.runs > 1 ? " (" + std::to_string(attention.runs) + " times)" : "")
        << "</h3>\n<dl>\n";
    writeTerm("mask", attention.mask.empty() ? "none" : code(attention.mask));
    writeTerm("query, key", escapeXml(attention.size));
    bool isReduction = !attention.reduction.empty();
    std::string words = code(isReduction ? attention.reduction : attention.normalizer);
    if (attention.hasScore)
      words += ", a score region";
    if (attention.hasGain)
      words += ", a gain region";
    writeTerm(isReduction ? "reduction of scores" : "normaliser", words);
    if (!attention.assumed.empty())
      writeTerm("assumed", formatNumbers(attention.assumed) + " (not given; only pictures and counts below use them)");
    if (!attention.unknown.empty())
      writeTerm("picture", escapeXml(attention.unknown));
    out << "</dl>\n";
    for (const MaskFacts &facts : attention.heads)
      writeFacts(attention, facts);
    if (!attention.mask.empty())
      writeFormulas(attention.formulas);
    writeSchedules(attention);
    out << "</section>\n";
  }

  void writeTerm(llvm::StringRef term, llvm::StringRef words) {
    out << "<dt>" << term << "</dt><dd>" << words << "</dd>\n";
  }

  void writeFacts(const AttentionReport &attention, const MaskFacts &facts) {
    if (!attention.allHeadsAlike)
      out << "<h4>Head " << facts.problem.head << "</h4>\n";
    out << "<div class=\"sides\">\n<figure>\n";
    writeSvg(out, facts.mask, describeCounts(facts), makeFigures(facts), "picture-" + std::to_string(++numPictures));
    out << "</figure>\n<div>\n<dl>\n";
    const MaskTiles &counts = facts.counts;
    writeTerm("scores of a head", llvm::formatv("{0} queries x {1} keys", facts.range.queryEnd - facts.range.queryBegin,
                                                facts.range.keyEnd - facts.range.keyBegin)
                                      .str());
    int64_t pairs = facts.range.getArea();
    writeTerm("visible", !facts.visible ? "not counted: it depends on data, or takes too long"
                                        : llvm::formatv("{0} of {1} pairs ({2})", *facts.visible, pairs,
                                                        percent(double(*facts.visible) / double(pairs)))
                                              .str());
    writeTerm("tiles", llvm::formatv("{0} of {1} tiles of {2} are computed: {3} full, {4} mixed", counts.getComputed(),
                                     counts.getTotal(), describeTiling(facts.tiling), counts.full, counts.mixed)
                           .str());
    if (std::optional<double> useful = facts.getUsefulShare())
      writeTerm("useful", percent(*useful) + " of the scores in computed tiles are visible");
    if (std::optional<double> speedUp = counts.getSpeedUp())
      writeTerm("speed-up", llvm::formatv("at most {0:F1}x over a dense attention", *speedUp).str());
    out << "</dl>\n";
    writeSweep(facts);
    out << "</div>\n</div>\n";
  }

  /// A box that scrolls, and that a keyboard can reach.
  void openBox(llvm::StringRef label) {
    out << "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"" << escapeXml(label) << "\">\n";
  }

  void writeHeader(llvm::ArrayRef<llvm::StringRef> titles, size_t numbersFrom) {
    out << "<table>\n<thead><tr>";
    for (auto [index, title] : llvm::enumerate(titles))
      out << "<th scope=\"col\"" << (index >= numbersFrom ? " class=\"number\"" : "") << ">" << title << "</th>";
    out << "</tr></thead>\n<tbody>\n";
  }

  void writeSweep(const MaskFacts &facts) {
    if (facts.sweep.empty())
      return;
    out << "<h4>Other tiles</h4>\n";
    openBox("Other tiles of " + facts.mask);
    writeHeader({"tile", "computed", "of", "useful", "at most"}, 1);
    for (const SweepLine &line : facts.sweep) {
      out << "<tr" << (line.tiling == facts.tiling ? " class=\"here\"" : "") << "><th scope=\"row\">"
          << describeTiling(line.tiling) << "</th>";
      std::optional<double> useful, speedUp;
      if (line.counts) {
        useful = line.counts->getUsefulShare(facts.visible, line.tiling.tile);
        speedUp = line.counts->getSpeedUp();
      }
      for (const std::string &cell :
           {line.counts ? std::to_string(line.counts->getComputed()) : "too many",
            line.counts ? std::to_string(line.counts->getTotal()) : "too many", useful ? percent(*useful) : "-",
            speedUp ? llvm::formatv("{0:F1}x", *speedUp).str() : "-"})
        out << "<td class=\"number\">" << cell << "</td>";
      out << "</tr>\n";
    }
    out << "</tbody></table></div>\n";
  }

  void writeParts(llvm::ArrayRef<FormulaPart> parts) {
    constexpr size_t most = 200;
    for (const FormulaPart &part : parts.take_front(most))
      out << "  where " << part.name << " = " << escapeXml(part.text) << "\n";
    if (parts.size() > most)
      out << "  and " << parts.size() - most << " more\n";
  }

  void writeFormulas(const MaskFormulas &formulas) {
    out << "<h4>What follows from the mask</h4>\n<p class=\"dim\">For queries <code>i0</code> to <code>i1</code> and a "
           "tile of keys <code>j0</code> to <code>j1</code>; "
        << (formulas.singleBand ? "no tile between the bounds is empty, so none is asked."
                                : "tiles between the bounds are asked whether they are empty.")
        << (formulas.axes.empty() ? "" : " A box of queries bounds the keys on each axis of the grid.") << "</p>\n";
    openBox("Formulas");
    out << "<pre>keys   " << escapeXml(formulas.from) << " &lt;= j &lt; " << escapeXml(formulas.to) << "\n";
    writeParts(formulas.boundParts);
    for (auto [axis, bounds] : llvm::enumerate(formulas.axes))
      out << "axis " << axis << " " << escapeXml(bounds.from) << " &lt;= j[" << axis << "] &lt; "
          << escapeXml(bounds.to) << "\n";
    writeParts(formulas.axisParts);
    out << "full   " << escapeXml(formulas.full) << "\nempty  " << escapeXml(formulas.empty) << "\n";
    writeParts(formulas.tileParts);
    out << "</pre></div>\n";
  }

  void writeSchedules(const OperationReport &operation) {
    out << "<h4>How it is computed</h4>\n";
    openBox("Schedules");
    writeHeader({"CPU", "kernel", "blocks", "tiles of a run", "schedule"}, 5);
    for (const OperationSchedule &schedule : operation.schedules)
      out << "<tr><th scope=\"row\">" << escapeXml(schedule.variant) << "</th><td>" << escapeXml(schedule.kernel)
          << "</td><td>" << escapeXml(schedule.blocks) << "</td><td>" << escapeXml(schedule.tiles) << "</td><td>"
          << (schedule.attribute.empty() ? "" : code(schedule.attribute)) << "</td></tr>\n";
    out << "</tbody></table></div>\n";
  }

  void writeMatmuls(const EntryReport &entry) {
    out << "<h3>Matmuls</h3>\n";
    openBox("Matmuls");
    writeHeader({"name", "size", "CPU", "kernel", "blocks", "runs"}, 5);
    for (const OperationReport &matmul : entry.matmuls)
      for (const OperationSchedule &schedule : matmul.schedules)
        out << "<tr><th scope=\"row\">" << escapeXml(matmul.name) << "</th><td>" << escapeXml(matmul.size)
            << "</td><td>" << escapeXml(schedule.variant) << "</td><td>" << escapeXml(schedule.kernel) << "</td><td>"
            << escapeXml(schedule.blocks) << "</td><td class=\"number\">" << matmul.runs << "</td></tr>\n";
    out << "</tbody></table></div>\n";
  }

  llvm::raw_ostream &out;
  const ModelReport &report;
  unsigned numEntries = 0, numAttentions = 0, numPictures = 0;
};

} // namespace

void attn::writeModelHtml(llvm::raw_ostream &out, const ModelReport &report) { PageWriter(out, report).write(); }
