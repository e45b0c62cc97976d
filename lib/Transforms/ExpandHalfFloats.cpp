// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-expand-half-floats. First arithmetic is taken to f32, so that only conversions read what halves mean; then every
// bf16 and f16 of the module, in types and in constants, becomes an i16 at once; then the conversions are written out.
#include "HalfConversions.h"
#include "attn/Analysis/TargetVariant.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_EXPANDHALFFLOATSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace attn {
namespace {

bool isHalf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isBF16() || element.isF16();
}

bool usesHalves(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), isHalf) || llvm::any_of(op->getResultTypes(), isHalf);
}

Type withElement(Type type, Type element) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(element)) : element;
}

/// What keeps or moves values, whatever their bits mean.
bool isMovement(Operation *op) {
  return isa<arith::ConstantOp, arith::BitcastOp, arith::SelectOp, vector::LoadOp, vector::StoreOp,
             vector::MaskedLoadOp, vector::MaskedStoreOp, vector::GatherOp, vector::ScatterOp, vector::BroadcastOp,
             vector::ShuffleOp, vector::ExtractOp, vector::InsertOp, vector::FromElementsOp, vector::ToElementsOp,
             vector::TransferReadOp, vector::TransferWriteOp, UnrealizedConversionCastOp, LLVM::LoadOp, LLVM::StoreOp>(
             op) ||
         (isa_and_nonnull<memref::MemRefDialect, scf::SCFDialect, func::FuncDialect, cf::ControlFlowDialect,
                          ub::UBDialect>(op->getDialect()) &&
          !isa<memref::AtomicRMWOp, memref::GenericAtomicRMWOp>(op));
}

bool isArithmetic(Operation *op) {
  return isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect()) && !isMovement(op);
}

/// A conversion from or to halves, and what they are.
struct Conversion {
  Operation *op;
  HalfFormat format;
};

struct ExpandHalfFloats : impl::ExpandHalfFloatsPassBase<ExpandHalfFloats> {
  using ExpandHalfFloatsPassBase::ExpandHalfFloatsPassBase;

  void runOnOperation() override {
    // Most modules have none, and to look into every type and attribute takes a while.
    if (!getOperation()
             .walk([](Operation *op) { return usesHalves(op) ? WalkResult::interrupt() : WalkResult::advance(); })
             .wasInterrupted())
      return;
    if (failed(widenArithmetic()))
      return signalPassFailure();
    SmallVector<Conversion> conversions = collectConversions();
    storeAsIntegers();
    const TargetVariant *variant = getTargetVariant(getOperation());
    bool hasF16C = f16c || (variant && variant->hasF16C());
    for (Conversion conversion : conversions)
      expand(conversion, hasF16C);
    dropBitcasts();
  }

