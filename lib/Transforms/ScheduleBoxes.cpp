// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Both walks are counted on the sizes of the op, or on assumed ones, and their tiles weighed by what one takes.
#include "ScheduleBoxes.h"
#include "attn/Analysis/WalkCount.h"
#include "attn/Codegen/MaskReadings.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

namespace {

/// Tokens of an attention whose size is known at run time only, and of the axes of its grid.
constexpr int64_t kAssumedTokens = 4096;
/// Boxes that are counted for a candidate, of which a grid has many more: a few milliseconds in most cases.
constexpr int64_t kSampledBoxes = 96, kSampledBoxesOfGrid = 24, kSampledBlocks = 256;
/// What counting blocks may take for all heads, and counting boxes for all candidates: seconds. Sizes are anybody's.
constexpr int64_t kMostSteps = int64_t(1) << 22;
/// More tokens than these look like these, where they lie on no grid.
constexpr int64_t kCountedTokens = int64_t(1) << 14;
/// Wider heads need more scratch than the first level has.
constexpr int64_t kWidestHead = 256;

/// What a tile takes, relative to one of the dense kernel. Products with lanes of one register take one element from
/// memory for each multiply-add, those of two share it.
constexpr double kBlockTile = 1.05, kOneRegister = 1.35, kTwoRegisters = 1.12;
/// What tokens take whatever they see, in multiply-adds of native vectors for each of their elements: queries copied
/// and outputs written, keys and values packed for blocks. Most of it is memory's time.
constexpr double kBlockQuery = 3.5, kPackedKey = 3.5, kBoxQuery = 4;
/// A key in the list of a box.
constexpr double kListedKey = 12;
/// A box has to promise so much: what is measured varies by it.
constexpr double kLeastGain = 1.05;

/// Heads of which a mask may have a pattern each, as far as they are counted.
constexpr int64_t kMostHeads = 4;
/// Candidates that are so close are the same: boxes are counted on samples.
constexpr double kSameCost = 0.97;

struct BoxProblem {
  /// A handle: accessors of ops are not const.
  mutable AttentionOp op;
  MaskAttrInterface mask;
  SmallVector<SymbolKind> kinds;
  MaskProblem problem;
  std::optional<MaskGrid> grid;
  /// Elements of a query and its output, as of a key and its value; multiply-adds of a pair in native vectors.
  double elements, pair;

