// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads constants into tables, one for each head, and asks lib/Analysis for what they say.
#include "RaiseMasks.h"
#include "attn/Analysis/MaskTable.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace mlir;
using namespace attn;

/// The tables of all batches and heads, batches outermost. An axis that the constant lacks has one of them; of queries
/// and keys it then has two that are alike, so that nothing along it looks like a distance.
struct MaskRaiser::Slices {
  int64_t batches = 1, heads = 1, rows = 2, columns = 2;
  bool readsQuery = false, readsKey = false, readsSizes = false;
  std::vector<uint8_t> isVisible;

  int64_t getArea() const { return rows * columns; }
  ArrayRef<uint8_t> get(int64_t head) const { return ArrayRef<uint8_t>(isVisible).slice(head * getArea(), getArea()); }
};

/// The constant behind a tensor, of which the tensor is all or the beginning.
static DenseElementsAttr findConstant(Value tensor) {
  while (Operation *op = tensor.getDefiningOp()) {
    auto isZero = [](OpFoldResult value) { return getConstantIntValue(value) == 0; };
    auto isOne = [](OpFoldResult value) { return getConstantIntValue(value) == 1; };
    if (auto cast = dyn_cast<tensor::CastOp>(op)) {
      tensor = cast.getSource();
      continue;
    }
    auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
    bool isBeginning = slice && slice.getSourceType().getRank() == slice.getType().getRank() &&
                       llvm::all_of(slice.getMixedOffsets(), isZero) && llvm::all_of(slice.getMixedStrides(), isOne);
    if (!isBeginning)
      break;
    tensor = slice.getSource();
  }
  DenseElementsAttr constant;
  return matchPattern(tensor, m_Constant(&constant)) ? constant : DenseElementsAttr();
}

static std::string textOf(MaskAttrInterface mask) {
  std::string text;
  llvm::raw_string_ostream(text) << mask;
  return text;
}

/// Whether a mask is free of a position.
static bool isFreeOf(MaskAttrInterface mask, int64_t input) {
  PointReading point = readPoint([&](MaskBuilder &b) { return mask.build(b); });
  return !point.graph.reads(point.visible.id, input);
}

//===----------------------------------------------------------------------===//
// Descriptions
//===----------------------------------------------------------------------===//

/// One description for all heads, or one for each of a few ranges of them.
MaskAttrInterface MaskRaiser::describeSlices(ScoringOpInterface op, const Slices &slices) {
  MLIRContext *context = op.getContext();
  for (int64_t slice = slices.heads; slice < slices.batches * slices.heads; ++slice)
    if (slices.get(slice) != slices.get(slice - slices.heads))
      return {};
  constexpr size_t most = 4;
  SmallVector<MaskAttrInterface> parts;
  AffineExpr h = getAffineDimExpr(1, context);
  for (int64_t first = 0, end; first < slices.heads; first = end) {
    end = first + 1;
    while (end < slices.heads && slices.get(end) == slices.get(first))
      ++end;
    if (parts.size() == most)
      return {};
    MaskTable table(slices.rows, slices.columns, slices.get(first));
    std::optional<MaskAttrInterface> part = describeTable(context, table, slices.readsSizes);
    if (!part || (!slices.readsQuery && !isFreeOf(*part, MaskInput::QueryFirst)) ||
        (!slices.readsKey && !isFreeOf(*part, MaskInput::KeyFirst)))
      return {};
    if (first == 0 && end == slices.heads)
      return *part;
    auto heads = SetAttr::get(
        context, IntegerSet::get(4, 2, {h - first, getAffineConstantExpr(end - 1, context) - h}, {false, false}));
    parts.push_back(AndAttr::get(context, {heads, *part}));
  }
  return OrAttr::get(context, parts);
}

/// Where an op's positions lie in a constant: one position moves by its stride, of which 0 says that it is not read.
struct Walk {
  int64_t base = 0, strides[4] = {}, extents[4] = {1, 1, 2, 2};
};

/// None when an element is anything but one of a position; sizes that are not known are those of the constant.
static std::optional<Walk> makeWalk(RankedTensorType type, AffineMap map, ArrayRef<int64_t> sizes) {
  Walk walk;
  int64_t stride = type.getNumElements();
  for (auto [axis, expr] : llvm::enumerate(map.getResults())) {
    int64_t extent = type.getDimSize(axis);
    if (extent == 0)
      return std::nullopt;
    stride /= extent;
    if (auto place = dyn_cast<AffineConstantExpr>(expr); place && place.getValue() >= 0 && place.getValue() < extent) {
      walk.base += place.getValue() * stride;
      continue;
    }
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || walk.strides[dim.getPosition()] != 0)
      return std::nullopt;
    int64_t size = sizes[dim.getPosition()];
    if (!ShapedType::isDynamic(size) && (size > extent || size == 0))
      return std::nullopt;
    walk.strides[dim.getPosition()] = stride;
    walk.extents[dim.getPosition()] = ShapedType::isDynamic(size) ? extent : size;
  }
  return walk;
}

