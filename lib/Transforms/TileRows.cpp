// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Row-wise ops, one pass over the rows for a whole group: LayerNorm reads its row three times while it is in L1. Emits
// vectors, not linalg on tiles: a sum in lanes has no linalg form that upstream vectorisation would keep in registers.
// Columns that do not fill a vector are done in vectors of the next smaller powers of two, so that nothing beyond a row
// is touched.
#include "RowGroup.h"
#include "TileLinalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace attn;

namespace {

/// Emits the body of one op: what is uniform once for each row, the rest for each vector of columns.
class RowBody {
public:
  RowBody(RowOp row, const llvm::DenseMap<Value, Value> &rowValues) : row(row), uniform(row), rowValues(rowValues) {}

  /// `indices`: of all loops but the columns.
  void emitUniform(OpBuilder &b, ArrayRef<Value> indices);
  /// The yielded vector for the columns from `column` on. `accumulator`: for reductions.
  Value emitVarying(OpBuilder &b, Value column, int64_t width, Value accumulator = {});
  /// The yielded value when all of the body is uniform.
  Value getUniformResult() { return mapping.lookupOrDefault(getYielded()); }

private:
  Value getYielded() { return row.op.getBody()->getTerminator()->getOperand(0); }
  SmallVector<Value> position(AffineMap map, Value column);
  Value readVector(OpBuilder &b, Value tensor, ValueRange position, int64_t width);
  Value asVector(OpBuilder &b, const IRMapping &local, Value value, int64_t width);
  void emitVaryingOp(OpBuilder &b, IRMapping &local, Operation &op, Value column, int64_t width);

  RowOp row;
  UniformValues uniform;
  const llvm::DenseMap<Value, Value> &rowValues;
  SmallVector<Value> indices;
  IRMapping mapping;
};

} // namespace

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

SmallVector<Value> RowBody::position(AffineMap map, Value column) {
  return llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    return loop < indices.size() ? indices[loop] : column;
  });
}

void RowBody::emitUniform(OpBuilder &b, ArrayRef<Value> loopIndices) {
  indices.assign(loopIndices.begin(), loopIndices.end());
  Location loc = row.op.getLoc();
  for (OpOperand *input : row.op.getDpsInputOperands()) {
    BlockArgument argument = row.op.getMatchingBlockArgument(input);
    if (!uniform.contains(argument) || argument.use_empty())
      continue;
    Value value = rowValues.lookup(input->get());
    if (!value && isa<RankedTensorType>(input->get().getType()))
      value = tensor::ExtractOp::create(b, loc, input->get(), position(row.op.getMatchingIndexingMap(input), Value()));
    mapping.map(argument, value ? value : input->get());
  }
  for (Operation &op : row.op.getBody()->without_terminator()) {
    if (!uniform.contains(op.getResult(0)))
      continue;
    if (auto index = dyn_cast<linalg::IndexOp>(op))
      mapping.map(index.getResult(), indices[index.getDim()]);
    else
      b.clone(op, mapping);
  }
}

Value RowBody::readVector(OpBuilder &b, Value tensor, ValueRange position, int64_t width) {
  Location loc = row.op.getLoc();
  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  Value padding = ub::PoisonOp::create(b, loc, element);
  return vector::TransferReadOp::create(b, loc, VectorType::get(width, element), tensor, position, padding,
                                        ArrayRef<bool>{true});
}

Value RowBody::asVector(OpBuilder &b, const IRMapping &local, Value value, int64_t width) {
  Value mapped = local.lookupOrDefault(value);
  if (!uniform.contains(value))
    return mapped;
  return vector::BroadcastOp::create(b, row.op.getLoc(), VectorType::get(width, value.getType()), mapped);
}

void RowBody::emitVaryingOp(OpBuilder &b, IRMapping &local, Operation &op, Value column, int64_t width) {
  if (isa<linalg::IndexOp>(op))
    return; // Only ever the column of a gather.
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    SmallVector<Value> at;
    for (Value index : extract.getIndices().drop_back())
      at.push_back(local.lookupOrDefault(index));
    at.push_back(column);
    local.map(extract.getResult(), readVector(b, local.lookupOrDefault(extract.getTensor()), at, width));
    return;
  }
  SmallVector<Value> operands;
  for (OpOperand &operand : op.getOpOperands()) {
    // A condition that is the same for all columns selects whole vectors.
    bool isCondition = isa<arith::SelectOp>(op) && operand.getOperandNumber() == 0;
    bool isScalar = isCondition && uniform.contains(operand.get());
    operands.push_back(isScalar ? local.lookupOrDefault(operand.get()) : asVector(b, local, operand.get(), width));
  }
  Operation *vectorOp = op.cloneWithoutRegions();
  vectorOp->setOperands(operands);
  vectorOp->getResult(0).setType(VectorType::get(width, op.getResult(0).getType()));
  b.insert(vectorOp);
  local.map(op.getResult(0), vectorOp->getResult(0));
}

