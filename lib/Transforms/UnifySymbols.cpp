// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-unify-symbols: callees first, because a call relates sizes by the names
// in the callee's signature.
#include "DimClasses.h"
#include "SizeConditions.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_UNIFYSYMBOLSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

/// A dimension of an argument.
struct ArgDim {
  BlockArgument arg;
  int64_t axis;
};

/// Dimensions of arguments that have to be equal.
struct SymbolClass {
  SmallVector<ArgDim> dims;
  StringRef name;
  int64_t size = ShapedType::kDynamic;
};

class FunctionSymbols {
public:
  explicit FunctionSymbols(func::FuncOp func) : func(func), builder(func.getContext()), dims(func) {}

  LogicalResult run() {
    uniteEqualNames();
    collect();
    for (auto &[number, symbol] : symbols)
      if (failed(nameClass(symbol)) || failed(boundClass(symbol)))
        return failure();
    writeNames();
    attn::emitSizeConditions(func, dims);
    return success();
  }

private:
  template <typename Fn> void forEachArgDim(Fn fn) {
    for (BlockArgument arg : func.getArguments())
      if (auto type = dyn_cast<RankedTensorType>(arg.getType()))
        for (int64_t axis = 0; axis < type.getRank(); ++axis)
          fn(arg, type, axis);
  }

  StringRef nameOf(BlockArgument arg, int64_t axis) { return attn::getArgDimName(func, arg.getArgNumber(), axis); }

  /// A name that the user wrote twice means equal sizes.
  void uniteEqualNames() {
    llvm::StringMap<ArgDim> first;
    forEachArgDim([&](BlockArgument arg, RankedTensorType, int64_t axis) {
      StringRef name = nameOf(arg, axis);
      if (name.empty())
        return;
      taken.insert(name);
      auto [entry, inserted] = first.try_emplace(name, ArgDim{arg, axis});
      if (!inserted)
        dims.unite(entry->second.arg, entry->second.axis, arg, axis);
    });
  }

  void collect() {
    forEachArgDim([&](BlockArgument arg, RankedTensorType, int64_t axis) {
      symbols[*dims.classOf(arg, axis)].dims.push_back({arg, axis});
    });
  }

  LogicalResult nameClass(SymbolClass &symbol) {
    bool dynamic = false;
    for (ArgDim dim : symbol.dims) {
      auto type = cast<RankedTensorType>(dim.arg.getType());
      dynamic |= type.isDynamicDim(dim.axis);
      StringRef name = nameOf(dim.arg, dim.axis);
      if (!name.empty() && !symbol.name.empty() && name != symbol.name)
        return func.emitError("expects dimensions that have to be equal to "
                              "have one name, but got '")
               << symbol.name << "' and '" << name << "'";
      if (!name.empty())
        symbol.name = name;
      if (type.isDynamicDim(dim.axis))
        continue;
      int64_t size = type.getDimSize(dim.axis);
      if (!ShapedType::isDynamic(symbol.size) && symbol.size != size)
        return func.emitError("expects dimensions that have to be equal to "
                              "have one size, but got ")
               << symbol.size << " and " << size;
      symbol.size = size;
    }
    if (dynamic && symbol.name.empty())
      symbol.name = freshName();
    return success();
  }

  StringRef freshName() {
    std::string name;
    do
      name = "d" + std::to_string(fresh++);
    while (!taken.insert(name).second);
    return builder.getStringAttr(name).getValue();
  }

  /// A dynamic dimension that has to equal a static one accepts this size only.
  LogicalResult boundClass(SymbolClass &symbol) {
    if (symbol.name.empty() || ShapedType::isDynamic(symbol.size))
      return success();
    bool dynamic = llvm::any_of(
        symbol.dims, [](ArgDim dim) { return cast<RankedTensorType>(dim.arg.getType()).isDynamicDim(dim.axis); });
    if (!dynamic || !func.isPublic())
      return success();
    NamedAttrList ranges(func->getAttrOfType<DictionaryAttr>("attn.dim_ranges"));
    auto known = dyn_cast_or_null<DenseI64ArrayAttr>(ranges.get(symbol.name));
    if (known && known.size() == 2 && (symbol.size < known[0] || symbol.size > known[1]))
      return func.emitError("expects the range of '")
             << symbol.name << "' to hold the only size it can have, but got " << symbol.size;
    ranges.set(symbol.name, builder.getDenseI64ArrayAttr({symbol.size, symbol.size}));
    func->setAttr("attn.dim_ranges", ranges.getDictionary(func.getContext()));
    return success();
  }

  StringRef symbolOf(Value tensor, int64_t axis) {
    std::optional<unsigned> number = dims.classOf(tensor, axis);
    auto found = number ? symbols.find(*number) : symbols.end();
    return found == symbols.end() ? StringRef() : found->second.name;
  }

