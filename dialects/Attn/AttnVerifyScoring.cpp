// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What attention and score_reduce have in common, checked once; labelled with the constraints of attention.
#include "ScoringVerification.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

#include "dialects/Attn/AttnOpInterfaces.cpp.inc"

LogicalResult attn::verifySameSize(Operation *op, StringRef meaning, NamedDim lhs, NamedDim rhs) {
  if (ShapedType::isDynamic(lhs.size) || ShapedType::isDynamic(rhs.size) || lhs.size == rhs.size)
    return success();
  return op->emitOpError("expects ") << lhs.tensor << " and " << rhs.tensor << " to have the same " << meaning
                                     << ", but got " << lhs.size << " and " << rhs.size;
}

LogicalResult attn::verifyRowResult(ScoringOpInterface op, StringRef name, Value result) {
  Value query = op.getQuery();
  constexpr StringLiteral meanings[] = {"batch", "number of heads", "number of queries"};
  for (auto [axis, meaning] : llvm::enumerate(meanings))
    if (failed(verifySameSize(op, meaning, {"query", sizeOf(query, axis)}, {name, sizeOf(result, axis)})))
      return failure();
  if (Type element = getElementTypeOrSelf(result), score = op.getScoreType(); element != score)
    return op->emitOpError("expects ") << name << " to have element type " << score << ", but got " << element;
  return success();
}

/// C2: grouped heads and a shared batch.
static LogicalResult verifyGroups(ScoringOpInterface op) {
  int64_t queryHeads = sizeOf(op.getQuery(), 1), keyHeads = sizeOf(op.getKey(), 1);
  bool known = !ShapedType::isDynamic(queryHeads) && !ShapedType::isDynamic(keyHeads);
  if (known && (keyHeads == 0 ? queryHeads != 0 : queryHeads % keyHeads != 0))
    return op->emitOpError("expects the number of key heads to divide the number of query heads, but got ")
           << keyHeads << " and " << queryHeads;
  int64_t queryBatch = sizeOf(op.getQuery(), 0), keyBatch = sizeOf(op.getKey(), 0);
  known = !ShapedType::isDynamic(queryBatch) && !ShapedType::isDynamic(keyBatch);
  if (known && keyBatch != 1 && keyBatch != queryBatch)
    return op->emitOpError("expects the batch of key to be 1 or the batch of query, but got ")
           << keyBatch << " and " << queryBatch;
  return success();
}

/// The value of an index at a corner of the positions, where it neither overflows nor reads an axis of unknown size.
/// None of expressions that fall or turn between two corners.
static std::optional<int64_t> computeAt(AffineExpr expr, ArrayRef<int64_t> corner) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto position = dyn_cast<AffineDimExpr>(expr)) {
    int64_t value = corner[position.getPosition()];
    return ShapedType::isDynamic(value) ? std::nullopt : std::optional(value);
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  std::optional<int64_t> lhs = computeAt(binary.getLHS(), corner), rhs = computeAt(binary.getRHS(), corner);
  if (!lhs || !rhs)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add)
    return llvm::checkedAdd(*lhs, *rhs);
  if (!isa<AffineConstantExpr>(binary.getRHS()) || *rhs <= 0)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Mul)
    return llvm::checkedMul(*lhs, *rhs);
  return expr.getKind() == AffineExprKind::FloorDiv ? std::optional(llvm::divideFloorSigned(*lhs, *rhs)) : std::nullopt;
}

/// What is known to be read exists. The rest is asked at run time, and all of it where the operands are slices.
static LogicalResult verifyIndices(ScoringOpInterface op, const Twine &subject, Value tensor, AffineMap map) {
  SmallVector<int64_t> last{sizeOf(op.getQuery(), 0), sizeOf(op.getQuery(), 1), sizeOf(op.getQuery(), 2),
                            sizeOf(op.getKey(), 2)};
  if (!op.getOrigin().empty() || llvm::is_contained(last, 0))
    return success();
  for (int64_t &size : last)
    size -= ShapedType::isDynamic(size) ? 0 : 1;
  for (auto [number, expr] : llvm::enumerate(map.getResults())) {
    std::optional<int64_t> least = computeAt(expr, {0, 0, 0, 0}), greatest = computeAt(expr, last);
    if (least && *least < 0)
      return op->emitOpError("expects index ")
             << number << " of " << subject << " to be at least 0, but got " << *least;
    int64_t size = sizeOf(tensor, number);
    if (greatest && !ShapedType::isDynamic(size) && *greatest >= size)
      return op->emitOpError("expects index ")
             << number << " of " << subject << " to be below " << size << ", but got " << *greatest;
  }
  return success();
}