/// A byte for each element: 1 where the score is visible; none when some element is neither a bit nor a fill.
static std::optional<std::vector<uint8_t>> readElements(DenseElementsAttr constant, const Walk &walk, bool &isFinite) {
  std::vector<uint8_t> result;
  auto visit = [&](auto read) {
    for (int64_t b = 0; b < walk.extents[0]; ++b)
      for (int64_t h = 0; h < walk.extents[1]; ++h)
        for (int64_t i = 0; i < walk.extents[2]; ++i)
          for (int64_t j = 0; j < walk.extents[3]; ++j) {
            std::optional<bool> isVisible =
                read(walk.base + b * walk.strides[0] + h * walk.strides[1] + i * walk.strides[2] + j * walk.strides[3]);
            if (!isVisible)
              return false;
            result.push_back(*isVisible);
          }
    return true;
  };
  // Less than the least of bf16, nearly, and so far below every score of use that its weight is exactly 0 beside one.
  constexpr float fill = -3.3e38f;
  auto readFloat = [&](float value) -> std::optional<bool> {
    isFinite |= value != 0.0f && std::isfinite(value);
    return value == 0.0f ? std::optional(true) : value <= fill ? std::optional(false) : std::nullopt;
  };
  bool isRead = false;
  if (auto bits = constant.tryGetValues<bool>(); succeeded(bits))
    isRead = visit([&](int64_t at) -> std::optional<bool> { return (*bits)[at]; });
  else if (auto numbers = constant.tryGetValues<float>(); succeeded(numbers))
    isRead = visit([&](int64_t at) { return readFloat((*numbers)[at]); });
  else if (auto integers = constant.tryGetValues<APInt>(); succeeded(integers))
    isRead = visit([&](int64_t at) -> std::optional<bool> { return !(*integers)[at].isZero(); });
  return isRead ? std::optional(std::move(result)) : std::nullopt;
}

MaskRaiser::Found MaskRaiser::describeAt(ScoringOpInterface op, DenseElementsAttr constant, AffineMap map,
                                         ArrayRef<int64_t> sizes) {
  Found found;
  found.missed = "its elements are not those of the positions of a whole problem";
  auto type = cast<RankedTensorType>(constant.getType());
  std::optional<Walk> walk = makeWalk(type, map, sizes);
  if (!walk || !op.getOrigin().empty() || !op.getExtent().empty())
    return found;
  int64_t elements = 1;
  bool isTooLarge = false;
  for (int64_t extent : walk->extents)
    isTooLarge |= llvm::MulOverflow(elements, extent, elements) || elements > kMaxTableElements;
  if (isTooLarge) {
    found.missed = "it has more than " + std::to_string(kMaxTableElements) + " elements";
    return found;
  }
  found.missed = "it holds more than zeros and fills";
  std::optional<std::vector<uint8_t>> isVisible = readElements(constant, *walk, found.isFinite);
  if (!isVisible)
    return found;
  found.missed = "it shows none of the usual patterns";
  Slices slices{walk->extents[0],
                walk->extents[1],
                walk->extents[2],
                walk->extents[3],
                walk->strides[2] != 0,
                walk->strides[3] != 0,
                false,
                std::move(*isVisible)};
  bool isWholeRow = slices.readsKey && sizes[3] == slices.columns;
  slices.readsSizes = slices.readsQuery && isWholeRow && sizes[2] == slices.rows;
  found.showsEachQuery = isWholeRow;
  for (size_t row = 0; row < slices.isVisible.size(); row += slices.columns)
    found.showsEachQuery &= llvm::is_contained(ArrayRef<uint8_t>(slices.isVisible).slice(row, slices.columns), 1);
  found.mask = describeSlices(op, slices);
  return found;
}

const MaskRaiser::Found &MaskRaiser::describe(ScoringOpInterface op, DenseElementsAttr constant, AffineMap map) {
  auto query = cast<RankedTensorType>(op.getQuery().getType()), key = cast<RankedTensorType>(op.getKey().getType());
  std::vector<int64_t> sizes{query.getDimSize(0), query.getDimSize(1), query.getDimSize(2), key.getDimSize(2)};
  bool isSlice = !op.getOrigin().empty() || !op.getExtent().empty();
  std::vector<int64_t> place = sizes;
  place.push_back(isSlice);
  auto [entry, isNew] = known.try_emplace({constant.getAsOpaquePointer(), map.getAsOpaquePointer(), place});
  if (isNew)
    entry->second = describeAt(op, constant, map, sizes);
  missed = entry->second.missed;
  return entry->second;
}