  /// Every op that reads or makes a half as a number does so through a conversion afterwards.
  LogicalResult widenArithmetic() {
    SmallVector<Operation *> ops;
    WalkResult result = getOperation().walk([&](Operation *op) {
      if (!usesHalves(op) || isMovement(op))
        return WalkResult::advance();
      if (!isArithmetic(op) || failed(checkConversion(op)))
        return isArithmetic(op) ? WalkResult::interrupt() : refuse(op);
      if (!isa<arith::ExtFOp, arith::TruncFOp>(op))
        ops.push_back(op);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();
    for (Operation *op : ops)
      widen(op);
    return success();
  }

  static WalkResult refuse(Operation *op) {
    op->emitError() << "expects an operation on bf16 or f16 to be arithmetic or to move values, but got '"
                    << op->getName() << "'";
    return WalkResult::interrupt();
  }

  static LogicalResult checkConversion(Operation *op) {
    auto truncation = dyn_cast<arith::TruncFOp>(op);
    std::optional<arith::RoundingMode> mode = truncation ? truncation.getRoundingmode() : std::nullopt;
    if (!mode || *mode == arith::RoundingMode::to_nearest_even)
      return success();
    return op->emitError() << "expects conversions to bf16 or f16 to round to_nearest_even, but got "
                           << arith::stringifyRoundingMode(*mode);
  }

  /// Integers of 32 bits and more are not all numbers of f32: they are rounded once, from f64.
  static Type wideElement(Operation *op, OpBuilder &b) {
    bool isLargeInteger = isa<arith::SIToFPOp, arith::UIToFPOp>(op) &&
                          getElementTypeOrSelf(op->getOperand(0)).getIntOrFloatBitWidth() > 16;
    return isLargeInteger ? Type(b.getF64Type()) : Type(b.getF32Type());
  }

  static void widen(Operation *op) {
    OpBuilder b(op);
    Type wide = wideElement(op, b);
    for (OpOperand &operand : op->getOpOperands())
      if (Type type = operand.get().getType(); isHalf(type))
        operand.set(b.createOrFold<arith::ExtFOp>(op->getLoc(), withElement(type, wide), operand.get()));
    b.setInsertionPointAfter(op);
    for (OpResult result : op->getResults()) {
      Type half = result.getType();
      if (!isHalf(half))
        continue;
      result.setType(withElement(half, wide));
      auto rounded = arith::TruncFOp::create(b, op->getLoc(), half, result);
      result.replaceAllUsesExcept(rounded, rounded);
    }
  }

  SmallVector<Conversion> collectConversions() {
    SmallVector<Conversion> conversions;
    getOperation().walk([&](Operation *op) {
      if (!isa<arith::ExtFOp, arith::TruncFOp>(op))
        return;
      for (Type type : {op->getOperand(0).getType(), op->getResult(0).getType()})
        if (isHalf(type))
          conversions.push_back({op, getElementTypeOrSelf(type).isBF16() ? HalfFormat::BFloat16 : HalfFormat::Float16});
    });
    return conversions;
  }

  void storeAsIntegers() {
    Type i16 = IntegerType::get(&getContext(), 16);
    AttrTypeReplacer replacer;
    replacer.addReplacement(
        [=](FloatType type) -> std::optional<Type> { return isHalf(type) ? std::optional<Type>(i16) : std::nullopt; });
    replacer.addReplacement([=](FloatAttr value) -> std::optional<Attribute> {
      if (!isHalf(value.getType()))
        return std::nullopt;
      return IntegerAttr::get(i16, value.getValue().bitcastToAPInt());
    });
    replacer.addReplacement([=](DenseElementsAttr values) -> std::optional<Attribute> {
      if (!isHalf(values.getType()))
        return std::nullopt;
      return values.bitcast(i16);
    });
    replacer.recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
  }

  static void expand(Conversion conversion, bool hasF16C) {
    Operation *op = conversion.op;
    OpBuilder b(op);
    HalfConverter converter(b, op->getLoc(), hasF16C);
    Value source = op->getOperand(0), result;
    if (isa<arith::TruncFOp>(op)) {
      bool isDouble = getElementTypeOrSelf(source).isF64();
      result = converter.truncate(isDouble ? converter.narrow(source) : source, conversion.format);
    } else {
      result = converter.extend(source, conversion.format);
      if (Type wanted = op->getResult(0).getType(); wanted != result.getType())
        result = arith::ExtFOp::create(b, op->getLoc(), wanted, result);
    }
    op->getResult(0).replaceAllUsesWith(result);
    op->erase();
  }

  /// What was a half and an i16 is the same now.
  void dropBitcasts() {
    SmallVector<arith::BitcastOp> same;
    getOperation().walk([&](arith::BitcastOp op) {
      if (op.getIn().getType() == op.getType())
        same.push_back(op);
    });
    for (arith::BitcastOp op : same) {
      op.replaceAllUsesWith(op.getIn());
      op.erase();
    }
  }
};

} // namespace
} // namespace attn
