// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers, in the order of AttnOps.td, labelled with the constraints they check; and the shapes of results.
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

namespace {

/// A named tensor dimension, so that a mismatch can name both of its sides.
struct NamedDim {
  StringRef tensor;
  int64_t size;
};

/// Emits an error unless both sizes may be the same at run time.
LogicalResult verifySameSize(Operation *op, StringRef meaning, NamedDim lhs, NamedDim rhs) {
  if (ShapedType::isDynamic(lhs.size) || ShapedType::isDynamic(rhs.size) || lhs.size == rhs.size)
    return success();
  return op->emitOpError("expects ") << lhs.tensor << " and " << rhs.tensor << " to have the same " << meaning
                                     << ", but got " << lhs.size << " and " << rhs.size;
}

int64_t dim(Value tensor, unsigned axis) { return cast<RankedTensorType>(tensor.getType()).getDimSize(axis); }

} // namespace

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

/// C1: sizes that must agree, when both are known.
static LogicalResult verifyShapes(AttentionOp op) {
  Value q = op.getQuery(), k = op.getKey(), v = op.getValue(), o = op.getOutput();
  auto same = [&](StringRef meaning, StringRef lhs, int64_t lhsSize, StringRef rhs, int64_t rhsSize) {
    return succeeded(verifySameSize(op, meaning, {lhs, lhsSize}, {rhs, rhsSize}));
  };
  bool ok = same("head size", "query", dim(q, 3), "key", dim(k, 3)) &&
            same("batch", "key", dim(k, 0), "value", dim(v, 0)) &&
            same("number of heads", "key", dim(k, 1), "value", dim(v, 1)) &&
            same("number of keys", "key", dim(k, 2), "value", dim(v, 2)) &&
            same("batch", "query", dim(q, 0), "output", dim(o, 0)) &&
            same("number of heads", "query", dim(q, 1), "output", dim(o, 1)) &&
            same("number of queries", "query", dim(q, 2), "output", dim(o, 2)) &&
            same("value size", "value", dim(v, 3), "output", dim(o, 3));
  if (!ok)
    return failure();
  Value lse = op.getLse();
  if (!lse)
    return success();
  return success(same("batch", "query", dim(q, 0), "lse", dim(lse, 0)) &&
                 same("number of heads", "query", dim(q, 1), "lse", dim(lse, 1)) &&
                 same("number of queries", "query", dim(q, 2), "lse", dim(lse, 2)));
}

/// C2: grouped heads and a shared batch.
static LogicalResult verifyGroups(AttentionOp op) {
  int64_t queryHeads = dim(op.getQuery(), 1), keyHeads = dim(op.getKey(), 1);
  bool known = !ShapedType::isDynamic(queryHeads) && !ShapedType::isDynamic(keyHeads);
  if (known && (keyHeads == 0 ? queryHeads != 0 : queryHeads % keyHeads != 0))
    return op.emitOpError("expects the number of key heads to divide the number of query heads, but got ")
           << keyHeads << " and " << queryHeads;
  int64_t queryBatch = dim(op.getQuery(), 0), keyBatch = dim(op.getKey(), 0);
  known = !ShapedType::isDynamic(queryBatch) && !ShapedType::isDynamic(keyBatch);
  if (known && keyBatch != 1 && keyBatch != queryBatch)
    return op.emitOpError("expects the batch of key to be 1 or the batch of query, but got ")
           << keyBatch << " and " << queryBatch;
  return success();
}