Value RowBody::emitVarying(OpBuilder &b, Value column, int64_t width, Value accumulator) {
  IRMapping local = mapping;
  for (OpOperand *input : row.op.getDpsInputOperands()) {
    BlockArgument argument = row.op.getMatchingBlockArgument(input);
    if (uniform.contains(argument) || argument.use_empty())
      continue;
    SmallVector<Value> at = position(row.op.getMatchingIndexingMap(input), column);
    local.map(argument, readVector(b, input->get(), at, width));
  }
  if (accumulator)
    local.map(row.op.getMatchingBlockArgument(row.op.getDpsInitOperand(0)), accumulator);
  for (Operation &op : row.op.getBody()->without_terminator())
    if (!uniform.contains(op.getResult(0)))
      emitVaryingOp(b, local, op, column, width);
  return asVector(b, local, getYielded(), width);
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

namespace {

/// Columns [first, first + width) of a row.
struct Piece {
  int64_t first, width;
};

/// How a row is cut: a loop over groups of full vectors, then the pieces that remain.
struct Columns {
  Columns(int64_t width, int64_t lanes, int64_t group) : step(lanes * group) {
    looped = width >= 2 * step ? width / step * step : 0;
    for (int64_t first = looped; first < width;) {
      int64_t size = std::min<int64_t>(lanes, llvm::bit_floor(uint64_t(width - first)));
      rest.push_back({first, size});
      first += size;
    }
  }
  int64_t step, looped;
  SmallVector<Piece> rest;
};

class RowEmitter {
public:
  RowEmitter(SmallVector<RowOp> group, int64_t lanes)
      : group(std::move(group)), root(this->group.back()), lanes(lanes), loc(root.op.getLoc()) {}

  /// Emits the loops before the root and returns what replaces the root's result.
  Value emit(OpBuilder &b);

private:
  Value emitRow(OpBuilder &b, ArrayRef<Value> indices, Value block, Value rowInBlock);
  Value emitSum(OpBuilder &b, RowBody &body, RowOp row);
  Value emitPointwise(OpBuilder &b, RowBody &body, Value block, Value rowInBlock);
  Value emitColumns(OpBuilder &b, ArrayRef<Value> kept, Value block);
  SmallVector<Value> emitReduction(OpBuilder &b, ArrayRef<Value> kept, ArrayRef<Value> columns, int64_t width);
  Value write(OpBuilder &b, Value vector, Value block, ValueRange at);
  Value zeros(OpBuilder &b, Type element, int64_t width);

  SmallVector<RowOp> group;
  RowOp root;
  int64_t lanes;
  Location loc;
  llvm::DenseMap<Value, Value> rowValues;
};

} // namespace

Value RowEmitter::write(OpBuilder &b, Value vector, Value block, ValueRange at) {
  return vector::TransferWriteOp::create(b, loc, vector, block, at, ArrayRef<bool>{true}).getResult();
}

Value RowEmitter::zeros(OpBuilder &b, Type element, int64_t width) {
  auto type = VectorType::get(width, element);
  return arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
}

/// Sums in the lanes of four vectors, then across them; the order depends on nothing but the width.
Value RowEmitter::emitSum(OpBuilder &b, RowBody &body, RowOp row) {
  constexpr int64_t accumulators = 4;
  IndexMath math(b, loc);
  Columns columns(row.width, lanes, accumulators);
  Value total = row.getStart();
  Type element = total.getType();
  SmallVector<Value> sums(accumulators, zeros(b, element, lanes));
  if (columns.looped > 0) {
    auto emit = [&](OpBuilder &nested, Location, Value first, ValueRange values) {
      SmallVector<Value> next;
      for (auto [index, value] : llvm::enumerate(values)) {
        Value column = IndexMath(nested, loc).add(first, math.constant(index * lanes));
        next.push_back(body.emitVarying(nested, column, lanes, value));
      }
      scf::YieldOp::create(nested, loc, next);
    };
    auto loop = scf::ForOp::create(b, loc, math.constant(0), math.constant(columns.looped), math.constant(columns.step),
                                   sums, emit);
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  }
  auto addAcross = [&](Value vector) {
    Value sum = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, vector, arith::FastMathFlags::reassoc);
    total = arith::AddFOp::create(b, loc, total, sum);
  };
  for (auto [index, piece] : llvm::enumerate(columns.rest)) {
    Value column = math.constant(piece.first);
    if (piece.width == lanes) {
      Value &sum = sums[index % accumulators];
      sum = body.emitVarying(b, column, lanes, sum);
    } else {
      addAcross(body.emitVarying(b, column, piece.width, zeros(b, element, piece.width)));
    }
  }
  Value low = arith::AddFOp::create(b, loc, sums[0], sums[1]);
  Value high = arith::AddFOp::create(b, loc, sums[2], sums[3]);
  addAcross(arith::AddFOp::create(b, loc, low, high));
  return total;
}

