// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Answers.h"
#include "attn/Analysis/MaskSymbols.h"
#include "dialects/Attn/RenamedSymbols.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace attn;
using namespace attn::tool;

namespace {

constexpr int64_t kMostCells = 64, kMostSvgCells = 128;
/// Pictures of planes below each other.
constexpr int64_t kMostPlanes = 16;

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

/// The number of the symbol that `name` means, or a complaint.
std::string findSymbol(const std::vector<std::string> &names, const std::string &name, size_t &number) {
  if (!llvm::StringRef(name).getAsInteger(10, number)) {
    if (number < names.size())
      return {};
    return "expects the number of a symbol to be below " + std::to_string(names.size()) + ", but got " + name;
  }
  auto matches = llvm::count(names, name);
  number = llvm::find(names, name) - names.begin();
  if (matches == 1)
    return {};
  if (matches > 1)
    return "expects '" + name + "' to name one symbol, but got " + std::to_string(matches) + "; use their numbers";
  return "expects a symbol of the mask (" + (names.empty() ? "none" : llvm::join(names, ", ")) + "), but got '" + name +
         "'";
}

/// Gives each symbol its value.
std::string bindSymbols(const Arguments &arguments, const std::vector<std::string> &names,
                        std::vector<int64_t> &values) {
  std::vector<bool> bound(names.size(), false);
  values.assign(names.size(), 0);
  for (const auto &[name, value] : arguments.symbols) {
    size_t number;
    std::string complaint = findSymbol(names, name, number);
    if (!complaint.empty())
      return complaint;
    values[number] = value;
    bound[number] = true;
  }
  for (size_t number = 0; number < names.size(); ++number)
    if (!bound[number])
      return "expects symbol " + std::to_string(number) + " (" + names[number] +
             ") to have a value, but got none; use --symbol=" + std::to_string(number) + "=VALUE";
  return {};
}

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

/// The number of positions; none when there are more than a problem may have.
std::optional<int64_t> getSize(llvm::ArrayRef<int64_t> extents) {
  int64_t size = 1;
  for (int64_t extent : extents) {
    if (size > kMaxSize / extent)
      return std::nullopt;
    size *= extent;
  }
  return size;
}

/// Reads `given`, a position on the grid or a flat one.
std::string findQuery(llvm::ArrayRef<int64_t> extents, llvm::ArrayRef<int64_t> given, GridPictures &grid) {
  grid.extents = extents.vec();
  grid.query = given.vec();
  if (given.size() == 1) {
    grid.query.assign(extents.size(), 0);
    int64_t rest = given.front();
    for (size_t axis = extents.size(); axis-- > 0; rest /= extents[axis])
      grid.query[axis] = rest % extents[axis];
    if (rest != 0)
      grid.query.front() = extents.front();
  }
  bool isInside = grid.query.size() == extents.size();
  for (size_t axis = 0; isInside && axis < extents.size(); ++axis)
    isInside = grid.query[axis] < extents[axis];
  return isInside ? ""
                  : "expects --query to be a position of the grid " + joinSizes(extents, "x") + ", but got '" +
                        joinSizes(given, ",") + "'";
}

/// The planes of the grid as the query sees them.
std::string drawGrid(const Arguments &arguments, llvm::ArrayRef<int64_t> extents, MaskCounter &counter,
                     int64_t mostCells, GridPictures &grid) {
  int64_t planes = *getSize(extents.drop_back(std::min<size_t>(extents.size(), 2)));
  std::string complaint = findQuery(extents, arguments.query, grid);
  if (!complaint.empty())
    return complaint;
  if (arguments.slice && *arguments.slice >= planes)
    return "expects --slice to be below the " + std::to_string(planes) + " planes of the grid, but got " +
           std::to_string(*arguments.slice);
  if (!arguments.slice && planes > kMostPlanes)
    return "expects at most " + std::to_string(kMostPlanes) + " planes to be drawn, but got " + std::to_string(planes) +
           "; choose one with --slice";
  counter.setSteps(kMaxMaskSteps);
  for (int64_t plane = arguments.slice.value_or(0); plane < (arguments.slice ? *arguments.slice + 1 : planes); ++plane)
    if (!drawPlane(counter, plane, mostCells, grid))
      return "expects --query to take at most " + std::to_string(kMaxMaskSteps) +
             " steps, but got a grid that takes more";
  return {};
}

//===----------------------------------------------------------------------===//
// The problem
//===----------------------------------------------------------------------===//

/// Parts of a mask have a grid each. Where their symbols hold the same, it is one.
Truth buildMask(MaskAttrInterface mask, const MaskFacts &facts, MaskBuilder &b) {
  auto isSame = [&](unsigned a, unsigned b) {
    return facts.symbolNames[a] == facts.symbolNames[b] && facts.problem.symbols[a] == facts.problem.symbols[b];
  };
  auto rename = [&](unsigned symbol) {
    unsigned first = 0;
    while (!isSame(first, symbol))
      ++first;
    return first;
  };
  RenamedSymbols renamed(b, rename);
  return mask.build(renamed);
}

/// The grid that is given, or the one that the mask reads, once its symbols have values.
std::string findGrid(const Arguments &arguments, MaskDefinition mask, llvm::ArrayRef<int64_t> symbols,
                     llvm::SmallVectorImpl<int64_t> &extents) {
  extents.assign(arguments.grid.begin(), arguments.grid.end());
  std::optional<MaskGrid> grid = findMaskGrid(mask);
  if (extents.empty() && grid)
    for (const MaskExtent &extent : grid->extents)
      extents.push_back(extent.isSymbol ? symbols[extent.value] : extent.value);
  for (int64_t extent : extents)
    if (extent < 1 || extent > kMaxSize)
      return "expects each extent of the grid to be between 1 and " + std::to_string(kMaxSize) + ", but got " +
             std::to_string(extent);
  return {};
}

/// Sizes that are not given are those of the grid.
std::string setSizes(const Arguments &arguments, llvm::ArrayRef<int64_t> grid, MaskFacts &facts) {
  std::optional<int64_t> size = getSize(grid);
  if (!size)
    return "expects the grid to have at most " + std::to_string(kMaxSize) + " positions, but got '" +
           joinSizes(grid, "x") + "'";
  int64_t queries = arguments.queries, keys = arguments.keys;
  if (queries == 0 && !grid.empty())
    queries = *size;
  if (queries == 0)
    return "expects --queries=N to be given, but got none; see --help";
  if (keys == 0)
    keys = queries;
  if (!grid.empty() && (queries != *size || keys != *size))
    return "expects --queries and --keys to be the " + std::to_string(*size) + " positions of the grid, but got " +
           std::to_string(queries) + " and " + std::to_string(keys);
  facts.problem = {arguments.batch, arguments.head, queries, keys, facts.problem.symbols, {}};
  facts.range = {0, queries, 0, keys};
  return {};
}

/// A box lies in a line of queries or on the grid that the mask reads.
std::string checkBoxes(MaskDefinition mask, const MaskQuestions &questions) {
  std::optional<MaskGrid> grid = findMaskGrid(mask);
  auto check = [&](const MaskTiling &tiling) -> std::string {
    if (tiling.box.size() < 2 || (grid && tiling.box.size() == grid->extents.size()))
      return {};
    return "expects a box to have 1 size, or one for each axis of the mask's grid (" +
           (grid ? std::to_string(grid->extents.size()) : "none") + "), but got '" + joinSizes(tiling.box, "x") + "'";
  };
  std::string complaint = check(questions.tiling);
  for (const MaskTiling &tiling : questions.sweep)
    if (complaint.empty())
      complaint = check(tiling);
  return complaint;
}

std::string explainExcess(MaskExcess excess) {
  std::string steps = std::to_string(kMaxMaskSteps);
  if (excess == MaskExcess::Tiles)
    return "expects the tiles to take at most " + steps +
           " steps, but got a mask that takes more; choose a larger --tile";
  return "expects --view=element to take at most " + steps + " steps, but got a mask that takes more; use --view=tile";
}

} // namespace