/// C3.
static LogicalResult verifyElementTypes(AttentionOp op) {
  Type query = getElementTypeOrSelf(op.getQuery()), score = op.getScoreType();
  for (Value value : {op.getKey(), op.getValue()})
    if (Type type = getElementTypeOrSelf(value); type.isF64() != query.isF64())
      return op.emitOpError("expects query, key and value to be all of f64 or none, but got ")
             << query << " and " << type;
  if (Type output = getElementTypeOrSelf(op.getOutput()); output != query)
    return op.emitOpError("expects the output to have the element type of query, but got ")
           << output << " and " << query;
  if (op.getLse() && getElementTypeOrSelf(op.getLse()) != score)
    return op.emitOpError("expects lse to have element type ")
           << score << ", but got " << getElementTypeOrSelf(op.getLse());
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
static LogicalResult verifyIndices(AttentionOp op, const Twine &subject, Value tensor, AffineMap map) {
  SmallVector<int64_t> last{dim(op.getQuery(), 0), dim(op.getQuery(), 1), dim(op.getQuery(), 2), dim(op.getKey(), 2)};
  if (!op.getOrigin().empty() || llvm::is_contained(last, 0))
    return success();
  for (int64_t &size : last)
    size -= ShapedType::isDynamic(size) ? 0 : 1;
  for (auto [number, expr] : llvm::enumerate(map.getResults())) {
    std::optional<int64_t> least = computeAt(expr, {0, 0, 0, 0}), greatest = computeAt(expr, last);
    if (least && *least < 0)
      return op.emitOpError("expects index ") << number << " of " << subject << " to be at least 0, but got " << *least;
    int64_t size = dim(tensor, number);
    if (greatest && !ShapedType::isDynamic(size) && *greatest >= size)
      return op.emitOpError("expects index ")
             << number << " of " << subject << " to be below " << size << ", but got " << *greatest;
  }
  return success();
}

/// Each bound tensor is indexed by as many expressions as it has dimensions.
static LogicalResult verifyElements(AttentionOp op, StringRef kind, OperandRange tensors, ArrayAttr maps) {
  if (maps.size() != tensors.size())
    return op.emitOpError("expects one index map for each ")
           << kind << ", but got " << maps.size() << " for " << tensors.size();
  for (auto [number, tensor, map] : llvm::enumerate(tensors, maps.getAsValueRange<AffineMapAttr>())) {
    int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
    if (map.getNumDims() != 4 || map.getNumSymbols() != 0)
      return op.emitOpError("expects the index map of ")
             << kind << ' ' << number << " to have the 4 dimensions b, h, i, j, but got " << map.getNumDims() << " and "
             << map.getNumSymbols() << " symbols";
    if (map.getNumResults() != rank)
      return op.emitOpError("expects ") << kind << ' ' << number
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
static LogicalResult verifyMaskMaps(AttentionOp op, ArrayRef<MaskRequirement> requirements) {
  auto mapOf = [&](unsigned symbol) { return cast<AffineMapAttr>(op.getMaskMaps()[symbol]); };
  for (const MaskRequirement &requirement : requirements) {
    if (requirement.kind == MaskRequirement::Kind::NonDecreasing &&
        mapOf(requirement.symbol).getValue().isFunctionOfDim(3))
      return op.emitOpError("expects mask symbol ")
             << requirement.symbol << " to be the same for all keys, but got " << mapOf(requirement.symbol);
    for (MaskExtent extent : requirement.extents) {
      if (!extent.isSymbol)
        continue;
      AffineMapAttr map = mapOf(extent.value);
      if (map.getValue().isFunctionOfDim(2) || map.getValue().isFunctionOfDim(3))
        return op.emitOpError("expects mask symbol ")
               << extent.value << " to be the same for all queries and keys as an extent of a grid, but got " << map;
    }
  }
  return success();
}

/// Grids whose extents are all known have as many tokens as there are queries and keys. Slices have other sizes.
static LogicalResult verifyGrids(AttentionOp op, ArrayRef<MaskRequirement> requirements) {
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
    for (auto [name, size] : {std::pair("queries", dim(op.getQuery(), 2)), std::pair("keys", dim(op.getKey(), 2))})
      if (!ShapedType::isDynamic(size) && size != tokens)
        return op.emitOpError("expects the grid ")
               << toText(requirement.extents) << " of the mask to have as many tokens as there are " << name
               << ", but got " << tokens << " and " << size;
  }
  return success();
}

/// C4.
static LogicalResult verifyMask(AttentionOp op) {
  unsigned expected = op.getMaskAttr() ? op.getMaskAttr().getNumSymbols() : 0;
  if (op.getMaskSymbols().size() != expected)
    return op.emitOpError("expects the mask to have ")
           << expected << " symbol(s) bound, but got " << op.getMaskSymbols().size();
  for (auto [number, symbol] : llvm::enumerate(op.getMaskSymbols()))
    if (!getElementTypeOrSelf(symbol).isSignlessInteger())
      return op.emitOpError("expects mask symbol ")
             << number << " to be an integer or boolean tensor, but got " << symbol.getType();
  if (failed(verifyElements(op, "mask symbol", op.getMaskSymbols(), op.getMaskMaps())))
    return failure();
  SmallVector<MaskRequirement> requirements;
  if (op.getMaskAttr())
    op.getMaskAttr().collectRequirements(requirements);
  return success(succeeded(verifyMaskMaps(op, requirements)) && succeeded(verifyGrids(op, requirements)));
}

/// C5.
static LogicalResult verifyNormalizer(AttentionOp op) {
  unsigned expected = op.getNormalizer().getNumInputs();
  if (op.getNormalizerInputs().size() != expected)
    return op.emitOpError("expects the normalizer to have ")
           << expected << " input(s) bound, but got " << op.getNormalizerInputs().size();
  Type elementType = op.getScoreType();
  for (auto [number, input, map] :
       llvm::enumerate(op.getNormalizerInputs(), op.getNormalizerMaps().getAsValueRange<AffineMapAttr>())) {
    if (getElementTypeOrSelf(input) != elementType)
      return op.emitOpError("expects normalizer input ")
             << number << " to have element type " << elementType << ", but got " << getElementTypeOrSelf(input);
    if (map.isFunctionOfDim(3))
      return op.emitOpError("expects normalizer input ") << number << " not to depend on the key j";
  }
  return verifyElements(op, "normalizer input", op.getNormalizerInputs(), op.getNormalizerMaps());
}

/// C8.
static LogicalResult verifyPositions(AttentionOp op) {
  size_t origin = op.getOrigin().size(), extent = op.getExtent().size();
  if (origin != 0 && origin != 4)
    return op.emitOpError("expects at(...) to have 4 positions, but got ") << origin;
  if (extent != 0 && extent != 2)
    return op.emitOpError("expects of(...) to have 2 sizes, but got ") << extent;
  if (origin != 0 && extent == 0 && op.getMaskAttr() && op.getMaskAttr().readsExtent())
    return op.emitOpError("expects of(queries, keys) beside at(...), because the mask reads them: ")
           << op.getMaskAttr();
  return success();
}

/// C9.
static LogicalResult verifySchedule(AttentionOp op) {
  ScheduleAttr schedule = op.getScheduleAttr();
  if (!schedule || !schedule.isShort())
    return success();
  std::optional<int64_t> rows = op.getRowsPerKeyHead();
  if (!rows)
    return op.emitOpError("expects a schedule with split to come with a known number of queries for one key head, but "
                          "got query and key ")
           << op.getQuery().getType() << " and " << op.getKey().getType();
  if (*rows != schedule.getRows())
    return op.emitOpError("expects rows of a schedule with split to be the queries for one key head, but got ")
           << schedule.getRows() << " and " << *rows;
  return success();
}

std::optional<int64_t> AttentionOp::getRowsPerKeyHead() {
  int64_t queryHeads = dim(getQuery(), 1), keyHeads = dim(getKey(), 1), queries = dim(getQuery(), 2);
  if (ShapedType::isDynamic(queryHeads) || ShapedType::isDynamic(keyHeads) || ShapedType::isDynamic(queries) ||
      keyHeads == 0)
    return std::nullopt;
  int64_t rows;
  if (llvm::MulOverflow(queries, queryHeads / keyHeads, rows))
    return std::nullopt;
  return rows;
}

Type AttentionOp::getScoreType() {
  Type query = getElementTypeOrSelf(getQuery());
  return query.isF64() ? query : Type(Float32Type::get(getContext()));
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyShapes(*this)) || failed(verifyGroups(*this)) || failed(verifyElementTypes(*this)) ||
      failed(verifyMask(*this)) || failed(verifyNormalizer(*this)) ||
      failed(verifyElements(*this, "score input", getScoreInputs(), getScoreMaps())) ||
      failed(verifyElements(*this, "gain input", getGainInputs(), getGainMaps())) || failed(verifyPositions(*this)) ||
      failed(verifySchedule(*this)))
    return failure();
  if (!getScale().isFinite()) // C7
    return emitOpError("expects scale to be finite, but got ") << getScale().convertToDouble();
  return success();
}

