// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ModuleReader.h"
#include "CodeEmitter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include <map>

using namespace mlir;

namespace attn {

/// The nested modules, by variant. Best first, whatever their order: the
/// runtime takes the first that the CPU can run.
static LogicalResult readVariants(ModuleOp module, ModuleContents &contents) {
  std::map<const TargetVariant *, ModuleOp> found;
  for (auto nested : module.getOps<ModuleOp>()) {
    auto name = nested->getAttrOfType<StringAttr>(kVariantAttr);
    const TargetVariant *variant = name ? findTargetVariant(name.getValue()) : nullptr;
    if (!variant)
      return nested.emitError("expects ")
             << kVariantAttr << " to name a CPU variant, but got '" << (name ? name.getValue() : "") << "'";
    if (!found.try_emplace(variant, nested).second)
      return nested.emitError("expects each variant once, but got '") << variant->name << "' twice";
  }
  // The table's order is that of its addresses.
  for (auto &[variant, nested] : found) {
    contents.description.variants.push_back(variant);
    contents.modules.push_back(nested);
  }
  if (found.empty())
    return module.emitError("expects a nested module for at least one CPU "
                            "variant, but got none");
  return success();
}

static LogicalResult readOps(LLVM::LLVMFuncOp entry, FunctionDescription &function) {
  Attribute attr = entry->getAttr(kOpsAttr);
  auto ops = dyn_cast_or_null<ArrayAttr>(attr);
  bool valid = !attr || (ops && ops.size() <= ATTN_RT_MAX_OPS);
  for (Attribute op : ops ? ops.getValue() : ArrayRef<Attribute>()) {
    auto pair = dyn_cast<ArrayAttr>(op);
    auto name = pair && pair.size() == 2 ? dyn_cast<StringAttr>(pair[0]) : StringAttr();
    auto kind = pair && pair.size() == 2 ? dyn_cast<StringAttr>(pair[1]) : StringAttr();
    valid = valid && name && kind && isPlainText(name.getValue()) && isPlainText(kind.getValue());
    if (valid)
      function.ops.emplace_back(name.str(), kind.str());
  }
  if (valid)
    return success();
  return entry.emitOpError("expects ") << kOpsAttr << " to be pairs of a name and a kind, but got " << attr;
}

static LogicalResult readFaults(LLVM::LLVMFuncOp entry, FunctionDescription &function) {
  Attribute attr = entry->getAttr(kFaultsAttr);
  auto faults = dyn_cast_or_null<ArrayAttr>(attr);
  bool valid = !attr || (faults && faults.size() <= ATTN_RT_MAX_OPS);
  for (Attribute fault : faults ? faults.getValue() : ArrayRef<Attribute>()) {
    auto text = dyn_cast<StringAttr>(fault);
    valid = valid && text && isPlainText(text.getValue());
    if (valid)
      function.faults.push_back(text.str());
  }
  if (valid)
    return success();
  return entry.emitOpError("expects ") << kFaultsAttr << " to be sentences, but got " << attr;
}

/// The tables of a function, which its entry point in each variant repeats: one
/// note serves all variants.
static LogicalResult readTables(ModuleContents &contents, FunctionDescription &function) {
  for (auto [index, nested] : llvm::enumerate(contents.modules)) {
    auto entry = nested.lookupSymbol<LLVM::LLVMFuncOp>(function.signature.name);
    if (!entry)
      return nested.emitError("expects a variant to define the function '")
             << function.signature.name << "', but got none";
    FunctionDescription own;
    if (failed(readOps(entry, own)) || failed(readFaults(entry, own)))
      return failure();
    if (index == 0) {
      function.ops = std::move(own.ops);
      function.faults = std::move(own.faults);
    } else if (own.ops != function.ops || own.faults != function.faults) {
      return entry.emitOpError("expects ")
             << kOpsAttr << " and " << kFaultsAttr << " to be equal in all variants, but got "
             << entry->getAttr(kOpsAttr) << " and " << entry->getAttr(kFaultsAttr);
    }
  }
  return success();
}

FailureOr<ModuleContents> readModuleContents(ModuleOp module, StringRef name, StringRef producer) {
  ModuleContents contents;
  contents.description.name = name.str();
  contents.description.producer = producer.str();
  contents.description.target = kTargetTriple.str();
  FailureOr<std::vector<FunctionSignature>> signatures = readSignatures(module);
  if (failed(signatures) || failed(readVariants(module, contents)))
    return failure();
  for (FunctionSignature &signature : *signatures) {
    FunctionDescription &function = contents.description.functions.emplace_back();
    function.signature = std::move(signature);
    if (failed(readTables(contents, function)))
      return failure();
  }
  FailureOr<WeightsTable> weights = readWeightsTable(module);
  if (failed(weights))
    return failure();
  contents.weights = std::move(*weights);
  contents.description.weightsBytes = contents.weights.bytes;
  return contents;
}

} // namespace attn
