// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Handlers for what only moves elements: each says where an element of its
// result comes from, and the registers are put together from that.
#include "RegisterTiler.h"

using namespace mlir;

namespace attn {

static LogicalResult reportDynamic(Operation *op, int64_t count) {
  return op->emitOpError() << "expects the position to be known at compile time, but got " << count
                           << " dynamic indices";
}

LogicalResult RegisterTiler::visitBroadcast(vector::BroadcastOp op) {
  at(op);
  VectorType type = op.getResultVectorType();
  TileLayout to = layout(type);
  auto from = dyn_cast<VectorType>(op.getSource().getType());
  if (!from || from.getRank() == 0) {
    SmallVector<Lanes> registers;
    for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg)
      registers.push_back(getScalar(op.getSource(), to.getWidth(reg % to.getChunks())));
    set(op.getResult(), std::move(registers));
    retire(op);
    return success();
  }
  const Tile &source = get(op.getSource());
  TileLayout read = layout(from);
  setMoved(op.getResult(), [&](int64_t element) -> Source {
    SmallVector<int64_t> at = to.getCoordinates(element);
    SmallVector<int64_t> position;
    for (int64_t d = 0; d < from.getRank(); ++d) {
      int64_t coordinate = at[at.size() - from.getRank() + d];
      position.push_back(from.getDimSize(d) == 1 ? 0 : coordinate);
    }
    return {&source, read.getElement(position)};
  });
  retire(op);
  return success();
}

//===----------------------------------------------------------------------===//
// Transposes
//===----------------------------------------------------------------------===//

/// Transposes a square of registers in log2(width) rounds: in the round of
/// distance d, rows r and r + d exchange the lanes that are d apart.
static void transposeSquare(LaneBuilder &builder, MutableArrayRef<Value> rows) {
  int64_t width = rows.size();
  for (int64_t distance = 1; distance < width; distance *= 2)
    for (int64_t row = 0; row < width; ++row) {
      if (row & distance)
        continue;
      SmallVector<int64_t> even, odd;
      for (int64_t lane = 0; lane < width; ++lane) {
        bool upper = lane & distance;
        even.push_back(upper ? width + lane - distance : lane);
        odd.push_back(upper ? width + lane : lane + distance);
      }
      Value first = rows[row], second = rows[row + distance];
      rows[row] = vector::ShuffleOp::create(builder.b, builder.loc, first, second, even);
      rows[row + distance] = vector::ShuffleOp::create(builder.b, builder.loc, first, second, odd);
    }
}

/// Transposes whole squares of registers where the lanes change places with
/// another dimension and both divide into registers.
bool RegisterTiler::transposeBlocks(vector::TransposeOp op) {
  ArrayRef<int64_t> order = op.getPermutation();
  VectorType type = op.getResultVectorType(), from = op.getSourceVectorType();
  int64_t rank = type.getRank(), last = rank - 1;
  if (rank < 2 || order[last] == last)
    return false;
  // Lanes of the result come from source dimension `across`; lanes of the
  // source go to result dimension `down`.
  int64_t across = order[last], down = llvm::find(order, last) - order.begin();
  if (from.getDimSize(across) % lanes || from.getDimSize(last) % lanes)
    return false;
  LaneBuilder builder = at(op);
  TileLayout to = layout(type), read = layout(from);
  const Tile &source = get(op.getVector());
  Type element = type.getElementType();
  SmallVector<Lanes> registers(to.getNumRegisters());
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
    SmallVector<int64_t> at = to.getCoordinates(to.getFirst(reg));
    if (at[down] % lanes != 0)
      continue;
    SmallVector<int64_t> position(rank);
    for (int64_t d = 0; d < rank; ++d)
      position[order[d]] = at[d];
    SmallVector<Value> rows;
    for (int64_t k = 0; k < lanes; ++k, ++position[across])
      rows.push_back(builder.toVector(source.registers[read.getRegister(read.getElement(position))]));
    transposeSquare(builder, rows);
    for (int64_t k = 0; k < lanes; ++k, ++at[down])
      registers[to.getRegister(to.getElement(at))] = Lanes::ofVector(rows[k], element);
  }
  set(op.getResult(), std::move(registers));
  return true;
}