  ArrayAttr namesOf(Value tensor) {
    auto type = cast<RankedTensorType>(tensor.getType());
    SmallVector<Attribute> names;
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      names.push_back(builder.getStringAttr(type.isDynamicDim(axis) ? symbolOf(tensor, axis) : ""));
    return builder.getArrayAttr(names);
  }

  void writeNames() {
    for (BlockArgument arg : func.getArguments()) {
      if (!isa<RankedTensorType>(arg.getType()))
        continue;
      unsigned number = arg.getArgNumber();
      func.setArgAttr(number, attn::kDimsAttr, namesOf(arg));
      if (func.isPublic() && !func.getArgAttr(number, attn::kNameAttr))
        func.setArgAttr(number, attn::kNameAttr, builder.getStringAttr("arg" + Twine(number)));
    }
    Operation *returnOp = func.getBody().front().getTerminator();
    for (auto [number, value] : llvm::enumerate(returnOp->getOperands())) {
      if (!isa<RankedTensorType>(value.getType()))
        continue;
      func.setResultAttr(number, attn::kDimsAttr, namesOf(value));
      if (func.isPublic() && !func.getResultAttr(number, attn::kNameAttr))
        func.setResultAttr(number, attn::kNameAttr, builder.getStringAttr("result" + Twine(number)));
    }
  }

  func::FuncOp func;
  Builder builder;
  attn::DimClasses dims;
  llvm::MapVector<unsigned, SymbolClass> symbols;
  llvm::StringSet<> taken;
  unsigned fresh = 0;
};

/// Conditions that are not equalities of symbols: constraint C2 of attention.
class ScoringConditions {
public:
  explicit ScoringConditions(attn::ScoringOpInterface op) : op(op), builder(op), loc(op->getLoc()) {}

  void run() {
    requireDivision(sizeOf(op.getQuery(), 1), sizeOf(op.getKey(), 1));
    requireBatch(sizeOf(op.getQuery(), 0), sizeOf(op.getKey(), 0));
  }

private:
  OpFoldResult sizeOf(Value tensor, int64_t axis) { return tensor::getMixedSize(builder, loc, tensor, axis); }
  bool known(OpFoldResult size) { return isa<Attribute>(size); }
  Value asValue(OpFoldResult size) { return getValueOrCreateConstantIndexOp(builder, loc, size); }
  Value equal(Value lhs, Value rhs) { return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, lhs, rhs); }
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

  void require(Value condition, StringRef text, Value actual, Value bound) {
    attn::RequireOp::create(builder, loc, condition, builder.getStringAttr(text), actual, bound);
  }

  void requireDivision(OpFoldResult query, OpFoldResult key) {
    if (known(query) && known(key))
      return;
    Value heads = asValue(query), keyHeads = asValue(key), zero = constant(0);
    // No key heads go with no query heads only; a remainder by zero must not be
    // taken.
    Value divisor = arith::MaxUIOp::create(builder, loc, keyHeads, constant(1));
    Value rest = arith::RemUIOp::create(builder, loc, heads, divisor);
    Value none = equal(keyHeads, zero);
    Value condition = equal(arith::SelectOp::create(builder, loc, none, heads, rest), zero);
    require(condition, "expects the number of query heads to be a multiple of", heads, keyHeads);
  }

  void requireBatch(OpFoldResult query, OpFoldResult key) {
    if ((known(query) && known(key)) || getConstantIntValue(key) == 1)
      return;
    Value batch = asValue(query), keyBatch = asValue(key);
    Value shared = equal(keyBatch, constant(1)), same = equal(keyBatch, batch);
    require(arith::OrIOp::create(builder, loc, shared, same), "expects the batch of key to be 1 or", keyBatch, batch);
  }

  attn::ScoringOpInterface op;
  OpBuilder builder;
  Location loc;
};

struct UnifySymbolsPass : public attn::impl::UnifySymbolsPassBase<UnifySymbolsPass> {
  void runOnOperation() override {
    done.clear();
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (failed(unify(func)))
        return signalPassFailure();
    getOperation().walk([](attn::ScoringOpInterface op) { ScoringConditions(op).run(); });
  }

  LogicalResult unify(func::FuncOp func) {
    if (!done.insert(func).second || func.isDeclaration() || !func.getBody().hasOneBlock())
      return success();
    WalkResult result = func.walk([&](func::CallOp call) {
      auto callee = getOperation().lookupSymbol<func::FuncOp>(call.getCallee());
      return callee && failed(unify(callee)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    return failure(result.wasInterrupted() || failed(FunctionSymbols(func).run()));
  }

  DenseSet<Operation *> done;
};

} // namespace