  Truth define(MaskBuilder &b) const { return buildMask(op, b); }
};

int64_t sizeOr(Value tensor, int64_t axis, int64_t assumed) {
  int64_t size = cast<RankedTensorType>(tensor.getType()).getDimSize(axis);
  return ShapedType::isDynamic(size) ? assumed : size;
}

/// Whether boxes are an option at all.
bool mayHaveBox(AttentionOp op, ScheduleAttr blocks) {
  auto isF32 = [](Value tensor) { return cast<RankedTensorType>(tensor.getType()).getElementType().isF32(); };
  auto isNarrow = [](Value tensor) {
    int64_t size = cast<RankedTensorType>(tensor.getType()).getDimSize(3);
    return !ShapedType::isDynamic(size) && size <= kWidestHead;
  };
  return op.getMaskAttr() && !blocks.isShort() && op.getOrigin().empty() && isF32(op.getKey()) &&
         isF32(op.getValue()) && isNarrow(op.getQuery()) && isNarrow(op.getValue());
}

/// The problem at its own or at assumed sizes. Symbols that are lengths leave all keys.
BoxProblem describe(AttentionOp op, const TargetVariant &variant) {
  BoxProblem p{op, op.getMaskAttr(), getWalkedSymbolKinds(op), {}, {}, 0, 0};
  p.grid = findWalkedGrid(op);
  p.problem.symbols.assign(p.kinds.size(), 0);
  int64_t tokens = kAssumedTokens;
  if (p.grid) {
    int64_t axis = p.grid->extents.size() == 1 ? kAssumedTokens : p.grid->extents.size() == 2 ? 64 : 16;
    for (const MaskExtent &extent : p.grid->extents)
      if (extent.isSymbol)
        p.problem.symbols[extent.value] = axis;
    tokens = p.grid->countTokens(p.problem.symbols).value_or(0);
  }
  int64_t most = p.grid ? INT64_MAX : kCountedTokens;
  p.problem.queries = std::min(sizeOr(op.getQuery(), 2, tokens), most);
  p.problem.keys = std::min(sizeOr(op.getKey(), 2, p.grid ? tokens : p.problem.queries), most);
  for (auto [symbol, kind] : llvm::zip_equal(p.problem.symbols, p.kinds))
    if (symbol == 0 && kind == SymbolKind::Scalar)
      symbol = p.problem.keys;
  p.elements = double(sizeOr(op.getQuery(), 3, 0) + sizeOr(op.getValue(), 3, 0));
  p.pair = p.elements / variant.getF32Lanes();
  return p;
}

/// Whether an element that tests know only for one block at a time decides: tiles of a box lie in one, blocks do not.
bool readsTable(const BoxProblem &p) {
  for (auto [number, kind] : llvm::enumerate(p.kinds)) {
    AffineMap map = cast<AffineMapAttr>(p.op.getMaskMaps()[number]).getValue();
    if (kind == SymbolKind::Rows && isTableOfBlocks(map) && map.isFunctionOfDim(3))
      return true;
  }
  return false;
}

/// Whether what a row sees is told by elements that are known at run time only.
bool readsRows(const BoxProblem &p) { return llvm::is_contained(p.kinds, SymbolKind::Rows); }

/// None where counting takes too long, also below.
std::optional<double> costOfBlocks(const BoxProblem &p, ScheduleAttr schedule, int64_t mostSteps) {
  MaskCounter counter([&](MaskBuilder &b) { return p.define(b); }, p.problem, p.kinds);
  MaskCounter *heads[] = {&counter};
  WalkCounts counts = countWalk(heads, {0, p.problem.queries, 0, p.problem.keys}, schedule, mostSteps, kSampledBlocks);
  if (!counts.isComplete)
    return std::nullopt;
  double tokens = kBlockQuery * double(p.problem.queries) + kPackedKey * double(p.problem.keys);
  return double(counts.getDone()) * schedule.getStrip() * schedule.getPanel() * p.pair * kBlockTile +
         tokens * p.elements;
}

std::optional<double> costOfBox(const BoxProblem &p, ScheduleAttr schedule, int64_t mostSteps) {
  int64_t samples = schedule.getBox().size() == 1 ? kSampledBoxes : kSampledBoxesOfGrid;
  WalkCounts counts =
      countBoxWalk([&](MaskBuilder &b) { return p.define(b); }, p.kinds, p.problem, schedule, mostSteps, samples);
  if (!counts.isComplete)
    return std::nullopt;
  double keys = double(counts.getDone()) / schedule.getStripsOfBox() * schedule.getPanel();
  double tile = schedule.getStrip() == schedule.getLanes() ? kOneRegister : kTwoRegisters;
  return double(counts.getDone()) * schedule.getStrip() * schedule.getPanel() * p.pair * tile +
         kBoxQuery * double(p.problem.queries) * p.elements + keys * kListedKey;
}

/// The strides of a neighborhood in which queries share their keys.
SmallVector<int64_t> sharedBox(MaskAttrInterface mask) {
  SmallVector<int64_t> box;
  mask.walk([&](NeighborhoodAttr neighborhood) {
    if (box.empty() && llvm::any_of(neighborhood.getStride(), [](int64_t stride) { return stride > 1; }))
      llvm::append_range(box, neighborhood.getStride());
  });
  return box;
}

ScheduleAttr makeSchedule(const BoxProblem &p, const TargetVariant &variant, ArrayRef<int64_t> box, int64_t strip) {
  constexpr int64_t rowsOfTask = 192;
  // Scores take a quarter of a first level of 32 KiB: the rows of values beside them are read again for other queries.
  int64_t mostKeys = 2048 / strip;
  int64_t lanes = variant.getF32Lanes(), area = 1;
  for (int64_t size : box)
    area *= size;
  bool many = variant.getVectorRegisters() >= 32;
  // Sums leave room for what is multiplied: of products, for a row of queries and a pointer for each key, of which ten
  // fit; of values, for a row of four registers. With eight chains of multiply-adds, none may wait.
  int64_t panel = std::min((many ? 16 : 8) * lanes / strip, int64_t(many ? 10 : 8));
  int64_t columns = (many ? 24 : 8) * lanes / strip;
  int64_t rows = box.size() == 1 ? area * std::max<int64_t>(rowsOfTask / area, 1) : area;
  MLIRContext *context = p.op.getContext();
  return ScheduleAttr::get(context, rows, llvm::alignDown(mostKeys, panel), strip, panel, lanes, /*split=*/0, columns,
                           DenseI64ArrayAttr::get(context, box));
}

SmallVector<ScheduleAttr> makeCandidates(const BoxProblem &p, const TargetVariant &variant) {
  SmallVector<ScheduleAttr> candidates;
  unsigned axes = p.grid ? p.grid->extents.size() : 1;
  for (int64_t strip : {2 * variant.getF32Lanes(), int64_t(variant.getF32Lanes())}) {
    SmallVector<SmallVector<int64_t>> boxes;
    if (SmallVector<int64_t> shared = sharedBox(p.mask); shared.size() == axes) {
      int64_t area = 1;
      for (int64_t size : shared)
        area *= std::min<int64_t>(size, 256);
      if (area <= 256)
        boxes.push_back(shared);
    }
    llvm::append_range(boxes, listBoxes(strip, axes));
    for (ArrayRef<int64_t> box : boxes)
      candidates.push_back(makeSchedule(p, variant, box, strip));
  }
  return candidates;
}

std::string textOf(ArrayRef<int64_t> box) {
  return llvm::join(llvm::map_range(box, [](int64_t size) { return std::to_string(size); }), "x");
}

struct Walk {
  ScheduleAttr schedule;
  double cost;
};

/// What a walk costs over all heads; none where that of one of them is not known.
std::optional<double> sumOverHeads(BoxProblem &p, int64_t heads,
                                   llvm::function_ref<std::optional<double>()> costOfOne) {
  double sum = 0;
  for (p.problem.head = 0; p.problem.head < heads; ++p.problem.head) {
    std::optional<double> cost = costOfOne();
    if (!cost)
      return std::nullopt;
    sum += *cost;
  }
  return sum;
}

std::optional<Walk> findCheapestBox(BoxProblem &p, const TargetVariant &variant, int64_t heads) {
  SmallVector<ScheduleAttr> candidates = makeCandidates(p, variant);
  int64_t mostSteps = kMostSteps / (heads * static_cast<int64_t>(candidates.size()));
  std::optional<Walk> best;
  for (ScheduleAttr candidate : candidates) {
    std::optional<double> cost = sumOverHeads(p, heads, [&] { return costOfBox(p, candidate, mostSteps); });
    if (cost && (!best || *cost < kSameCost * best->cost))
      best = {candidate, *cost};
  }
  return best;
}

} // namespace

