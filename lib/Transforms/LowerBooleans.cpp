// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-lower-booleans: one byte for a boolean at the border; conversion next to
// it, so that the graph keeps its types.
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_LOWERBOOLEANSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

bool isBoolean(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isInteger(1);
}

RankedTensorType withElement(Type tensor, Type element) { return cast<RankedTensorType>(tensor).clone(element); }

/// An elementwise op from `source` to `element`.
Value convert(OpBuilder &builder, Location loc, Value source, Type element,
              llvm::function_ref<Value(OpBuilder &, Value)> body) {
  auto type = cast<RankedTensorType>(source.getType());
  Value out = tensor::EmptyOp::create(builder, loc, tensor::getMixedSizes(builder, loc, source), element);
  AffineMap map = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(
      builder, loc, out.getType(), source, out, ArrayRef{map, map}, loops,
      [&](OpBuilder &b, Location l, ValueRange args) { linalg::YieldOp::create(b, l, body(b, args[0])); });
  return op.getResult(0);
}

/// The runtime hands over 0 or 1, which is what a mask symbol wants to know;
/// all other uses get an i1.
void convertArgument(func::FuncOp func, BlockArgument arg) {
  Type boolean = arg.getType();
  auto builder = OpBuilder::atBlockBegin(arg.getOwner());
  arg.setType(withElement(boolean, builder.getI8Type()));
  auto needsBits = [](OpOperand &use) {
    auto scoring = dyn_cast<attn::ScoringOpInterface>(use.getOwner());
    if (!scoring || scoring.getMaskSymbols().empty())
      return true;
    unsigned first = scoring.getMaskSymbols().getBeginOperandIndex();
    return use.getOperandNumber() < first || use.getOperandNumber() >= first + scoring.getMaskSymbols().size();
  };
  if (llvm::none_of(arg.getUses(), needsBits))
    return;
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : arg.getUses())
    if (needsBits(use))
      uses.push_back(&use);
  Location loc = func.getLoc();
  Value bits = convert(builder, loc, arg, builder.getI1Type(), [&](OpBuilder &b, Value byte) -> Value {
    Value zero = arith::ConstantIntOp::create(b, loc, byte.getType(), 0);
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, byte, zero);
  });
  for (OpOperand *use : uses)
    use->set(bits);
}

void convertResults(func::ReturnOp returnOp) {
  OpBuilder builder(returnOp);
  Location loc = returnOp.getLoc();
  for (OpOperand &operand : returnOp->getOpOperands())
    if (isBoolean(operand.get().getType()))
      operand.set(convert(builder, loc, operand.get(), builder.getI8Type(), [&](OpBuilder &b, Value bit) -> Value {
        return arith::ExtUIOp::create(b, loc, b.getI8Type(), bit);
      }));
}

struct LowerBooleansPass : public attn::impl::LowerBooleansPassBase<LowerBooleansPass> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (!func.isPublic() || func.isDeclaration())
        continue;
      if (llvm::none_of(func.getArgumentTypes(), isBoolean) && llvm::none_of(func.getResultTypes(), isBoolean))
        continue;
      if (!SymbolTable::symbolKnownUseEmpty(func, getOperation())) {
        func.emitError("expects a public function with booleans not to be "
                       "called, but got a call of '@")
            << func.getSymName() << "'";
        return signalPassFailure();
      }
      convertFunction(func);
    }
  }

  static void convertFunction(func::FuncOp func) {
    for (BlockArgument arg : func.getArguments())
      if (isBoolean(arg.getType()))
        convertArgument(func, arg);
    func.walk([](func::ReturnOp returnOp) { convertResults(returnOp); });
    auto byte = IntegerType::get(func.getContext(), 8);
    auto results = llvm::map_to_vector(func.getResultTypes(), [&](Type type) -> Type {
      return isBoolean(type) ? Type(withElement(type, byte)) : type;
    });
    func.setType(FunctionType::get(func.getContext(), func.getBody().getArgumentTypes(), results));
  }
};

} // namespace