LogicalResult attn::verifyElements(ScoringOpInterface op, StringRef kind, OperandRange tensors, ArrayAttr maps) {
  if (maps.size() != tensors.size())
    return op->emitOpError("expects one index map for each ")
           << kind << ", but got " << maps.size() << " for " << tensors.size();
  for (auto [number, tensor, map] : llvm::enumerate(tensors, maps.getAsValueRange<AffineMapAttr>())) {
    int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
    if (map.getNumDims() != 4 || map.getNumSymbols() != 0)
      return op->emitOpError("expects the index map of ")
             << kind << ' ' << number << " to have the 4 dimensions b, h, i, j, but got " << map.getNumDims() << " and "
             << map.getNumSymbols() << " symbols";
    if (map.getNumResults() != rank)
      return op->emitOpError("expects ") << kind << ' ' << number
                                         << " to be indexed by as many expressions as it has dimensions, but got "
                                         << map.getNumResults() << " and " << rank;
    if (failed(verifyIndices(op, Twine(kind) + " " + Twine(number), tensor, map)))
      return failure();
  }
  return success();
}

/// Writes a grid as its mask does.
static std::string toText(ArrayRef<MaskExtent> grid) {
  std::string text;
  for (MaskExtent extent : grid)
    text += (text.empty() ? "[" : ", ") + (extent.isSymbol ? std::string("?") : std::to_string(extent.value));
  return text + "]";
}

/// What a mask requires of its symbols' index maps.
static LogicalResult verifyMaskMaps(ScoringOpInterface op, ArrayRef<MaskRequirement> requirements) {
  auto mapOf = [&](unsigned symbol) { return cast<AffineMapAttr>(op.getMaskMaps()[symbol]); };
  for (const MaskRequirement &requirement : requirements) {
    if (requirement.kind == MaskRequirement::Kind::NonDecreasing &&
        mapOf(requirement.symbol).getValue().isFunctionOfDim(3))
      return op->emitOpError("expects mask symbol ")
             << requirement.symbol << " to be the same for all keys, but got " << mapOf(requirement.symbol);
    for (MaskExtent extent : requirement.extents) {
      if (!extent.isSymbol)
        continue;
      AffineMapAttr map = mapOf(extent.value);
      if (map.getValue().isFunctionOfDim(2) || map.getValue().isFunctionOfDim(3))
        return op->emitOpError("expects mask symbol ")
               << extent.value << " to be the same for all queries and keys as an extent of a grid, but got " << map;
    }
  }
  return success();
}

/// Grids whose extents are all known have as many tokens as there are queries and keys. Slices have other sizes.
static LogicalResult verifyGrids(ScoringOpInterface op, ArrayRef<MaskRequirement> requirements) {
  if (!op.getOrigin().empty() || !op.getExtent().empty())
    return success();
  for (const MaskRequirement &requirement : requirements) {
    bool isKnown = !requirement.extents.empty() &&
                   llvm::none_of(requirement.extents, [](MaskExtent extent) { return extent.isSymbol; });
    if (!isKnown)
      continue;
    int64_t tokens = 1;
    for (MaskExtent extent : requirement.extents)
      tokens *= extent.value;
    for (auto [name, size] :
         {std::pair("queries", sizeOf(op.getQuery(), 2)), std::pair("keys", sizeOf(op.getKey(), 2))})
      if (!ShapedType::isDynamic(size) && size != tokens)
        return op->emitOpError("expects the grid ")
               << toText(requirement.extents) << " of the mask to have as many tokens as there are " << name
               << ", but got " << tokens << " and " << size;
  }
  return success();
}

/// C4.
static LogicalResult verifyMask(ScoringOpInterface op) {
  unsigned expected = op.getMaskAttr() ? op.getMaskAttr().getNumSymbols() : 0;
  if (op.getMaskSymbols().size() != expected)
    return op->emitOpError("expects the mask to have ")
           << expected << " symbol(s) bound, but got " << op.getMaskSymbols().size();
  for (auto [number, symbol] : llvm::enumerate(op.getMaskSymbols()))
    if (!getElementTypeOrSelf(symbol).isSignlessInteger())
      return op->emitOpError("expects mask symbol ")
             << number << " to be an integer or boolean tensor, but got " << symbol.getType();
  if (failed(verifyElements(op, "mask symbol", op.getMaskSymbols(), op.getMaskMaps())))
    return failure();
  SmallVector<MaskRequirement> requirements;
  if (op.getMaskAttr())
    op.getMaskAttr().collectRequirements(requirements);
  return success(succeeded(verifyMaskMaps(op, requirements)) && succeeded(verifyGrids(op, requirements)));
}

