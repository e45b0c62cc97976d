// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A variant's module of the LLVM dialect becomes an LLVM module: checked for
// what a module of the runtime may not have, with the variant's features on its
// functions.
#include "CodeEmitter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/ModuleTranslation.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn {

std::string getEntrySymbol(StringRef module, StringRef function, const TargetVariant &variant) {
  return (module + "." + function + "." + variant.name).str();
}

std::string getPlanSymbol(StringRef module, StringRef function, const TargetVariant &variant) {
  return (module + "." + function + ".plan." + variant.name).str();
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static LogicalResult checkFunction(ModuleOp module, const std::string &name, Type type) {
  auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!function || function.isExternal())
    return module.emitError("expects a variant to define the function '") << name << "', but got none";
  if (function.getFunctionType() != type)
    return function.emitOpError("expects the function to have the type ")
           << type << ", but got " << function.getFunctionType();
  return success();
}

/// A splat is one element in the IR and all of them in the object: a line of
/// text would make gigabytes. What is large belongs into weights.
static constexpr uint64_t kMaxConstantBytes = 64 << 20;

static uint64_t getConstantBytes(Type type, const DataLayout &layout) {
  if (auto array = dyn_cast<LLVM::LLVMArrayType>(type))
    return llvm::SaturatingMultiply(uint64_t(array.getNumElements()), getConstantBytes(array.getElementType(), layout));
  return layout.getTypeSize(type).getKnownMinValue();
}

static LogicalResult checkConstants(ModuleOp module) {
  DataLayout layout(module);
  uint64_t bytes = 0;
  for (auto global : module.getOps<LLVM::GlobalOp>()) {
    bytes = llvm::SaturatingAdd(bytes, getConstantBytes(global.getType(), layout));
    if (bytes > kMaxConstantBytes)
      return global.emitError("expects the constants of a variant to have at "
                              "most ")
             << kMaxConstantBytes << " bytes, but got " << bytes;
  }
  return success();
}

/// A module runs no code when it is loaded and imports nothing.
static LogicalResult checkContents(ModuleOp module) {
  static const StringRef provided[] = {"memcpy", "memmove", "memset", "memcmp"};
  for (Operation &op : *module.getBody()) {
    if (isa<LLVM::GlobalCtorsOp, LLVM::GlobalDtorsOp, LLVM::ModuleFlagsOp, LLVM::ComdatOp, LLVM::AliasOp,
            LLVM::IFuncOp>(op))
      return op.emitOpError("expects a variant to hold functions and globals "
                            "only, but got this op");
    if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op))
      if (function.isExternal() && !function.getSymName().starts_with("llvm.") &&
          !llvm::is_contained(provided, function.getSymName()))
        return function.emitOpError("expects generated code to import nothing, but got '")
               << function.getSymName() << "'";
    if (auto global = dyn_cast<LLVM::GlobalOp>(op)) {
      if (!global.getValueOrNull() && global.getInitializerRegion().empty())
        return global.emitOpError("expects generated code to import nothing, but got '") << global.getSymName() << "'";
      if (global.getThreadLocal_() || global.getSection())
        return global.emitOpError("expects a global to be neither thread-local "
                                  "nor in a section, but got '")
               << global.getSymName() << "'";
    }
  }
  return success();
}

/// What no pass has lowered is named; the casts around it say nothing.
static LogicalResult checkLowered(ModuleOp module) {
  Operation *left = nullptr;
  module.walk([&](Operation *op) {
    bool isCode = isa<ModuleOp>(op) || isa<LLVM::LLVMDialect>(op->getDialect());
    if (!isCode && (!left || isa<UnrealizedConversionCastOp>(left)))
      left = op;
  });
  if (!left)
    return success();
  return left->emitError("expects every operation to become code, but got '") << left->getName() << "'";
}