//===----------------------------------------------------------------------===//
// Dense masks
//===----------------------------------------------------------------------===//

/// The mask with its constant parts raised; appends the symbols that are left.
MaskAttrInterface MaskRaiser::replaceDense(ScoringOpInterface op, const BoundMask &mask, const OpMask &from,
                                           SmallVectorImpl<unsigned> &symbols, std::vector<std::string> &steps) {
  MLIRContext *context = op.getContext();
  if (isa<DenseAttr>(mask.mask)) {
    unsigned symbol = mask.symbols.front();
    DenseElementsAttr constant = findConstant(from.tensors[symbol]);
    if (MaskAttrInterface raised = constant ? describe(op, constant, from.maps[symbol]).mask : nullptr) {
      steps.push_back("a constant of #attn.dense is " + textOf(raised) + " (every element)");
      return raised;
    }
  }
  SmallVector<BoundMask> operands = getMaskOperands(mask);
  if (operands.empty()) {
    symbols.append(mask.symbols);
    return mask.mask;
  }
  SmallVector<MaskAttrInterface> replaced;
  for (const BoundMask &operand : operands)
    replaced.push_back(replaceDense(op, operand, from, symbols, steps));
  if (isa<NotAttr>(mask.mask))
    return NotAttr::get(context, replaced.front());
  return isa<AndAttr>(mask.mask) ? MaskAttrInterface(AndAttr::get(context, replaced))
                                 : MaskAttrInterface(OrAttr::get(context, replaced));
}

void MaskRaiser::raiseDense(ScoringOpInterface op, OpMask &mask, std::vector<std::string> &steps) {
  missed.clear();
  if (llvm::none_of(mask.tensors, [](Value tensor) { return bool(findConstant(tensor)); }))
    return;
  BoundMask raised;
  SmallVector<unsigned> symbols;
  size_t before = steps.size();
  raised.mask = replaceDense(op, mask.bound, mask, symbols, steps);
  raised.symbols.append(symbols.begin(), symbols.end());
  if (steps.size() == before)
    return;
  mask.bound = raised;
  missed.clear();
}

//===----------------------------------------------------------------------===//
// Biases
//===----------------------------------------------------------------------===//

/// The captured tensor of a score region that adds one and does nothing else.
static std::optional<unsigned> findAddedCapture(AttentionOp op) {
  if (!op.hasScore())
    return std::nullopt;
  Block &block = op.getScore().front();
  auto add = dyn_cast<arith::AddFOp>(block.front());
  if (!add || block.getOperations().size() != 2 || block.getTerminator()->getOperand(0) != add.getResult())
    return std::nullopt;
  for (auto [one, other] : {std::pair(add.getLhs(), add.getRhs()), std::pair(add.getRhs(), add.getLhs())}) {
    auto capture = dyn_cast<BlockArgument>(other);
    if (one == block.getArgument(0) && capture && capture.getOwner() == &block && op.getScoreInputs().size() == 1 &&
        capture.getArgNumber() == block.getNumArguments() - 1)
      return 0;
  }
  return std::nullopt;
}

void MaskRaiser::raiseBias(AttentionOp op, std::vector<std::string> &steps) {
  missed.clear();
  std::optional<unsigned> capture = findAddedCapture(op);
  if (!capture || !isa<SoftmaxAttr>(op.getNormalizer()))
    return;
  DenseElementsAttr constant = findConstant(op.getScoreInputs()[*capture]);
  if (!constant)
    return;
  const Found &found = describe(op, constant, cast<AffineMapAttr>(op.getScoreMaps()[*capture]).getValue());
  MaskAttrInterface mask = found.mask;
  if (!mask)
    return;
  // A query whose keys all have a finite fill sees their mean.
  if (found.isFinite && (op.getMaskAttr() || !found.showsEachQuery)) {
    missed = "its fill is finite, and a query may see no other key";
    return;
  }
  missed.clear();
  steps.push_back("a constant bias of zeros and fills is " + textOf(mask) + " (every element)");
  if (MaskAttrInterface own = op.getMaskAttr())
    mask = AndAttr::get(op.getContext(), {own, mask});
  op.setMaskAttr(mask);
  op.getScoreInputsMutable().clear();
  op.setScoreMapsAttr(Builder(op).getAffineMapArrayAttr({}));
  op.getScore().getBlocks().clear();
}
