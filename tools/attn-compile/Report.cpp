// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Report.h"
#include "attn/Analysis/MaskSymbols.h"
#include "attn/Codegen/MaskReadings.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace attn::compile {

namespace {

/// What pictures suppose of sizes and symbols that are not given.
constexpr int64_t kAssumedSize = 512, kAssumedSymbol = 384, kAssumedExtent = 16, kAssumedSegment = 128;
/// Pictures of heads that differ.
constexpr int64_t kMostHeads = 4;
constexpr int64_t kMostCells = 128;
/// Positions stay far below what masks can compute with.
constexpr int64_t kMaxSize = int64_t(1) << 30;

/// The facts about one attention or reduction of scores.
class AttentionReader {
public:
  AttentionReader(ScoringOpInterface op, const CallPath &path, const llvm::StringMap<int64_t> &given)
      : op(op), path(path), mask(op.getMaskAttr()), kinds(getWalkedSymbolKinds(op)), names(getMaskSymbolNames(mask)) {
    for (const auto &entry : given)
      numbers[entry.getKey()] = entry.getValue();
  }

  void read(AttentionReport &report) {
    report.formulas = formatMask(definition(), kinds, names);
    if (!mask)
      return;
    MaskFacts facts;
    int64_t heads = 1;
    report.unknown = findProblem(report, facts, heads);
    if (report.unknown.empty())
      draw(report, facts, heads);
  }

private:
  std::function<Truth(MaskBuilder &)> definition() const {
    return [op = op](MaskBuilder &b) { return buildMask(op, b); };
  }

  int64_t assume(StringRef name, int64_t value, AttentionReport &report) {
    auto [entry, isNew] = numbers.try_emplace(name, value);
    if (isNew)
      report.assumed.push_back({name.str(), value});
    return entry->second;
  }

  std::optional<int64_t> getSize(SizeValues &sizes, Value tensor, int64_t axis) {
    return sizes.getSize(tensor, axis, path);
  }

  /// The problem's sizes. Names that nobody gave are supposed until there are none left.
  bool findSizes(AttentionReport &report, MaskFacts &facts, int64_t &heads) {
    for (size_t tries = 0; tries < 64; ++tries) {
      SizeValues sizes(numbers);
      std::optional<int64_t> found[] = {getSize(sizes, op.getQuery(), 1), getSize(sizes, op.getQuery(), 2),
                                        getSize(sizes, op.getKey(), 2)};
      SmallVector<std::optional<int64_t>> origin(4, 0), extent{found[1], found[2]};
      for (auto [axis, value] : llvm::enumerate(op.getOrigin()))
        origin[axis] = sizes.getIndex(value, path);
      for (auto [axis, value] : llvm::enumerate(op.getExtent()))
        extent[axis] = sizes.getIndex(value, path);
      auto isUsable = [](std::optional<int64_t> size) { return size && *size >= 0 && *size <= kMaxSize; };
      if (llvm::all_of(found, isUsable) && llvm::all_of(origin, isUsable) && llvm::all_of(extent, isUsable)) {
        heads = *found[0];
        facts.range = {*origin[2], *origin[2] + *found[1], *origin[3], *origin[3] + *found[2]};
        facts.problem = {*origin[0], *origin[1], *extent[0], *extent[1], {}, {}};
        return true;
      }
      if (sizes.getMissing().empty())
        return false;
      assume(sizes.getMissing().front(), kAssumedSize, report);
    }
    return false;
  }

  /// Symbols: those of a grid so that it may hold the tokens, segments as documents of one length, others so that they
  /// show something. Tables are data.
  void findSymbols(AttentionReport &report, MaskFacts &facts) {
    facts.problem.symbols.assign(kinds.size(), 0);
    for (auto [number, kind] : llvm::enumerate(kinds)) {
      if (kind == SymbolKind::Rows && isOfSegments(names[number])) {
        int64_t length = std::max<int64_t>(assume(kSegmentsLength, kAssumedSegment, report), 1);
        facts.problem.rowValue = [names = names, length](size_t symbol, int64_t query) {
          return query - query % length + (names[symbol] == "segments.end" ? length : 0);
        };
      }
      if (kind != SymbolKind::Scalar)
        continue;
      bool isExtent = StringRef(names[number]).contains(".grid");
      facts.problem.symbols[number] = assume(names[number], isExtent ? kAssumedExtent : kAssumedSymbol, report);
    }
  }