/// C6: one of the regions.
static LogicalResult verifyPairRegion(Operation *op, const PairRegion &region, Type scoreType) {
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

LogicalResult AttentionOp::verifyRegions() {
  return success(succeeded(verifyPairRegion(*this, getScoreRegion(), getScoreType())) &&
                 succeeded(verifyPairRegion(*this, getGainRegion(), getScoreType())));
}

LogicalResult AttentionOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) {
  auto sizes = [&](Value tensor, unsigned axis) -> OpFoldResult {
    return tensor::getMixedSize(b, getLoc(), tensor, axis);
  };
  shapes.push_back({sizes(getQuery(), 0), sizes(getQuery(), 1), sizes(getQuery(), 2), sizes(getValue(), 3)});
  if (getLse())
    shapes.push_back({sizes(getQuery(), 0), sizes(getQuery(), 1), sizes(getQuery(), 2)});
  return success();
}

//===----------------------------------------------------------------------===//
// merge
//===----------------------------------------------------------------------===//

LogicalResult MergeOp::verify() {
  if (getOutputs().empty())
    return emitOpError("expects at least one part, but got none");
  for (Value part : getOutputs())
    if (part.getType() != getOutput().getType())
      return emitOpError("expects every part to have the type of the output, but got ")
             << part.getType() << " and " << getOutput().getType();
  for (Value part : getLses())
    if (part.getType() != getLse().getType())
      return emitOpError("expects every log-sum-exp to have the type of the second result, but got ")
             << part.getType() << " and " << getLse().getType();
  Type output = getElementTypeOrSelf(getOutput()), lse = getElementTypeOrSelf(getLse());
  if (output.isF64() != lse.isF64())
    return emitOpError("expects outputs and log-sum-exps to be both of f64 or neither, but got ")
           << output << " and " << lse;
  for (unsigned axis = 0; axis < 3; ++axis)
    if (failed(verifySameSize(*this,
                              axis == 0   ? "batch"
                              : axis == 1 ? "number of heads"
                                          : "number of queries",
                              {"output", dim(getOutput(), axis)}, {"lse", dim(getLse(), axis)})))
      return failure();
  return success();
}

LogicalResult MergeOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getOutputs().front()));
  shapes.push_back(tensor::getMixedSizes(b, getLoc(), getLses().front()));
  return success();
}
