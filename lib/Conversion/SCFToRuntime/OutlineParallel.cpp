// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-outline-parallel: what the body of a parallel loop uses from outside
// travels in a struct on the caller's stack, field by field, because the
// runtime hands one pointer to every body.
#include "attn/Codegen/FrameAccess.h"
#include "attn/Conversion/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_OUTLINEPARALLELPASS
#include "attn/Conversion/Passes.h.inc"
} // namespace attn

namespace {

/// Makes one parallel loop into a body function and a call of the runtime.
class Outliner {
public:
  Outliner(scf::ForallOp loop, SymbolTable &symbolTable)
      : loop(loop), loc(loop.getLoc()), func(loop->getParentOfType<func::FuncOp>()), symbolTable(symbolTable),
        converter(loop->getContext()) {}

  LogicalResult run() {
    OpBuilder builder(loop);
    computeTrips(builder);
    if (failed(collectCaptures()))
      return failure();
    Value arg = storeCaptures(builder);
    func::FuncOp body = makeBody();
    callRuntime(builder, body, arg);
    loop.erase();
    return success();
  }

private:
  Value toI64(OpBuilder &builder, Value index) {
    return arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
  }

  /// How often the loop runs along each dimension. Loops of the compiler start
  /// at 0 and step by 1 or by a block.
  void computeTrips(OpBuilder &builder) {
    count = arith::ConstantIndexOp::create(builder, loc, 1);
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    for (auto [lower, upper, step] :
         llvm::zip(loop.getMixedLowerBound(), loop.getMixedUpperBound(), loop.getMixedStep())) {
      Value lb = getValueOrCreateConstantIndexOp(builder, loc, lower);
      Value ub = getValueOrCreateConstantIndexOp(builder, loc, upper);
      Value by = getValueOrCreateConstantIndexOp(builder, loc, step);
      Value span = arith::SubIOp::create(builder, loc, ub, lb);
      Value trip = arith::MaxSIOp::create(builder, loc, arith::CeilDivSIOp::create(builder, loc, span, by), zero);
      count = arith::MulIOp::create(builder, loc, count, trip);
      lowers.push_back(lb);
      steps.push_back(by);
      trips.push_back(trip);
    }
  }

  /// Vectors from outside are computed again in the body: they are patterns of
  /// lanes that were hoisted, which no struct can carry before they have become
  /// registers. Each round goes one definition up.
  void recomputeVectors() {
    for (bool changed = true; changed;) {
      changed = false;
      llvm::SetVector<Value> used;
      getUsedValuesDefinedAbove(loop.getRegion(), used);
      for (Value value : used) {
        Operation *op = value.getDefiningOp();
        if (!isa<VectorType>(value.getType()) || !op)
          continue;
        if (op->getNumRegions() != 0 || !isMemoryEffectFree(op)) {
          changed |= passAsScalar(value);
          continue;
        }
        OpBuilder inside = OpBuilder::atBlockBegin(loop.getBody());
        Operation *copy = inside.clone(*op);
        replaceAllUsesInRegionWith(value, copy->getResult(llvm::cast<OpResult>(value).getResultNumber()),
                                   loop.getRegion());
        changed = true;
      }
    }
  }

  /// A vector of one element, such as the last column of a row that was read
  /// outside, is no register: its element is captured. False for other vectors.
  bool passAsScalar(Value value) {
    auto type = llvm::cast<VectorType>(value.getType());
    if (type.isScalable() || type.getNumElements() != 1)
      return false;
    OpBuilder outside(loop);
    OpBuilder inside = OpBuilder::atBlockBegin(loop.getBody());
    SmallVector<int64_t> first(type.getRank(), 0);
    Value scalar = vector::ExtractOp::create(outside, loc, value, first);
    Value vector = vector::BroadcastOp::create(inside, loc, type, scalar);
    replaceAllUsesInRegionWith(value, vector, loop.getRegion());
    return true;
  }

  /// Values from outside; constants are made again in the body.
  LogicalResult collectCaptures() {
    recomputeVectors();
    llvm::SetVector<Value> used;
    getUsedValuesDefinedAbove(loop.getRegion(), used);
    used.insert_range(lowers);
    used.insert_range(steps);
    used.insert_range(trips);
    for (Value value : used) {
      if (matchPattern(value, m_Constant())) {
        constants.push_back(value);
        continue;
      }
      Type type = converter.convertType(value.getType());
      if (!type)
        return loop.emitError("expects what a parallel loop uses to have a "
                              "type of the machine, but got ")
               << value.getType();
      captures.push_back(value);
      fields.push_back(type);
    }
    return success();
  }

  Type structType() { return LLVM::LLVMStructType::getLiteral(loop->getContext(), fields); }

  Value fieldAddress(OpBuilder &builder, Value base, unsigned field) {
    return LLVM::GEPOp::create(builder, loc, base.getType(), structType(), base,
                               ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(field)});
  }

  Value cast(OpBuilder &builder, Value value, Type type) {
    if (value.getType() == type)
      return value;
    return UnrealizedConversionCastOp::create(builder, loc, type, value).getResult(0);
  }