  /// Fills what can be known; says why when it cannot.
  std::string findProblem(AttentionReport &report, MaskFacts &facts, int64_t &heads) {
    facts.symbolNames = names;
    llvm::raw_string_ostream(facts.mask) << mask;
    // The tokens of a grid are as many as its extents say.
    MaskFacts symbols;
    findSymbols(report, symbols);
    std::optional<int64_t> tokens = countTokens(symbols.problem.symbols);
    if (tokens)
      for (auto [tensor, axis] : {std::pair(op.getQuery(), 2), std::pair(op.getKey(), 2)}) {
        SizeValues sizes(numbers);
        if (!getSize(sizes, tensor, axis) && !sizes.getMissing().empty())
          assume(sizes.getMissing().front(), *tokens, report);
      }
    if (!findSizes(report, facts, heads))
      return "none: sizes depend on data, or are too large";
    facts.problem.symbols = symbols.problem.symbols;
    facts.problem.rowValue = symbols.problem.rowValue;
    if (tokens && (*tokens != facts.problem.queries || *tokens != facts.problem.keys))
      return "none: the extents of the grid are not those of " + std::to_string(facts.problem.queries) +
             " queries and " + std::to_string(facts.problem.keys) + " keys";
    if (facts.range.getArea() == 0)
      return "none: there is no query or no key";
    return {};
  }

  /// How many tokens the mask's grid has, -1 where there are no such sizes; none when it has no grid.
  std::optional<int64_t> countTokens(ArrayRef<int64_t> symbols) const {
    auto define = definition();
    std::optional<MaskGrid> grid = findMaskGrid(define);
    return grid ? std::optional(grid->countTokens(symbols).value_or(-1)) : std::nullopt;
  }

  void draw(AttentionReport &report, const MaskFacts &problem, int64_t heads) {
    auto define = definition();
    MaskQuestions questions;
    ScheduleAttr schedule = op.getScheduleAttr();
    std::optional<MaskGrid> grid = findWalkedGrid(op);
    questions.tiling.tile = schedule ? TileShape{schedule.getStrip(), schedule.getPanel()} : TileShape{14, 32};
    if (schedule && schedule.hasBox())
      llvm::append_range(questions.tiling.box, schedule.getBox().asArrayRef());
    questions.sweep = getUsualTilings(grid ? grid->extents.size() : 1);
    questions.mostCells = kMostCells;
    questions.symbols = kinds;
    for (auto [kind, name] : llvm::zip_equal(questions.symbols, names))
      if (kind == SymbolKind::Rows && !isOfSegments(name))
        kind = SymbolKind::Unknown;
    report.allHeadsAlike = !MaskCounter(define, problem.problem, questions.symbols).dependsOnHead();
    int64_t drawn = report.allHeadsAlike ? std::min<int64_t>(heads, 1) : std::min(heads, kMostHeads);
    for (int64_t head = 0; head < drawn; ++head) {
      MaskFacts facts = problem;
      facts.problem.head += head;
      if (collectMaskFacts(define, questions, facts) != MaskExcess::None) {
        report.unknown = "none: counting the tiles takes too long";
        return;
      }
      report.heads.push_back(std::move(facts));
    }
  }

  /// A handle: accessors of ops are not const.
  mutable ScoringOpInterface op;
  const CallPath &path;
  MaskAttrInterface mask;
  SmallVector<SymbolKind> kinds;
  std::vector<std::string> names;
  /// What is given, and what is supposed.
  llvm::StringMap<int64_t> numbers;
};

AttentionReport readAttention(const Row &row, const llvm::StringMap<int64_t> &given) {
  AttentionReport report;
  ScoringOpInterface op = row.scoring;
  if (op.getMaskAttr())
    llvm::raw_string_ostream(report.mask) << op.getMaskAttr();
  report.hasScore = op.hasScore();
  if (auto attention = dyn_cast<AttentionOp>(op.getOperation())) {
    llvm::raw_string_ostream(report.normalizer) << attention.getNormalizer();
    report.hasGain = attention.hasGain();
  } else {
    report.reduction = describeReduction(cast<ScoreReduceOp>(op.getOperation()));
  }
  AttentionReader(op, row.path, given).read(report);
  return report;
}

} // namespace

ModelReport makeReport(const Tables &tables, const llvm::StringMap<int64_t> &given) {
  ModelReport report;
  for (const auto &entry : given)
    report.given.push_back({entry.getKey().str(), entry.getValue()});
  // The order of a hash table is nobody's business.
  llvm::sort(report.given);
  for (const Table &table : tables.entries) {
    EntryReport &entry = report.entries.emplace_back();
    entry.function = table.function;
    entry.variants = table.variants;
    for (const Row &row : table.rows) {
      OperationReport operation{row.cells[Name], row.runs, row.cells[Work], row.schedules};
      if (!row.scoring) {
        entry.matmuls.push_back(std::move(operation));
        continue;
      }
      AttentionReport attention = readAttention(row, given);
      static_cast<OperationReport &>(attention) = std::move(operation);
      entry.attentions.push_back(std::move(attention));
    }
  }
  return report;
}

std::string formatReport(const ModelReport &report, StringRef path) {
  std::string text;
  llvm::raw_string_ostream out(text);
  if (path.ends_with(".html"))
    writeModelHtml(out, report);
  else if (path.ends_with(".svg"))
    writeModelSvg(out, report);
  else
    writeModelJson(out, report);
  return text;
}

} // namespace attn::compile