Value RowEmitter::emitPointwise(OpBuilder &b, RowBody &body, Value block, Value rowInBlock) {
  constexpr int64_t unroll = 4;
  IndexMath math(b, loc);
  Columns columns(root.width, lanes, unroll);
  if (columns.looped > 0) {
    auto emit = [&](OpBuilder &nested, Location, Value first, ValueRange values) {
      Value into = values[0];
      for (int64_t index = 0; index < unroll; ++index) {
        Value column = IndexMath(nested, loc).add(first, math.constant(index * lanes));
        into = write(nested, body.emitVarying(nested, column, lanes), into, {rowInBlock, column});
      }
      scf::YieldOp::create(nested, loc, into);
    };
    block = scf::ForOp::create(b, loc, math.constant(0), math.constant(columns.looped), math.constant(columns.step),
                               block, emit)
                .getResult(0);
  }
  for (Piece piece : columns.rest) {
    Value column = math.constant(piece.first);
    block = write(b, body.emitVarying(b, column, piece.width), block, {rowInBlock, column});
  }
  return block;
}

/// All ops of the group for one row.
Value RowEmitter::emitRow(OpBuilder &b, ArrayRef<Value> indices, Value block, Value rowInBlock) {
  for (RowOp row : group) {
    RowBody body(row, rowValues);
    body.emitUniform(b, indices);
    if (row.kind == RowOp::Pointwise)
      return emitPointwise(b, body, block, rowInBlock);
    rowValues[row.op.getResult(0)] = row.kind == RowOp::Sum ? emitSum(b, body, row) : body.getUniformResult();
  }
  Value scalar = rowValues[root.op.getResult(0)];
  return tensor::InsertOp::create(b, loc, scalar, block, rowInBlock);
}

//===----------------------------------------------------------------------===//
// Reductions of columns
//===----------------------------------------------------------------------===//

/// Reduces some vectors of columns over the one reduction loop.
SmallVector<Value> RowEmitter::emitReduction(OpBuilder &b, ArrayRef<Value> kept, ArrayRef<Value> columns,
                                             int64_t width) {
  IndexMath math(b, loc);
  SmallVector<unsigned> reduced;
  root.op.getReductionDims(reduced);
  Value start = vector::BroadcastOp::create(b, loc, VectorType::get(width, root.getStart().getType()), root.getStart());
  SmallVector<Value> starts(columns.size(), start);
  Value count;
  for (OpOperand *input : root.op.getDpsInputOperands())
    for (auto [dim, expr] : llvm::enumerate(root.op.getMatchingIndexingMap(input).getResults()))
      if (!count && cast<AffineDimExpr>(expr).getPosition() == reduced[0])
        count = b.createOrFold<tensor::DimOp>(loc, input->get(), dim);
  auto emit = [&](OpBuilder &nested, Location, Value index, ValueRange values) {
    SmallVector<Value> indices(kept);
    indices.insert(indices.begin() + reduced[0], index);
    RowBody body(root, rowValues);
    body.emitUniform(nested, indices);
    SmallVector<Value> next;
    for (auto [column, value] : llvm::zip_equal(columns, values))
      next.push_back(body.emitVarying(nested, column, width, value));
    scf::YieldOp::create(nested, loc, next);
  };
  auto loop = scf::ForOp::create(b, loc, math.constant(0), count, math.constant(1), starts, emit);
  return SmallVector<Value>(loop.getResults());
}