  /// The struct lies in the function's first block, so that a loop around the
  /// parallel loop does not let the stack grow.
  Value storeCaptures(OpBuilder &builder) {
    auto entry = OpBuilder::atBlockBegin(&func.getBody().front());
    Value one = LLVM::ConstantOp::create(entry, loc, entry.getI64Type(), 1);
    Value base = LLVM::AllocaOp::create(entry, loc, LLVM::LLVMPointerType::get(loop->getContext()), structType(), one);
    for (auto [number, value] : llvm::enumerate(captures))
      LLVM::StoreOp::create(builder, loc, cast(builder, value, fields[number]), fieldAddress(builder, base, number));
    return base;
  }

  /// `f.layer.attention.body`: the operation that it is a part of, for
  /// profilers.
  std::string bodyName() {
    std::string name = func.getSymName().str();
    for (Operation *op = loop; op && op != func; op = op->getPrevNode() ? op->getPrevNode() : op->getParentOp())
      if (auto begin = dyn_cast<attn::OpBeginOp>(op)) {
        name += ("." + begin.getName()).str();
        break;
      }
    return name + ".body";
  }

  func::FuncOp makeBody() {
    OpBuilder builder(func->getContext());
    builder.setInsertionPointAfter(func);
    Type i64 = builder.getI64Type();
    auto type = builder.getFunctionType({LLVM::LLVMPointerType::get(builder.getContext()), i64, i64}, {});
    auto body = func::FuncOp::create(builder, loc, bodyName(), type);
    body.setPrivate();
    symbolTable.insert(body);
    Block *block = body.addEntryBlock();
    auto inside = OpBuilder::atBlockEnd(block);
    IRMapping mapping;
    for (Value constant : constants)
      mapping.map(constant, inside.clone(*constant.getDefiningOp())->getResult(0));
    for (auto [number, value] : llvm::enumerate(captures)) {
      Value loaded =
          LLVM::LoadOp::create(inside, loc, fields[number], fieldAddress(inside, block->getArgument(0), number));
      mapping.map(value, cast(inside, loaded, value.getType()));
    }
    mapIndices(inside, block->getArgument(1), mapping);
    for (Operation &op : loop.getBody()->without_terminator())
      inside.clone(op, mapping);
    func::ReturnOp::create(inside, loc);
    numberWorker(body);
    return body;
  }

  /// The induction variables from the number of the piece; the last dimension
  /// runs fastest.
  void mapIndices(OpBuilder &builder, Value piece, IRMapping &mapping) {
    Value rest = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), piece);
    for (int64_t axis = loop.getRank() - 1; axis >= 0; --axis) {
      Value position = rest;
      if (axis > 0) {
        Value trip = mapping.lookup(trips[axis]);
        position = arith::RemUIOp::create(builder, loc, rest, trip);
        rest = arith::DivUIOp::create(builder, loc, rest, trip);
      }
      Value stepped = arith::MulIOp::create(builder, loc, position, mapping.lookup(steps[axis]));
      Value index = arith::AddIOp::create(builder, loc, stepped, mapping.lookup(lowers[axis]));
      mapping.map(loop.getInductionVar(axis), index);
    }
  }

  void numberWorker(func::FuncOp body) {
    body.walk([&](attn::WorkerOp worker) {
      OpBuilder builder(worker);
      Value number = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), body.getArgument(2));
      worker.replaceAllUsesWith(number);
      worker.erase();
    });
  }

  void callRuntime(OpBuilder &builder, func::FuncOp body, Value arg) {
    Type pointer = arg.getType();
    Value frame = func.getArgument(0);
    Value parallelFor = attn::loadFramePointer(builder, loc, frame, attn::FrameField::ParallelFor);
    Value context = attn::loadFramePointer(builder, loc, frame, attn::FrameField::ParallelContext);
    Value callee = func::ConstantOp::create(builder, loc, body.getFunctionType(), body.getSymName());
    Value address = cast(builder, callee, pointer);
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()),
                                            {pointer, builder.getI64Type(), pointer, pointer});
    LLVM::CallOp::create(builder, loc, type, ValueRange{parallelFor, context, toI64(builder, count), address, arg});
  }

  scf::ForallOp loop;
  Location loc;
  func::FuncOp func;
  SymbolTable &symbolTable;
  LLVMTypeConverter converter;
  Value count;
  SmallVector<Value> lowers, steps, trips, constants, captures;
  SmallVector<Type> fields;
};

struct OutlineParallelPass : public attn::impl::OutlineParallelPassBase<OutlineParallelPass> {
  void runOnOperation() override {
    SymbolTable symbolTable(getOperation());
    SmallVector<scf::ForallOp> inner, outer;
    getOperation().walk(
        [&](scf::ForallOp loop) { (loop->getParentOfType<scf::ForallOp>() ? inner : outer).push_back(loop); });
    IRRewriter rewriter(&getContext());
    for (scf::ForallOp loop : inner) {
      rewriter.setInsertionPoint(loop);
      if (failed(scf::forallToForLoop(rewriter, loop)))
        return signalPassFailure();
    }
    for (scf::ForallOp loop : outer)
      if (failed(checkFrame(loop)) || failed(Outliner(loop, symbolTable).run()))
        return signalPassFailure();
  }

  static LogicalResult checkFrame(scf::ForallOp loop) {
    auto func = loop->getParentOfType<func::FuncOp>();
    if (func && func.getNumArguments() != 0 && isa<LLVM::LLVMPointerType>(func.getArgumentTypes().front()) &&
        loop.getNumResults() == 0)
      return success();
    return loop.emitError("expects parallel loops to be on buffers and in a "
                          "function with a frame, but got ")
           << loop.getNumResults() << " results";
  }
};

} // namespace
