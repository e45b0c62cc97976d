// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Explain.h"
#include "Report.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "attn/Analysis/MaskSymbols.h"
#include "attn/Analysis/MatmulRule.h"
#include "attn/Analysis/SizeValues.h"
#include "attn/Analysis/WalkCount.h"
#include "attn/Codegen/MaskReadings.h"
#include "attn/Report/Escape.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <memory>

using namespace mlir;

namespace attn::compile {

namespace {

using Size = std::optional<int64_t>;

/// Calls and ops that one entry point reaches at most: functions that call each other twice are reached 2^depth times.
constexpr size_t kMaxSteps = 1 << 14;
/// Blocks that are counted one by one, and what that may take for each head that is not like the others.
constexpr int64_t kMaxBlocks = int64_t(1) << 22, kMostSteps = int64_t(1) << 26;

constexpr StringLiteral kTitles[] = {"runs", "operation", "size", "by", "kernel", "blocks", "tiles"};

std::string textOf(Attribute attribute) {
  std::string text;
  if (attribute)
    llvm::raw_string_ostream(text) << attribute;
  return text.empty() ? "none" : text;
}

std::string textOf(ArrayRef<Size> shape) {
  return llvm::join(llvm::map_range(shape, [](Size size) { return size ? std::to_string(*size) : "?"; }), "x");
}

/// One entry point for one CPU.
class EntryTable {
public:
  EntryTable(func::FuncOp entry, Strategy strategy, const llvm::StringMap<int64_t> &given)
      : strategy(strategy), given(given), sizes(given) {
    for (StringRef symbol : getSymbols(entry))
      known.insert(symbol.str());
    if (auto session = entry->getAttrOfType<DictionaryAttr>(kSessionAttr))
      if (auto length = session.getAs<StringAttr>("length"))
        known.insert(length.str());
    visit(entry, {});
  }

  std::vector<Row> rows;
  /// All names that have a meaning here, and those that were asked for in vain.
  Names known, missing;

private:
  void visit(func::FuncOp func, const CallPath &path) {
    func.walk([&](Operation *op) {
      if (++steps > kMaxSteps)
        return;
      if (auto scoring = dyn_cast<ScoringOpInterface>(op))
        addScoring(scoring, path);
      else if (auto matmul = dyn_cast<linalg::MatmulOp>(op))
        addMatmul(matmul, path);
      else if (auto call = dyn_cast<func::CallOp>(op); call && !llvm::is_contained(path, call))
        enter(call, path);
    });
    for (StringRef name : sizes.getMissing())
      missing.insert(name.str());
  }

  void enter(func::CallOp call, CallPath path) {
    path.push_back(call);
    if (auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr()))
      visit(callee, path);
  }

  SmallVector<Size> shapeOf(Value tensor, const CallPath &path) {
    SmallVector<Size> shape;
    for (int64_t axis = 0; axis < cast<RankedTensorType>(tensor.getType()).getRank(); ++axis)
      shape.push_back(sizes.getSize(tensor, axis, path));
    return shape;
  }

  void add(Row row, Operation *op, StringRef kind) {
    auto name = op->getLoc()->findInstanceOf<NameLoc>();
    row.cells[Name] = name ? makePrintable(name.getName()) : kind.str();
    for (Row &other : rows)
      if (other.matches(row, {Name, Work, How, Kernel, Blocks, Tiles})) {
        ++other.runs;
        return;
      }
    rows.push_back(std::move(row));
  }

  void addMatmul(linalg::MatmulOp op, const CallPath &path) {
    auto schedule = op->getAttrOfType<MatmulScheduleAttr>(kMatmulScheduleAttr);
    if (!schedule)
      return;
    SmallVector<Size> left = shapeOf(op.getInputs()[0], path), result = shapeOf(op.getOutputs()[0], path);
    Row row;
    row.schedule = textOf(schedule);
    row.cells[Work] = textOf({left[0], left[1], result[1]});
    row.cells[How] = "weights in panels of " + std::to_string(schedule.getPanel());
    row.cells[Kernel] = std::to_string(schedule.getStrip()) + "x" + std::to_string(schedule.getColumns());
    row.cells[Blocks] = std::to_string(schedule.getRows()) + "x" + std::to_string(schedule.getKblock());
    add(std::move(row), op, "matmul");
  }