static LogicalResult checkVariant(ModuleOp module, ArrayRef<FunctionDescription> functions) {
  MLIRContext *context = module.getContext();
  context->loadDialect<LLVM::LLVMDialect>();
  auto pointer = LLVM::LLVMPointerType::get(context);
  auto i32 = IntegerType::get(context, 32), i64 = IntegerType::get(context, 64);
  auto entryType = LLVM::LLVMFunctionType::get(i32, {pointer});
  auto planType = LLVM::LLVMFunctionType::get(i32, {pointer, i64, pointer, pointer});
  for (const FunctionDescription &function : functions)
    if (failed(checkFunction(module, function.signature.name, entryType)) ||
        failed(checkFunction(module, function.signature.name + ".plan", planType)))
      return failure();
  return success(succeeded(checkContents(module)) && succeeded(checkConstants(module)) &&
                 succeeded(checkLowered(module)));
}

//===----------------------------------------------------------------------===//
// Linkage and features
//===----------------------------------------------------------------------===//

static void setLinkage(llvm::Module &module, StringRef moduleName, ArrayRef<FunctionDescription> functions,
                       const TargetVariant &variant) {
  for (llvm::GlobalValue &value : module.global_values()) {
    if (value.isDeclaration())
      continue;
    value.setLinkage(llvm::GlobalValue::InternalLinkage);
    value.setVisibility(llvm::GlobalValue::DefaultVisibility);
  }
  auto expose = [&](const std::string &name, const std::string &symbol) {
    llvm::Function *function = module.getFunction(name);
    function->setName(symbol);
    function->setLinkage(llvm::GlobalValue::ExternalLinkage);
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  };
  for (const FunctionDescription &function : functions) {
    const std::string &name = function.signature.name;
    expose(name, getEntrySymbol(moduleName, name, variant));
    expose(name + ".plan", getPlanSymbol(moduleName, name, variant));
  }
}

/// The plans and all that they call: the runtime asks for sizes before it knows
/// whether the CPU has the variant's features.
static llvm::SetVector<llvm::Function *> collectBaseline(llvm::Module &module, StringRef moduleName,
                                                         ArrayRef<FunctionDescription> functions,
                                                         const TargetVariant &variant) {
  llvm::SetVector<llvm::Function *> baseline;
  for (const FunctionDescription &function : functions)
    baseline.insert(module.getFunction(getPlanSymbol(moduleName, function.signature.name, variant)));
  for (size_t i = 0; i < baseline.size(); ++i)
    for (llvm::Instruction &instruction : llvm::instructions(*baseline[i]))
      for (llvm::Value *operand : instruction.operands())
        if (auto *callee = llvm::dyn_cast<llvm::Function>(operand))
          baseline.insert(callee);
  return baseline;
}

static std::string getFeatures(const TargetVariant &variant) {
  std::string features;
#define ATTN_ADD_FEATURE(bit, NAME, text)                                                                              \
  if (variant.has(bit))                                                                                                \
    features += features.empty() ? "+" text : ",+" text;
  ATTN_RT_X86_FEATURES(ATTN_ADD_FEATURE)
#undef ATTN_ADD_FEATURE
  return features;
}

static void setFeatures(llvm::Module &module, const llvm::SetVector<llvm::Function *> &baseline,
                        const TargetVariant &variant) {
  for (llvm::Function &function : module) {
    // Nothing throws, so no unwind tables.
    function.setDoesNotThrow();
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", "x86-64");
    function.addFnAttr("tune-cpu", "generic");
    if (baseline.contains(&function))
      continue;
    function.addFnAttr("target-features", getFeatures(variant));
    function.addFnAttr("prefer-vector-width", std::to_string(32 * variant.getF32Lanes()));
  }
}

std::unique_ptr<llvm::Module> translateVariant(ModuleOp variantModule, const TargetVariant &variant,
                                               StringRef moduleName, ArrayRef<FunctionDescription> functions,
                                               llvm::LLVMContext &context) {
  if (failed(checkVariant(variantModule, functions)))
    return nullptr;
  std::unique_ptr<llvm::Module> module = translateModuleToLLVMIR(variantModule, context, variant.name);
  if (!module)
    return nullptr;
  module->setSourceFileName(variant.name);
  module->setTargetTriple(llvm::Triple(kTargetTriple));
  setLinkage(*module, moduleName, functions, variant);
  setFeatures(*module, collectBaseline(*module, moduleName, functions, variant), variant);
  return module;
}

} // namespace attn
