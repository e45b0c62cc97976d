// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Handlers for reads and writes of memory: a row of a tile is one access for
// each register.
#include "RegisterTiler.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace attn {

/// True where neighbours in the last dimension are neighbours in memory.
static bool hasUnitStride(Type type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  auto memref = dyn_cast<MemRefType>(type);
  return memref && succeeded(memref.getStridesAndOffset(strides, offset)) && (strides.empty() || strides.back() == 1);
}

/// One register's way to memory: `indices` of its first lane, and the
/// dimension along which the lanes go; -1 where all lanes read one place.
struct Access {
  SmallVector<Value> indices;
  int64_t laneDim;
};

/// Where register `reg` of a transfer lies.
static Access accessOf(LaneBuilder &builder, VectorTransferOpInterface op, const TileLayout &tile, int64_t reg) {
  Access access{SmallVector<Value>(op.getIndices()), -1};
  SmallVector<int64_t> at = tile.getCoordinates(tile.getFirst(reg));
  bool isWide = tile.getWidth(reg % tile.getChunks()) > 1;
  for (auto [d, expr] : llvm::enumerate(op.getPermutationMap().getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      continue;
    Value &index = access.indices[dim.getPosition()];
    index = builder.plus(index, at[d]);
    if (isWide && d + 1 == at.size())
      access.laneDim = dim.getPosition();
  }
  return access;
}

static Value loadScalar(LaneBuilder &builder, Value memref, ArrayRef<Value> indices) {
  return memref::LoadOp::create(builder.b, builder.loc, memref, indices);
}

static Lanes loadLanes(LaneBuilder &builder, Value memref, Access &access, int64_t width) {
  auto type = cast<MemRefType>(memref.getType());
  if (access.laneDim < 0)
    return Lanes::ofScalar(loadScalar(builder, memref, access.indices), width);
  bool isLast = access.laneDim + 1 == type.getRank();
  if (isLast && hasUnitStride(type)) {
    Value vector = vector::LoadOp::create(builder.b, builder.loc, builder.type(width, type.getElementType()), memref,
                                          access.indices);
    return Lanes::ofVector(vector, type.getElementType());
  }
  SmallVector<Value> scalars;
  for (int64_t lane = 0; lane < width; ++lane) {
    SmallVector<Value> indices(access.indices);
    indices[access.laneDim] = builder.plus(indices[access.laneDim], lane);
    scalars.push_back(loadScalar(builder, memref, indices));
  }
  Value vector =
      vector::FromElementsOp::create(builder.b, builder.loc, builder.type(width, type.getElementType()), scalars);
  return Lanes::ofVector(vector, type.getElementType());
}

static void storeLanes(LaneBuilder &builder, Value memref, Access &access, const Lanes &lanes) {
  auto type = cast<MemRefType>(memref.getType());
  bool isLast = access.laneDim + 1 == type.getRank();
  if (access.laneDim >= 0 && isLast && hasUnitStride(type)) {
    vector::StoreOp::create(builder.b, builder.loc, builder.toVector(lanes), memref, access.indices);
    return;
  }
  for (int64_t lane = 0; lane < lanes.width; ++lane) {
    SmallVector<Value> indices(access.indices);
    if (access.laneDim >= 0)
      indices[access.laneDim] = builder.plus(indices[access.laneDim], lane);
    memref::StoreOp::create(builder.b, builder.loc, builder.toScalar(lanes, lane), memref, indices);
  }
}

static LogicalResult checkTransfer(VectorTransferOpInterface op) {
  if (!isa<MemRefType>(op.getShapedType()))
    return op.emitOpError() << "expects its operand to be a memref, but got " << op.getShapedType();
  if (op.hasOutOfBoundsDim())
    return op.emitOpError() << "expects every dimension to be in bounds, but "
                               "got in_bounds = "
                            << op.getInBounds();
  if (op.getShapedType().getElementType() != op.getVectorType().getElementType())
    return op.emitOpError() << "expects a memref of " << op.getVectorType().getElementType() << ", but got one of "
                            << op.getShapedType().getElementType();
  return success();
}

/// A masked register is only read through a vector with unit stride.
static LogicalResult reportMask(Operation *op, Type type) {
  return op->emitOpError() << "expects masked lanes to be neighbours in memory, but got " << type;
}

LogicalResult RegisterTiler::visitRead(vector::TransferReadOp op) {
  auto transfer = cast<VectorTransferOpInterface>(op.getOperation());
  if (failed(checkTransfer(transfer)))
    return failure();
  LaneBuilder builder = at(op);
  VectorType type = op.getVectorType();
  TileLayout to = layout(type);
  SmallVector<Lanes> registers;
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
    int64_t width = to.getWidth(reg % to.getChunks());
    Access access = accessOf(builder, transfer, to, reg);
    const Lanes *mask = op.getMask() ? &get(op.getMask()).registers[reg] : nullptr;
    if (!mask || mask->getConstant().value_or(0) != 0) {
      registers.push_back(loadLanes(builder, op.getBase(), access, width));
      continue;
    }
    if (access.laneDim + 1 != cast<MemRefType>(op.getBase().getType()).getRank() ||
        !hasUnitStride(op.getBase().getType()) || !op.getPermutationMap().isMinorIdentity())
      return reportMask(op, op.getBase().getType());
    Value pass = builder.toVector(Lanes::ofScalar(op.getPadding(), width));
    Value vector = vector::MaskedLoadOp::create(b, op.getLoc(), builder.type(width, type.getElementType()),
                                                op.getBase(), access.indices, builder.toVector(*mask), pass);
    registers.push_back(Lanes::ofVector(vector, type.getElementType()));
  }
  set(op.getResult(), std::move(registers));
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitWrite(vector::TransferWriteOp op) {
  auto transfer = cast<VectorTransferOpInterface>(op.getOperation());
  if (failed(checkTransfer(transfer)))
    return failure();
  LaneBuilder builder = at(op);
  const Tile &tile = get(op.getVector());
  TileLayout from = layout(tile.type);
  for (auto [reg, lanes] : llvm::enumerate(tile.registers)) {
    Access access = accessOf(builder, transfer, from, reg);
    const Lanes *mask = op.getMask() ? &get(op.getMask()).registers[reg] : nullptr;
    if (!mask || mask->getConstant().value_or(0) != 0) {
      storeLanes(builder, op.getBase(), access, lanes);
      continue;
    }
    if (access.laneDim + 1 != cast<MemRefType>(op.getBase().getType()).getRank() ||
        !hasUnitStride(op.getBase().getType()) || !op.getPermutationMap().isMinorIdentity())
      return reportMask(op, op.getBase().getType());
    vector::MaskedStoreOp::create(b, op.getLoc(), op.getBase(), access.indices, builder.toVector(*mask),
                                  builder.toVector(lanes));
  }
  retire(op);
  return success();
}

/// The indices of register `reg` of a load or store of whole trailing rows.
static SmallVector<Value> shifted(LaneBuilder &builder, ValueRange indices, const TileLayout &tile, int64_t reg) {
  SmallVector<Value> result(indices);
  SmallVector<int64_t> at = tile.getCoordinates(tile.getFirst(reg));
  for (size_t d = 0; d < at.size(); ++d) {
    Value &index = result[result.size() - at.size() + d];
    index = builder.plus(index, at[d]);
  }
  return result;
}

LogicalResult RegisterTiler::visitLoad(vector::LoadOp op) {
  LaneBuilder builder = at(op);
  TileLayout to = layout(op.getVectorType());
  SmallVector<Lanes> registers;
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
    int64_t width = to.getWidth(reg % to.getChunks());
    Access access{shifted(builder, op.getIndices(), to, reg), width > 1 ? op.getMemRefType().getRank() - 1 : -1};
    registers.push_back(loadLanes(builder, op.getBase(), access, width));
  }
  set(op.getResult(), std::move(registers));
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitStore(vector::StoreOp op) {
  LaneBuilder builder = at(op);
  const Tile &tile = get(op.getValueToStore());
  TileLayout from = layout(tile.type);
  for (auto [reg, lanes] : llvm::enumerate(tile.registers)) {
    Access access{shifted(builder, op.getIndices(), from, reg),
                  lanes.width > 1 ? op.getMemRefType().getRank() - 1 : -1};
    storeLanes(builder, op.getBase(), access, lanes);
  }
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitMaskedLoad(vector::MaskedLoadOp op) {
  LaneBuilder builder = at(op);
  TileLayout to = layout(op.getVectorType());
  Type element = op.getVectorType().getElementType();
  SmallVector<Lanes> registers;
  for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
    int64_t width = to.getWidth(reg % to.getChunks());
    Lanes mask = get(op.getMask()).registers[reg];
    Lanes pass = get(op.getPassThru()).registers[reg];
    Access access{shifted(builder, op.getIndices(), to, reg), op.getMemRefType().getRank() - 1};
    if (mask.getConstant().value_or(0) != 0) {
      access.laneDim = width > 1 ? access.laneDim : -1;
      registers.push_back(loadLanes(builder, op.getBase(), access, width));
      continue;
    }
    Value vector = vector::MaskedLoadOp::create(b, op.getLoc(), builder.type(width, element), op.getBase(),
                                                access.indices, builder.toVector(mask), builder.toVector(pass));
    if (width > 1) {
      registers.push_back(Lanes::ofVector(vector, element));
      continue;
    }
    Value scalar = vector::ExtractOp::create(b, op.getLoc(), vector, 0);
    registers.push_back(Lanes::ofScalar(scalar, 1));
  }
  set(op.getResult(), std::move(registers));
  retire(op);
  return success();
}

LogicalResult RegisterTiler::visitMaskedStore(vector::MaskedStoreOp op) {
  LaneBuilder builder = at(op);
  const Tile &tile = get(op.getValueToStore());
  TileLayout from = layout(tile.type);
  for (auto [reg, lanes] : llvm::enumerate(tile.registers))
    vector::MaskedStoreOp::create(b, op.getLoc(), op.getBase(), shifted(builder, op.getIndices(), from, reg),
                                  builder.toVector(get(op.getMask()).registers[reg]), builder.toVector(lanes));
  retire(op);
  return success();
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

/// One register of a gather. Indices that count up by one make it a load, one
/// index for all lanes a broadcast.
static Lanes gatherLanes(LaneBuilder &builder, vector::GatherOp op, const Lanes &index, const Lanes &mask,
                         const Lanes &pass) {
  auto memref = cast<MemRefType>(op.getBase().getType());
  Type element = memref.getElementType();
  bool isWhole = mask.getConstant().value_or(0) != 0;
  SmallVector<Value> indices(op.getOffsets());
  auto moveTo = [&](const Lanes &lanes) {
    Lanes start = lanes;
    start.stride = 0;
    std::optional<Lanes> cast = builder.convert(start, builder.b.getIndexType(), /*isUnsigned=*/false);
    indices.back() = builder.b.createOrFold<arith::AddIOp>(builder.loc, indices.back(), builder.toScalar(*cast));
  };
  if (index.isLazy() && isWhole && index.isUniform()) {
    moveTo(index);
    return Lanes::ofScalar(loadScalar(builder, op.getBase(), indices), index.width);
  }
  VectorType type = builder.type(index.width, element);
  if (index.isLazy() && index.stride == 1) {
    moveTo(index);
    Value vector = isWhole ? Value(vector::LoadOp::create(builder.b, builder.loc, type, op.getBase(), indices))
                           : Value(vector::MaskedLoadOp::create(builder.b, builder.loc, type, op.getBase(), indices,
                                                                builder.toVector(mask), builder.toVector(pass)));
    return Lanes::ofVector(vector, element);
  }
  Lanes steps = index;
  if (index.isLazy()) {
    moveTo(index);
    steps.base = Value();
    steps.offset = 0;
  }
  Value vector = vector::GatherOp::create(builder.b, builder.loc, type, op.getBase(), indices, builder.toVector(steps),
                                          builder.toVector(mask), builder.toVector(pass));
  if (index.width > 1)
    return Lanes::ofVector(vector, element);
  return Lanes::ofScalar(vector::ExtractOp::create(builder.b, builder.loc, vector, 0), 1);
}

LogicalResult RegisterTiler::visitGather(vector::GatherOp op) {
  auto memref = dyn_cast<MemRefType>(op.getBase().getType());
  if (!memref || (memref.getRank() == 1 ? !hasUnitStride(memref) : !memref.getLayout().isIdentity()))
    return op.emitOpError() << "expects the elements to lie one after the other, but got " << op.getBase().getType();
  LaneBuilder builder = at(op);
  SmallVector<Lanes> registers;
  const Tile &index = get(op.getIndices());
  const Tile &mask = get(op.getMask());
  const Tile &pass = get(op.getPassThru());
  for (size_t reg = 0; reg < index.registers.size(); ++reg)
    registers.push_back(gatherLanes(builder, op, index.registers[reg], mask.registers[reg], pass.registers[reg]));
  set(op.getResult(), std::move(registers));
  retire(op);
  return success();
}

} // namespace attn
