// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MaskScopes.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace attn;

/// Elements of a constant that are looked at for their range.
static constexpr int64_t kMaxElements = int64_t(1) << 16;

OpMask::OpMask(ScoringOpInterface op) {
  bound.mask = op.getMaskAttr();
  for (auto [tensor, map] : llvm::zip(op.getMaskSymbols(), op.getMaskMaps().getAsValueRange<AffineMapAttr>())) {
    unsigned number = 0;
    while (number < tensors.size() && (tensors[number] != tensor || maps[number] != map))
      ++number;
    bound.symbols.push_back(number);
    if (number < tensors.size())
      continue;
    tensors.push_back(tensor);
    maps.push_back(map);
  }
}

void attn::setMask(ScoringOpInterface op, const OpMask &from, const BoundMask &mask) {
  SmallVector<Value> tensors;
  SmallVector<AffineMap> maps;
  for (unsigned symbol : mask.symbols) {
    tensors.push_back(from.tensors[symbol]);
    maps.push_back(from.maps[symbol]);
  }
  TypeSwitch<Operation *>(op).Case<AttentionOp, ScoreReduceOp>([&](auto op) {
    if (mask.mask)
      op.setMaskAttr(mask.mask);
    else
      op.removeMaskAttr();
    op.getMaskSymbolsMutable().assign(tensors);
    op.setMaskMapsAttr(Builder(op).getAffineMapArrayAttr(maps));
  });
}

static IndexRange intersect(IndexRange a, IndexRange b) { return {std::max(a.lo, b.lo), std::min(a.hi, b.hi)}; }

/// `array<i64: least, greatest>`; anything where it is not that.
static IndexRange toRange(Attribute attr) {
  auto range = dyn_cast_or_null<DenseI64ArrayAttr>(attr);
  return range && range.size() == 2 && range[0] <= range[1] ? IndexRange{range[0], range[1]} : IndexRange();
}

MaskScopes::MaskScopes(func::FuncOp func) : dims(func) {
  isEntry = func.isPublic() && SymbolTable::symbolKnownUseEmpty(func, func->getParentOp());
  auto known = func->getAttrOfType<DictionaryAttr>("attn.dim_ranges");
  if (!isEntry || !known)
    return;
  for (BlockArgument arg : func.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(arg.getType());
    for (int64_t axis = 0; type && axis < type.getRank(); ++axis) {
      StringRef name = getArgDimName(func, arg.getArgNumber(), axis);
      std::optional<unsigned> number = dims.classOf(arg, axis);
      if (number && !name.empty() && known.get(name))
        ranges.try_emplace(*number, toRange(known.get(name)));
    }
  }
}

IndexRange MaskScopes::getSize(Value tensor, int64_t axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return {type.getDimSize(axis), type.getDimSize(axis)};
  IndexRange anything{0, IndexGraph::kLimit};
  std::optional<unsigned> number = dims.classOf(tensor, axis);
  IndexRange range = number ? intersect(ranges.lookup(*number), anything) : anything;
  return range.lo <= range.hi ? range : anything;
}

/// What elements of a tensor can be: those of a constant, what is asked of an argument, what the type holds.
IndexRange MaskScopes::getSymbol(Value tensor) {
  auto type = cast<IntegerType>(cast<RankedTensorType>(tensor.getType()).getElementType());
  bool isBit = type.isInteger(1);
  DenseIntElementsAttr constant;
  if (matchPattern(tensor, m_Constant(&constant)) && !constant.empty() &&
      (constant.isSplat() || constant.getNumElements() <= kMaxElements) && type.getWidth() <= 64) {
    IndexRange range{INT64_MAX, INT64_MIN};
    for (const APInt &value : constant.getValues<APInt>()) {
      int64_t number = isBit ? value.getZExtValue() : value.getSExtValue();
      range = {std::min(range.lo, number), std::max(range.hi, number)};
      if (constant.isSplat())
        break;
    }
    return range;
  }
  if (isBit)
    return {0, 1};
  auto argument = dyn_cast<BlockArgument>(tensor);
  auto func = argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()) : func::FuncOp();
  return func && isEntry ? toRange(func.getArgAttr(argument.getArgNumber(), "attn.range")) : IndexRange();
}

MaskScope MaskScopes::getScope(ScoringOpInterface op, const OpMask &mask) {
  MaskScope scope;
  for (Value tensor : mask.tensors)
    scope.symbols.push_back(getSymbol(tensor));
  IndexRange queries = getSize(op.getQuery(), 2), keys = getSize(op.getKey(), 2);
  scope.setQueries(queries);
  scope.setKeys(keys);
  if (IndexRange batches = getSize(op.getQuery(), 0); batches.hi > 0)
    scope.setBatches(0, batches.hi);
  if (IndexRange heads = getSize(op.getQuery(), 1); heads.hi > 0)
    scope.setHeads(0, heads.hi);
  std::optional<unsigned> rows = dims.classOf(op.getQuery(), 2), columns = dims.classOf(op.getKey(), 2);
  scope.isSquare =
      (rows && rows == columns) || (queries.lo == queries.hi && keys.lo == keys.hi && keys.lo == queries.lo);
  if (op.getOrigin().empty() && op.getExtent().empty())
    return scope;
  // A slice: positions are moved, and nothing relates them to the sizes of the whole.
  scope.isWhole = scope.isSquare = false;
  constexpr unsigned positions[] = {MaskInput::Batch, MaskInput::Head, MaskInput::QueryFirst, MaskInput::KeyFirst};
  for (auto [input, start] : llvm::zip(positions, op.getOrigin())) {
    std::optional<int64_t> known = getConstantIntValue(start);
    IndexRange &range = scope.inputs[input];
    bool fits = known && *known >= 0 && *known <= IndexGraph::kLimit - range.hi;
    range = fits ? IndexRange{range.lo + *known, range.hi + *known} : IndexRange{0, IndexGraph::kLimit};
  }
  if (op.getExtent().empty())
    return scope;
  for (auto [input, size] : llvm::zip(ArrayRef<unsigned>{MaskInput::Queries, MaskInput::Keys}, op.getExtent())) {
    std::optional<int64_t> known = getConstantIntValue(size);
    bool fits = known && *known >= 0 && *known <= IndexGraph::kLimit;
    scope.inputs[input] = fits ? IndexRange{*known, *known} : IndexRange{0, IndexGraph::kLimit};
  }
  return scope;
}