std::string tool::answer(const Arguments &arguments, MaskAttrInterface mask, MaskFacts &facts) {
  llvm::raw_string_ostream(facts.mask) << mask;
  facts.symbolNames = getMaskSymbolNames(mask);
  auto definition = [&](MaskBuilder &b) { return buildMask(mask, facts, b); };
  llvm::SmallVector<int64_t> grid;
  std::string complaint = bindSymbols(arguments, facts.symbolNames, facts.problem.symbols);
  if (complaint.empty())
    complaint = findGrid(arguments, definition, facts.problem.symbols, grid);
  if (complaint.empty())
    complaint = setSizes(arguments, grid, facts);
  if (!complaint.empty())
    return complaint;
  MaskQuestions questions{arguments.view, arguments.tile, arguments.sweep, kMostCells, {}};
  if (arguments.hasUsualSweep) {
    std::optional<MaskGrid> own = findMaskGrid(definition);
    questions.sweep = getUsualTilings(own ? own->extents.size() : 1);
  }
  if (complaint = checkBoxes(definition, questions); !complaint.empty())
    return complaint;
  questions.symbols.assign(facts.symbolNames.size(), SymbolKind::Scalar);
  if (arguments.format == Format::Svg)
    questions.mostCells = kMostSvgCells;
  if (!arguments.query.empty()) {
    if (grid.empty())
      return "expects --query to come with --grid or a mask that has one, but got '" + facts.mask + "'";
    MaskCounter counter(definition, facts.problem);
    questions.view = MaskView::Tile;
    complaint = drawGrid(arguments, grid, counter, questions.mostCells, facts.grid.emplace());
    if (!complaint.empty())
      return complaint;
  }
  if (MaskExcess excess = collectMaskFacts(definition, questions, facts); excess != MaskExcess::None)
    return explainExcess(excess);
  return {};
}