LogicalResult RegisterTiler::visitTranspose(vector::TransposeOp op) {
  retire(op);
  const Tile &source = get(op.getVector());
  bool isSpread = llvm::all_of(source.registers, [](const Lanes &register_) { return register_.isLazy(); });
  if (!isSpread && !isa<IndexType>(op.getSourceVectorType().getElementType()) &&
      !op.getVector().getDefiningOp<vector::BroadcastOp>() && transposeBlocks(op))
    return success();
  at(op);
  TileLayout to = layout(op.getResultVectorType());
  TileLayout read = layout(op.getSourceVectorType());
  ArrayRef<int64_t> order = op.getPermutation();
  setMoved(op.getResult(), [&](int64_t element) -> Source {
    SmallVector<int64_t> at = to.getCoordinates(element);
    SmallVector<int64_t> position(at.size());
    for (size_t d = 0; d < at.size(); ++d)
      position[order[d]] = at[d];
    return {&source, read.getElement(position)};
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes and parts
//===----------------------------------------------------------------------===//

LogicalResult RegisterTiler::visitShapeCast(vector::ShapeCastOp op) {
  at(op);
  const Tile &source = get(op.getSource());
  setMoved(op.getResult(), [&](int64_t element) -> Source { return {&source, element}; });
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitExtract(vector::ExtractOp op) {
  if (op.hasDynamicPosition())
    return reportDynamic(op, op.getDynamicPosition().size());
  LaneBuilder builder = at(op);
  const Tile &source = get(op.getSource());
  TileLayout read = layout(op.getSourceVectorType());
  int64_t first = 0;
  for (auto [d, position] : llvm::enumerate(op.getStaticPosition()))
    first += position * read.getStrides()[d];
  if (isa<VectorType>(op.getResult().getType())) {
    setMoved(op.getResult(), [&](int64_t element) -> Source { return {&source, first + element}; });
    retire(op);
    return success();
  }
  replaceScalar(op, builder.toScalar(source.registers[read.getRegister(first)], read.getLane(first)));
  return success();
}

LogicalResult RegisterTiler::visitInsert(vector::InsertOp op) {
  if (op.hasDynamicPosition())
    return reportDynamic(op, op.getDynamicPosition().size());
  at(op);
  Value part = op.getValueToStore();
  Tile scalar;
  const Tile *value = &scalar;
  if (isa<VectorType>(part.getType())) {
    value = &get(part);
  } else {
    scalar.type = VectorType::get({1}, part.getType());
    scalar.registers.push_back(Lanes::ofScalar(part, 1));
  }
  const Tile &dest = get(op.getDest());
  TileLayout to = layout(op.getDestVectorType());
  int64_t first = 0, size = layout(value->type).getNumElements();
  for (auto [d, position] : llvm::enumerate(op.getStaticPosition()))
    first += position * to.getStrides()[d];
  setMoved(op.getResult(), [&](int64_t element) -> Source {
    if (element >= first && element < first + size)
      return {value, element - first};
    return {&dest, element};
  });
  retire(op);
  return success();
}

static SmallVector<int64_t> integers(ArrayAttr attribute) {
  return llvm::map_to_vector(attribute, [](Attribute element) { return cast<IntegerAttr>(element).getInt(); });
}

LogicalResult RegisterTiler::visitExtractSlice(vector::ExtractStridedSliceOp op) {
  at(op);
  const Tile &source = get(op.getSource());
  TileLayout read = layout(op.getSourceVectorType());
  TileLayout to = layout(cast<VectorType>(op.getType()));
  SmallVector<int64_t> offsets = integers(op.getOffsets());
  SmallVector<int64_t> strides = integers(op.getStrides());
  setMoved(op.getResult(), [&](int64_t element) -> Source {
    SmallVector<int64_t> at = to.getCoordinates(element);
    for (size_t d = 0; d < offsets.size(); ++d)
      at[d] = offsets[d] + at[d] * strides[d];
    return {&source, read.getElement(at)};
  });
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitInsertSlice(vector::InsertStridedSliceOp op) {
  at(op);
  const Tile &part = get(op.getValueToStore());
  const Tile &dest = get(op.getDest());
  TileLayout to = layout(op.getDestVectorType()), read = layout(part.type);
  SmallVector<int64_t> offsets = integers(op.getOffsets());
  ArrayRef<int64_t> shape = part.type.getShape();
  // The part's dimensions are the last ones of the destination.
  size_t leading = offsets.size() - shape.size();
  setMoved(op.getResult(), [&](int64_t element) -> Source {
    SmallVector<int64_t> at = to.getCoordinates(element), inside;
    for (size_t d = 0; d < at.size(); ++d) {
      int64_t position = at[d] - offsets[d];
      int64_t size = d < leading ? 1 : shape[d - leading];
      if (position < 0 || position >= size)
        return {&dest, element};
      if (d >= leading)
        inside.push_back(position);
    }
    return {&part, read.getElement(inside)};
  });
  retire(op);
  return success();
}

//===----------------------------------------------------------------------===//
// Element lists
//===----------------------------------------------------------------------===//

LogicalResult RegisterTiler::visitShuffle(vector::ShuffleOp op) {
  at(op);
  const Tile &first = get(op.getV1()), &second = get(op.getV2());
  int64_t leading = op.getV1VectorType().getDimSize(0);
  int64_t row = layout(op.getV1VectorType()).getStrides()[0];
  ArrayRef<int64_t> mask = op.getMask();
  setMoved(op.getResult(), [&](int64_t element) -> Source {
    // A lane that may hold anything holds the first element.
    int64_t from = std::max<int64_t>(mask[element / row], 0);
    int64_t inside = element % row;
    if (from < leading)
      return {&first, from * row + inside};
    return {&second, (from - leading) * row + inside};
  });
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitFromElements(vector::FromElementsOp op) {
  at(op);
  SmallVector<Tile> scalars;
  for (Value value : op.getElements()) {
    Tile tile;
    tile.type = VectorType::get({1}, value.getType());
    tile.registers.push_back(Lanes::ofScalar(value, 1));
    scalars.push_back(std::move(tile));
  }
  setMoved(op.getResult(), [&](int64_t element) -> Source { return {&scalars[element], 0}; });
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitToElements(vector::ToElementsOp op) {
  LaneBuilder builder = at(op);
  const Tile &source = get(op.getSource());
  TileLayout read = layout(source.type);
  for (auto [element, result] : llvm::enumerate(op.getResults()))
    if (!result.use_empty())
      result.replaceAllUsesWith(builder.toScalar(source.registers[read.getRegister(element)], read.getLane(element)));
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitInterleave(vector::InterleaveOp op) {
  at(op);
  const Tile &even = get(op.getLhs()), &odd = get(op.getRhs());
  setMoved(op.getResult(), [&](int64_t element) -> Source { return {element % 2 ? &odd : &even, element / 2}; });
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitDeinterleave(vector::DeinterleaveOp op) {
  at(op);
  const Tile &source = get(op.getSource());
  setMoved(op.getRes1(), [&](int64_t element) -> Source { return {&source, 2 * element}; });
  setMoved(op.getRes2(), [&](int64_t element) -> Source { return {&source, 2 * element + 1}; });
  retire(op);
  return success();
}

} // namespace attn