/// All columns of one point of the loops that are neither reduced nor the columns.
Value RowEmitter::emitColumns(OpBuilder &b, ArrayRef<Value> kept, Value block) {
  constexpr int64_t together = 8;
  IndexMath math(b, loc);
  Columns columns(root.width, lanes, together);
  Value zero = math.constant(0);
  auto reduceAt = [&](OpBuilder &nested, ArrayRef<Value> at, int64_t width, Value into) {
    SmallVector<Value> results = emitReduction(nested, kept, at, width);
    for (auto [column, result] : llvm::zip_equal(at, results))
      into = write(nested, result, into, {zero, column});
    return into;
  };
  if (columns.looped > 0) {
    auto emit = [&](OpBuilder &nested, Location, Value first, ValueRange values) {
      SmallVector<Value> at;
      for (int64_t index = 0; index < together; ++index)
        at.push_back(IndexMath(nested, loc).add(first, math.constant(index * lanes)));
      scf::YieldOp::create(nested, loc, reduceAt(nested, at, lanes, values[0]));
    };
    block = scf::ForOp::create(b, loc, zero, math.constant(columns.looped), math.constant(columns.step), block, emit)
                .getResult(0);
  }
  for (Piece piece : columns.rest)
    block = reduceAt(b, math.constant(piece.first), piece.width, block);
  return block;
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

Value RowEmitter::emit(OpBuilder &b) {
  IndexMath math(b, loc);
  bool hasColumns = root.kind == RowOp::Pointwise || root.kind == RowOp::Column;
  Value destination = root.getDestination();
  auto type = cast<RankedTensorType>(destination.getType());
  unsigned rank = type.getRank() - (hasColumns ? 1 : 0);
  // Enough rows for a task to be worth handing out, few enough to share them evenly.
  int64_t blockRows = std::clamp<int64_t>((1 << 14) / root.width, 1, 256);
  if (root.kind == RowOp::Column)
    blockRows = 1;
  SmallVector<OpFoldResult> counts, zeros(rank, b.getIndexAttr(0)), ones(rank, b.getIndexAttr(1));
  for (unsigned dim = 0; dim < rank; ++dim)
    counts.push_back(tensor::getMixedSize(b, loc, destination, dim));
  Value rows = getValueOrCreateConstantIndexOp(b, loc, counts.back());
  counts.back() = getAsOpFoldResult(math.ceilDiv(rows, math.constant(blockRows)));
  auto forall = scf::ForallOp::create(b, loc, zeros, counts, ones, destination, std::nullopt);

  OpBuilder body = OpBuilder::atBlockBegin(forall.getBody());
  IndexMath inner(body, loc);
  SmallVector<Value> indices(forall.getInductionVars());
  Value first = inner.mul(indices.back(), blockRows);
  Value count = inner.min(inner.sub(rows, first), inner.constant(blockRows));
  SmallVector<OpFoldResult> offsets(indices.begin(), indices.end()), sizes(rank, b.getIndexAttr(1));
  offsets.back() = first;
  sizes.back() = getAsOpFoldResult(count);
  SmallVector<int64_t> shape{blockRows == 1 ? 1 : ShapedType::kDynamic};
  if (blockRows == 1)
    sizes.back() = b.getIndexAttr(1);
  if (hasColumns) {
    offsets.push_back(b.getIndexAttr(0));
    sizes.push_back(b.getIndexAttr(root.width));
    shape.push_back(root.width);
  }
  SmallVector<OpFoldResult> strides(offsets.size(), b.getIndexAttr(1));
  Value shared = forall.getRegionIterArgs()[0];
  Value block = tensor::ExtractSliceOp::create(body, loc, type.clone(shape), shared, offsets, sizes, strides);
  auto emitOne = [&](OpBuilder &nested, Location, Value row, ValueRange values) {
    indices.back() = IndexMath(nested, loc).add(first, row);
    Value next =
        root.kind == RowOp::Column ? emitColumns(nested, indices, values[0]) : emitRow(nested, indices, values[0], row);
    scf::YieldOp::create(nested, loc, next);
  };
  if (root.kind == RowOp::Column) {
    block = emitColumns(body, indices, block);
  } else {
    block = scf::ForOp::create(body, loc, inner.constant(0), count, inner.constant(1), block, emitOne).getResult(0);
  }
  body.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(body, loc, block, shared, offsets, sizes, strides);
  return forall.getResult(0);
}

bool attn::tileRows(IRRewriter &rewriter, linalg::LinalgOp root, int64_t lanes, bool announce) {
  auto generic = dyn_cast<linalg::GenericOp>(root.getOperation());
  std::optional<RowOp> row = generic ? classifyRowOp(generic) : std::nullopt;
  if (!row)
    return false;
  SmallVector<RowOp> group = collectRowGroup(*row);
  OpBuilder b(generic);
  Location loc = generic.getLoc();
  OpWork work;
  if (announce) {
    beginOp(b, loc, "rows");
    work = countWork(b, loc,
                     llvm::map_to_vector(group, [](const RowOp &member) -> linalg::LinalgOp { return member.op; }));
  }
  Value result = RowEmitter(group, lanes).emit(b);
  b.setInsertionPointAfterValue(result);
  if (announce)
    endOp(b, loc, "rows", work);
  rewriter.replaceOp(generic, result);
  for (RowOp member : llvm::reverse(group))
    if (member.op != generic)
      rewriter.eraseOp(member.op);
  return true;
}