/// C8.
static LogicalResult verifyPositions(ScoringOpInterface op) {
  size_t origin = op.getOrigin().size(), extent = op.getExtent().size();
  if (origin != 0 && origin != 4)
    return op->emitOpError("expects at(...) to have 4 positions, but got ") << origin;
  if (extent != 0 && extent != 2)
    return op->emitOpError("expects of(...) to have 2 sizes, but got ") << extent;
  if (origin != 0 && extent == 0 && op.getMaskAttr() && op.getMaskAttr().readsExtent())
    return op->emitOpError("expects of(queries, keys) beside at(...), because the mask reads them: ")
           << op.getMaskAttr();
  return success();
}

/// C9.
static LogicalResult verifySchedule(ScoringOpInterface op) {
  ScheduleAttr schedule = op.getScheduleAttr();
  if (!schedule || !schedule.isShort())
    return success();
  std::optional<int64_t> rows = op.getRowsPerKeyHead();
  if (!rows)
    return op->emitOpError("expects a schedule with split to come with a known number of queries for one key head, but "
                           "got query and key ")
           << op.getQuery().getType() << " and " << op.getKey().getType();
  if (*rows != schedule.getRows())
    return op->emitOpError("expects rows of a schedule with split to be the queries for one key head, but got ")
           << schedule.getRows() << " and " << *rows;
  return success();
}

std::optional<int64_t> attn::getRowsPerKeyHead(Value query, Value key) {
  int64_t queryHeads = sizeOf(query, 1), keyHeads = sizeOf(key, 1), queries = sizeOf(query, 2);
  if (ShapedType::isDynamic(queryHeads) || ShapedType::isDynamic(keyHeads) || ShapedType::isDynamic(queries) ||
      keyHeads == 0)
    return std::nullopt;
  int64_t rows;
  if (llvm::MulOverflow(queries, queryHeads / keyHeads, rows))
    return std::nullopt;
  return rows;
}

Type attn::getScoreType(Value query) {
  Type element = getElementTypeOrSelf(query);
  return element.isF64() ? element : Type(Float32Type::get(query.getContext()));
}

LogicalResult attn::verifyScoring(ScoringOpInterface op) {
  NamedDim query{"query", sizeOf(op.getQuery(), 3)}, key{"key", sizeOf(op.getKey(), 3)};
  PairRegion score = op.getScoreRegion();
  if (failed(verifySameSize(op, "head size", query, key)) || failed(verifyGroups(op)) || failed(verifyMask(op)) ||
      failed(verifyElements(op, "score input", score.inputs, score.maps)) || failed(verifyPositions(op)) ||
      failed(verifySchedule(op)))
    return failure();
  if (!op.getScale().isFinite()) // C7
    return op->emitOpError("expects scale to be finite, but got ") << op.getScale().convertToDouble();
  return success();
}

/// C6.
LogicalResult attn::verifyPairRegion(ScoringOpInterface op, const PairRegion &region) {
  Type scoreType = op.getScoreType();
  if (!region.isPresent()) {
    if (!region.inputs.empty())
      return op->emitOpError("expects a ")
             << region.name << " region to use the " << region.name << " inputs, but got none";
    return success();
  }
  Block &block = region.body->front();
  unsigned expectedCount = region.getFirstInput() + region.inputs.size();
  if (block.getNumArguments() != expectedCount)
    return op->emitOpError("expects the ")
           << region.name << " region to have " << expectedCount << " arguments, but got " << block.getNumArguments();
  for (BlockArgument arg : block.getArguments()) {
    unsigned number = arg.getArgNumber();
    Type expected = number < region.getFirstPosition() ? scoreType : Type(IndexType::get(op->getContext()));
    if (number >= region.getFirstInput())
      expected = getElementTypeOrSelf(region.inputs[number - region.getFirstInput()]);
    if (arg.getType() != expected)
      return op->emitOpError("expects argument ")
             << number << " of the " << region.name << " region to be " << expected << ", but got " << arg.getType();
  }
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValue().getType() != scoreType)
    return op->emitOpError("expects the ") << region.name << " region to yield one " << scoreType;
  for (Operation &inner : block.without_terminator())
    if (!isMemoryEffectFree(&inner))
      return op->emitOpError("expects the ")
             << region.name << " region to have no side effects, but got " << inner.getName();
  return success();
}