  /// What is done to the scores, in this order.
  static std::string describe(ScoringOpInterface op) {
    std::string text = "mask " + textOf(op.getMaskAttr()) + (op.hasScore() ? ", score region" : "");
    if (auto reduce = dyn_cast<ScoreReduceOp>(op.getOperation()))
      return text + ", " + describeReduction(reduce);
    auto attention = cast<AttentionOp>(op.getOperation());
    return text + ", " + textOf(attention.getNormalizer()) + (attention.hasGain() ? ", gain region" : "");
  }

  void addScoring(ScoringOpInterface op, const CallPath &path) {
    SmallVector<Size> query = shapeOf(op.getQuery(), path), key = shapeOf(op.getKey(), path);
    Row row;
    row.cells[Work] = textOf(query) + " with " + textOf(key);
    row.cells[How] = describe(op);
    row.scoring = op;
    row.path = path;
    ScheduleAttr schedule = op.getScheduleAttr();
    row.schedule = schedule ? textOf(schedule) : "";
    bool isTiled = strategy == Strategy::Fast && schedule;
    row.cells[Kernel] =
        isTiled ? std::to_string(schedule.getStrip()) + "x" + std::to_string(schedule.getPanel()) : "reference";
    if (isTiled) {
      if (schedule.isShort())
        row.cells[Kernel] = "short " + row.cells[Kernel];
      row.cells[Blocks] = std::to_string(schedule.getRows()) + "x" + std::to_string(schedule.getKeys());
      row.cells[Tiles] = countTiles(op, path, query, key);
    }
    add(std::move(row), op, isa<AttentionOp>(op.getOperation()) ? "attention" : "score_reduce");
  }

  /// The values of the mask's symbols; none where one that matters is missing.
  std::optional<std::vector<int64_t>> getSymbolValues(ScoringOpInterface op, ArrayRef<SymbolKind> kinds) {
    std::vector<std::string> names = getMaskSymbolNames(op.getMaskAttr());
    std::vector<int64_t> values(kinds.size());
    bool isComplete = true;
    for (auto [number, kind] : llvm::enumerate(kinds)) {
      if (kind != SymbolKind::Scalar)
        continue;
      const std::string &name = names[number];
      known.insert(name);
      auto value = given.find(name);
      if (value != given.end()) {
        values[number] = value->second;
        continue;
      }
      missing.insert(name);
      isComplete = false;
    }
    return isComplete ? std::optional(values) : std::nullopt;
  }

  std::string countTiles(ScoringOpInterface op, const CallPath &path, ArrayRef<Size> query, ArrayRef<Size> key) {
    SmallVector<SymbolKind> kinds = getWalkedSymbolKinds(op);
    // What the run finds depends on elements that nobody knows here.
    if (llvm::is_contained(kinds, SymbolKind::Rows)) {
      if (llvm::any_of(getMaskSymbolNames(op.getMaskAttr()), isOfSegments))
        known.insert(kSegmentsLength.str());
      return "as the data say";
    }
    std::optional<std::vector<int64_t>> symbols = getSymbolValues(op, kinds);
    SmallVector<Size> origin(4, 0), extent{query[2], key[2]};
    for (auto [axis, value] : llvm::enumerate(op.getOrigin()))
      origin[axis] = sizes.getIndex(value, path);
    for (auto [axis, value] : llvm::enumerate(op.getExtent()))
      extent[axis] = sizes.getIndex(value, path);
    auto isKnown = [](Size size) { return size.has_value(); };
    if (!symbols || !llvm::all_of(query, isKnown) || !isKnown(key[2]) || !llvm::all_of(origin, isKnown) ||
        !llvm::all_of(extent, isKnown))
      return "?";
    ScoreRange range{*origin[2], *origin[2] + *query[2], *origin[3], *origin[3] + *key[2]};
    MaskProblem problem{*origin[0], *origin[1], *extent[0], *extent[1], *symbols, {}};
    return countTiles(op, problem, range, *query[0], *query[1], kinds);
  }

