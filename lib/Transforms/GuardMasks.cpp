// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-guard-masks: what an attention reads by position has to be inside of its tensors, and what a mask requires of
// its run-time symbols is asked in loops over the positions on which a symbol depends: the run ends at the first that
// is wrong, and names it.
#include "attn/Codegen/IndexChecks.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace attn;

namespace attn {
#define GEN_PASS_DEF_GUARDMASKSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

using Kind = MaskRequirement::Kind;

/// The requirements of one op's mask.
class MaskGuard {
public:
  explicit MaskGuard(ScoringOpInterface op) : op(op), b(op), loc(op->getLoc()) {}

  void run() {
    SmallVector<MaskRequirement> requirements;
    op.getMaskAttr().collectRequirements(requirements);
    for (const MaskRequirement &requirement : requirements) {
      OpBuilder::InsertionGuard guard(b);
      if (requirement.kind == Kind::FillsGrid)
        requireTokens(requirement.extents);
      else
        requireSymbol(requirement);
    }
  }

private:
  static constexpr unsigned kAxes = 4;

  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Value compare(arith::CmpIPredicate predicate, Value lhs, Value rhs) {
    return b.createOrFold<arith::CmpIOp>(loc, predicate, lhs, rhs);
  }
  void require(Value condition, const Twine &text, Value actual, Value bound) {
    if (!matchPattern(condition, m_One()))
      RequireOp::create(b, loc, condition, b.getStringAttr(text), actual, bound);
  }
  AffineMap mapOf(unsigned symbol) { return cast<AffineMapAttr>(op.getMaskMaps()[symbol]).getValue(); }
  Value origin(unsigned axis) { return op.getOrigin().empty() ? constant(0) : op.getOrigin()[axis]; }
  void enterLoops(ArrayRef<unsigned> symbols, unsigned skippedQueries);
  Value read(unsigned symbol, Value query);
  void requireSymbol(const MaskRequirement &requirement);
  void requireTokens(ArrayRef<MaskExtent> extents);
  Value countTokens(ArrayRef<MaskExtent> extents);

  ScoringOpInterface op;
  OpBuilder b;
  Location loc;
  /// Where elements are read.
  SmallVector<Value, kAxes> position;
};

/// Opens a loop for each of batch, head and query on which a symbol depends, and builds inside of the innermost one.
/// Positions on which none depends are the first.
void MaskGuard::enterLoops(ArrayRef<unsigned> symbols, unsigned skippedQueries) {
  position.clear();
  for (unsigned axis = 0; axis < kAxes; ++axis) {
    Value first = origin(axis);
    bool isLoop =
        axis < 3 && llvm::any_of(symbols, [&](unsigned symbol) { return mapOf(symbol).isFunctionOfDim(axis); });
    if (!isLoop) {
      position.push_back(first);
      continue;
    }
    Value size = getValueOrCreateConstantIndexOp(b, loc, tensor::getMixedSize(b, loc, op.getQuery(), axis));
    Value from = b.createOrFold<arith::AddIOp>(loc, first, constant(axis == 2 ? skippedQueries : 0));
    Value to = b.createOrFold<arith::AddIOp>(loc, first, size);
    auto loop = scf::ForOp::create(b, loc, from, to, constant(1));
    b.setInsertionPointToStart(loop.getBody());
    position.push_back(loop.getInductionVar());
  }
}

/// The element that a symbol is bound to at this position, but for the query.
Value MaskGuard::read(unsigned symbol, Value query) {
  SmallVector<Value, kAxes> at(position);
  at[2] = query;
  Value element = tensor::ExtractOp::create(b, loc, op.getMaskSymbols()[symbol],
                                            *affine::expandAffineMap(b, loc, mapOf(symbol), at));
  if (element.getType().isInteger(1))
    return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), element);
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), element);
}

void MaskGuard::requireSymbol(const MaskRequirement &requirement) {
  unsigned symbol = requirement.symbol;
  bool isOrder = requirement.kind == Kind::NonDecreasing;
  if (isOrder && !mapOf(symbol).isFunctionOfDim(2))
    return;
  enterLoops(symbol, /*skippedQueries=*/isOrder);
  Value actual = read(symbol, position[2]);
  Value bound =
      isOrder ? read(symbol, arith::SubIOp::create(b, loc, position[2], constant(1))) : constant(requirement.least);
  require(compare(arith::CmpIPredicate::sge, actual, bound),
          "expects mask symbol " + Twine(symbol) + " to be at least" +
              (isOrder ? " its value for the query before," : ""),
          actual, bound);
}

/// The product of the extents, or more than kMaskLimit where it is. Extents that are symbols are positive by then.
Value MaskGuard::countTokens(ArrayRef<MaskExtent> extents) {
  Value tokens = constant(1), limit = constant(kMaskLimit);
  for (MaskExtent extent : extents) {
    Value size = extent.isSymbol ? read(extent.value, position[2]) : constant(extent.value);
    Value room = b.createOrFold<arith::DivUIOp>(loc, limit, tokens);
    Value product = b.createOrFold<arith::MulIOp>(loc, tokens, size);
    tokens = b.createOrFold<arith::SelectOp>(loc, compare(arith::CmpIPredicate::sgt, size, room),
                                             constant(kMaskLimit + 1), product);
  }
  return tokens;
}

void MaskGuard::requireTokens(ArrayRef<MaskExtent> extents) {
  // The sizes of the whole problem are not known of a slice that does not state them.
  if (!op.getOrigin().empty() && op.getExtent().empty())
    return;
  Value sizes[2];
  for (unsigned side : {0, 1})
    sizes[side] = op.getExtent().empty()
                      ? getValueOrCreateConstantIndexOp(
                            b, loc, tensor::getMixedSize(b, loc, side == 0 ? op.getQuery() : op.getKey(), 2))
                      : op.getExtent()[side];
  SmallVector<unsigned> symbols;
  for (MaskExtent extent : extents)
    if (extent.isSymbol)
      symbols.push_back(extent.value);
  enterLoops(symbols, /*skippedQueries=*/0);
  Value tokens = countTokens(extents);
  for (unsigned side : {0, 1})
    require(compare(arith::CmpIPredicate::eq, tokens, sizes[side]),
            Twine("expects the number of tokens on the grid of the mask to be that of ") +
                (side == 0 ? "queries," : "keys,"),
            tokens, sizes[side]);
}

struct GuardMasksPass : public attn::impl::GuardMasksPassBase<GuardMasksPass> {
  void runOnOperation() override {
    getOperation().walk([](ScoringOpInterface op) {
      OpBuilder builder(op);
      emitIndexChecks(builder, op);
      if (op.getMaskAttr())
        MaskGuard(op).run();
    });
  }
};

} // namespace
