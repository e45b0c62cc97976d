// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads symbols from the attributes of a function's arguments.
#include "attn/Analysis/FunctionSymbols.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

/// Element `axis` of a list of names; attributes come from the user, so nothing
/// about them is certain.
static StringRef nameAt(ArrayAttr names, int64_t axis) {
  if (!names || axis >= static_cast<int64_t>(names.size()))
    return {};
  auto name = dyn_cast<StringAttr>(names[axis]);
  return name ? name.getValue() : StringRef();
}

StringRef attn::getArgDimName(func::FuncOp func, unsigned arg, int64_t axis) {
  return nameAt(func.getArgAttrOfType<ArrayAttr>(arg, kDimsAttr), axis);
}

StringRef attn::getResultDimName(func::FuncOp func, unsigned result, int64_t axis) {
  return nameAt(func.getResultAttrOfType<ArrayAttr>(result, kDimsAttr), axis);
}

FailureOr<std::optional<unsigned>> attn::getUpdatedArg(func::FuncOp func, unsigned result) {
  auto name = func.getResultAttrOfType<StringAttr>(result, kUpdatesAttr);
  if (!name)
    return std::optional<unsigned>();
  for (unsigned arg = 0; arg < func.getNumArguments(); ++arg)
    if (func.getArgAttrOfType<StringAttr>(arg, kNameAttr) == name)
      return std::optional<unsigned>(arg);
  return failure();
}

llvm::SetVector<StringRef> attn::getSymbols(func::FuncOp func) {
  llvm::SetVector<StringRef> symbols;
  for (auto [arg, type] : llvm::enumerate(func.getArgumentTypes())) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || !shaped.hasRank() || func.getArgAttr(arg, kResultAttr))
      continue;
    for (int64_t axis = 0; axis < shaped.getRank(); ++axis)
      if (StringRef name = getArgDimName(func, arg, axis); shaped.isDynamicDim(axis) && !name.empty())
        symbols.insert(name);
  }
  return symbols;
}

std::string attn::getPlanName(func::FuncOp func) { return (func.getSymName() + ".plan").str(); }