  static std::string countTiles(ScoringOpInterface op, MaskProblem problem, const ScoreRange &range, int64_t batches,
                                int64_t heads, ArrayRef<SymbolKind> kinds) {
    ScheduleAttr schedule = op.getScheduleAttr();
    bool isShort = schedule.isShort();
    // A reduction walks strip by strip; those of few queries share their hull.
    bool byStrip = isa<ScoreReduceOp>(op.getOperation());
    auto definition = [&](MaskBuilder &b) { return buildMask(op, b); };
    bool allAlike = !MaskCounter(definition, problem, kinds).dependsOnHead();
    // Heads that share a walk over the keys.
    int64_t together = isShort ? heads / cast<RankedTensorType>(op.getKey().getType()).getDimSize(1) : 1;
    double blocks = std::ceil(double(range.queryEnd - range.queryBegin) / schedule.getStrip()) *
                    std::ceil(double(range.keyEnd - range.keyBegin) / schedule.getPanel());
    std::optional<MaskGrid> grid = schedule.hasBox() ? findMaskGrid(definition) : std::nullopt;
    if (grid && grid->countTokens(problem.symbols) != problem.queries)
      return "the grid has other tokens";
    if (blocks * (allAlike ? 1.0 : double(batches) * heads) > kMaxBlocks || blocks * batches * heads > 1e18)
      return "too many to count";
    auto countOne = [&](ArrayRef<MaskCounter *> members) {
      if (byStrip)
        return countStripWalk(members, range, schedule);
      return schedule.hasBox() ? countBoxWalk(definition, kinds, problem, schedule, kMostSteps)
                               : countWalk(members, range, schedule, kMostSteps);
    };
    WalkCounts sum;
    int64_t firstBatch = problem.batch, firstHead = problem.head, walks = heads / together;
    for (int64_t batch = 0; batch < (allAlike ? std::min<int64_t>(batches, 1) : batches); ++batch)
      for (int64_t head = 0; head < (allAlike ? std::min<int64_t>(walks, 1) : walks); ++head) {
        problem.batch = firstBatch + batch;
        std::vector<std::unique_ptr<MaskCounter>> counters;
        SmallVector<MaskCounter *> members;
        for (int64_t member = 0; member < (allAlike ? 1 : together); ++member) {
          problem.head = firstHead + head * together + member;
          counters.push_back(std::make_unique<MaskCounter>(definition, problem, kinds));
          members.push_back(counters.back().get());
        }
        WalkCounts counts = countOne(members);
        if (!counts.isComplete)
          return "too many to count";
        int64_t times = allAlike ? batches * walks : 1;
        sum.bare += times * counts.bare;
        sum.tested += times * counts.tested;
        sum.all += times * counts.all;
      }
    return std::to_string(sum.getDone()) + " done (" + std::to_string(sum.bare) + " bare), " +
           std::to_string(sum.getSkipped()) + " skipped";
  }