ChosenSchedule attn::chooseBoxOrBlocks(AttentionOp op, const TargetVariant &variant, ScheduleAttr blocks) {
  if (!mayHaveBox(op, blocks))
    return {blocks, {}};
  BoxProblem p = describe(op, variant);
  if (p.problem.queries <= 0 || p.problem.keys <= 0)
    return {blocks, {}};
  if (readsRows(p) && !readsTable(p))
    return {blocks, {}};
  bool perHead = MaskCounter([&](MaskBuilder &b) { return p.define(b); }, p.problem, p.kinds).dependsOnHead();
  int64_t heads = perHead ? std::clamp<int64_t>(sizeOr(op.getQuery(), 1, kMostHeads), 1, kMostHeads) : 1;
  std::string block = textOf({blocks.getRows(), blocks.getKeys()});
  std::optional<Walk> best = findCheapestBox(p, variant, heads);
  std::optional<double> ofBlocks = sumOverHeads(p, heads, [&] { return costOfBlocks(p, blocks, kMostSteps / heads); });
  if (!best || !ofBlocks)
    return {blocks, {"blocks of ", block, ", as counting tiles of boxes takes too long"}};
  std::string box = textOf(best->schedule.getBox().asArrayRef());
  if (readsTable(p))
    return {best->schedule, {"boxes of ", box, " queries, as a table of blocks says at run time which keys each sees"}};
  auto times = [](double ratio) { return llvm::formatv("{0:F2}", ratio).str(); };
  if (*ofBlocks < kLeastGain * best->cost)
    return {blocks,
            {"blocks of ", block, ", where boxes of ", box, " queries would take ", times(best->cost / *ofBlocks),
             " times as long"}};
  return {best->schedule,
          {"boxes of ", box, " queries, where blocks of ", block, " would take ", times(*ofBlocks / best->cost),
           " times as long"}};
}
