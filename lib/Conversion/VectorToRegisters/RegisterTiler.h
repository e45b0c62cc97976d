// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk of attn-register-tile: each op that makes or takes vectors is
// replaced where it stands by ops on registers. The kinds of ops are in files
// of their own; each handler returns failure after it has reported why.
#ifndef ATTN_LIB_CONVERSION_VECTORTOREGISTERS_REGISTERTILER_H
#define ATTN_LIB_CONVERSION_VECTORTOREGISTERS_REGISTERTILER_H

#include "Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attn {

class RegisterTiler {
public:
  RegisterTiler(mlir::MLIRContext *context, int64_t lanes) : b(context), lanes(lanes) {}

  /// Rewrites everything below `root`.
  mlir::LogicalResult run(mlir::Operation *root);

private:
  using Source = std::pair<const Tile *, int64_t>;

  mlir::LogicalResult visitRegion(mlir::Region &region);
  mlir::LogicalResult visit(mlir::Operation *op);
  /// Ops that this pass knows nothing of may use native vectors only.
  mlir::LogicalResult visitOther(mlir::Operation *op);
  bool isNative(mlir::Type type) const;
  mlir::LogicalResult reportForeign(mlir::Operation *op, mlir::Type type);

  // ControlFlow.cpp
  mlir::LogicalResult visitFor(mlir::scf::ForOp op);
  mlir::LogicalResult visitIf(mlir::scf::IfOp op);
  mlir::LogicalResult visitYield(mlir::scf::YieldOp op);

  // Arithmetic.cpp
  mlir::LogicalResult visitConstant(mlir::arith::ConstantOp op);
  mlir::LogicalResult visitElementwise(mlir::Operation *op);
  mlir::LogicalResult visitStep(mlir::vector::StepOp op);
  mlir::LogicalResult visitCreateMask(mlir::vector::CreateMaskOp op);
  mlir::LogicalResult visitConstantMask(mlir::vector::ConstantMaskOp op);
  mlir::LogicalResult visitPoison(mlir::Operation *op);
  void maskTile(mlir::Operation *op, llvm::ArrayRef<Lanes> bounds);

  // Memory.cpp
  mlir::LogicalResult visitRead(mlir::vector::TransferReadOp op);
  mlir::LogicalResult visitWrite(mlir::vector::TransferWriteOp op);
  mlir::LogicalResult visitLoad(mlir::vector::LoadOp op);
  mlir::LogicalResult visitStore(mlir::vector::StoreOp op);
  mlir::LogicalResult visitMaskedLoad(mlir::vector::MaskedLoadOp op);
  mlir::LogicalResult visitMaskedStore(mlir::vector::MaskedStoreOp op);
  mlir::LogicalResult visitGather(mlir::vector::GatherOp op);

  // Movement.cpp
  mlir::LogicalResult visitBroadcast(mlir::vector::BroadcastOp op);
  mlir::LogicalResult visitTranspose(mlir::vector::TransposeOp op);
  mlir::LogicalResult visitShapeCast(mlir::vector::ShapeCastOp op);
  mlir::LogicalResult visitExtract(mlir::vector::ExtractOp op);
  mlir::LogicalResult visitInsert(mlir::vector::InsertOp op);
  mlir::LogicalResult visitExtractSlice(mlir::vector::ExtractStridedSliceOp op);
  mlir::LogicalResult visitInsertSlice(mlir::vector::InsertStridedSliceOp op);
  mlir::LogicalResult visitShuffle(mlir::vector::ShuffleOp op);
  mlir::LogicalResult visitFromElements(mlir::vector::FromElementsOp op);
  mlir::LogicalResult visitToElements(mlir::vector::ToElementsOp op);
  mlir::LogicalResult visitInterleave(mlir::vector::InterleaveOp op);
  mlir::LogicalResult visitDeinterleave(mlir::vector::DeinterleaveOp op);
  bool transposeBlocks(mlir::vector::TransposeOp op);

  // Reductions.cpp
  mlir::LogicalResult visitContract(mlir::vector::ContractionOp op);
  mlir::LogicalResult visitOuterProduct(mlir::vector::OuterProductOp op);
  mlir::LogicalResult visitMultiReduction(mlir::vector::MultiDimReductionOp op);
  mlir::LogicalResult visitReduction(mlir::vector::ReductionOp op);

  // What handlers share.
  TileLayout layout(mlir::VectorType type) const { return {type, lanes}; }
  /// The registers of a vector operand; a native vector that is not the
  /// walk's own is one register.
  const Tile &get(mlir::Value value);
  /// The one register of a scalar or rank-0 operand.
  Lanes getScalar(mlir::Value value, int64_t width);
  void set(mlir::Value value, llvm::SmallVector<Lanes> registers);
  /// Result `value` takes its element e from `source(e)`.
  void setMoved(mlir::Value value, llvm::function_ref<Source(int64_t)> source);
  void replaceScalar(mlir::Operation *op, mlir::Value scalar);
  void retire(mlir::Operation *op) { dead.push_back(op); }
  LaneBuilder at(mlir::Operation *op) {
    b.setInsertionPoint(op);
    return {b, op->getLoc()};
  }

  mlir::OpBuilder b;
  int64_t lanes;
  llvm::DenseMap<mlir::Value, std::unique_ptr<Tile>> tiles;
  llvm::SmallVector<mlir::Operation *> dead;
};

} // namespace attn

#endif // ATTN_LIB_CONVERSION_VECTORTOREGISTERS_REGISTERTILER_H