  Strategy strategy;
  const llvm::StringMap<int64_t> &given;
  SizeValues sizes;
  size_t steps = 0;
};

/// Adds what another CPU has to a table: cells that differ stand side by side.
void join(std::vector<Row> &rows, const std::vector<Row> &others) {
  for (auto [row, other] : llvm::zip(rows, others)) {
    for (Column column : {Kernel, Blocks, Tiles})
      if (!llvm::is_contained(llvm::split(row.cells[column], " | "), StringRef(other.cells[column])))
        row.cells[column] += " | " + other.cells[column];
    llvm::append_range(row.schedules, other.schedules);
  }
}

/// What a table has no room for: what the mask makes of the keys, and what that is worth.
void explainAttention(llvm::raw_ostream &out, const AttentionReport &attention) {
  if (attention.mask.empty())
    return;
  out << "\n  " << attention.name << " " << attention.size << ", mask " << attention.mask << "\n";
  writeMaskFormulas(out, attention.formulas, "    ");
  // A picture may suppose sizes, a table must not.
  if (attention.assumed.empty())
    for (const MaskFacts &facts : attention.heads) {
      if (!attention.allHeadsAlike)
        out << "    head     " << facts.problem.head << "\n";
      writeMaskWork(out, facts, "    ");
    }
  for (const OperationSchedule &schedule : attention.schedules)
    if (!schedule.attribute.empty())
      out << "    by       " << schedule.variant << ": " << schedule.attribute << "\n";
}

bool areAlike(const std::vector<Row> &rows, const std::vector<Row> &others) {
  return rows.size() == others.size() && llvm::all_of(llvm::zip(rows, others), [](auto pair) {
           return std::get<0>(pair).matches(std::get<1>(pair), {Name, Work, How}) &&
                  std::get<0>(pair).runs == std::get<1>(pair).runs;
         });
}

void printTable(llvm::raw_ostream &out, std::vector<Row> rows) {
  Row title;
  for (int column = 0; column < kColumns; ++column)
    title.cells[column] = kTitles[column].str();
  for (Row &row : rows)
    row.cells[Runs] = std::to_string(row.runs);
  rows.insert(rows.begin(), title);
  size_t widths[kColumns] = {};
  for (const Row &row : rows)
    for (int column = 0; column < kColumns; ++column)
      widths[column] = std::max(widths[column], row.cells[column].size());
  for (const Row &row : rows) {
    std::string line;
    for (int column = 0; column < kColumns; ++column)
      line += "  " + row.cells[column] + std::string(widths[column] - row.cells[column].size(), ' ');
    out << StringRef(line).rtrim() << "\n";
  }
}

} // namespace

std::string describeReduction(ScoreReduceOp op) {
  std::string text = stringifyReduction(op.getReduction()).str();
  return op.getReduction() == Reduction::KthLargest ? text + "<" + std::to_string(op.getPlace()) + ">" : text;
}

std::string makeTables(ModuleOp module, Strategy strategy, const llvm::StringMap<int64_t> &given, Tables &tables) {
  Names known;
  for (auto variant : module.getOps<ModuleOp>())
    for (auto entry : variant.getOps<func::FuncOp>()) {
      if (!entry.isPublic() || entry.isExternal())
        continue;
      EntryTable found(entry, strategy, given);
      known.insert_range(found.known);
      tables.missing.insert_range(found.missing);
      std::string name = variant.getName().value_or("any CPU").str();
      for (Row &row : found.rows)
        row.schedules.push_back({name, row.cells[Kernel], row.cells[Blocks], row.cells[Tiles], row.schedule});
      auto same = llvm::find_if(tables.entries, [&](const Table &table) {
        return table.function == entry.getName() && areAlike(table.rows, found.rows);
      });
      if (same == tables.entries.end()) {
        tables.entries.push_back({entry.getName().str(), {name}, found.rows});
        continue;
      }
      same->variants.push_back(name);
      join(same->rows, found.rows);
    }
  for (const auto &entry : given)
    if (!known.contains(entry.getKey().str()))
      return "expects --at to name a size or a symbol of a mask (" + llvm::join(known, ", ") + "), but got '" +
             entry.getKey().str() + "'";
  return {};
}

void explain(llvm::raw_ostream &out, const Tables &tables, const ModelReport &report) {
  bool isOpen = false;
  for (auto [table, entry] : llvm::zip(tables.entries, report.entries)) {
    out << table.function << " for " << llvm::join(table.variants, " | ") << "\n";
    printTable(out, table.rows);
    for (const AttentionReport &attention : entry.attentions)
      explainAttention(out, attention);
    isOpen |= llvm::any_of(table.rows, [](const Row &row) { return row.cells[Tiles] == "?"; });
  }
  if (isOpen && !tables.missing.empty())
    out << "tiles are counted where sizes are known: --at=" << llvm::join(tables.missing, "=N,") << "=N\n";
}

} // namespace attn::compile
