// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Descriptor.h"
#include "CodeEmitter.h"
#include "Header.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/GlobalVariable.h"

namespace attn {

std::string getWeightsSymbol(llvm::StringRef moduleName) { return (moduleName + ".weights").str(); }

namespace {

class DescriptorBuilder {
public:
  DescriptorBuilder(const ModuleDescription &description, bool linkedStatically, llvm::LLVMContext &context)
      : description(description), linkedStatically(linkedStatically), module(makeBaselineModule("descriptor", context)),
        pointer(llvm::PointerType::get(context, 0)) {}

  std::unique_ptr<llvm::Module> build(llvm::StringRef descriptionBytes) {
    addDescriptor();
    addNote(descriptionBytes);
    return std::move(module);
  }

private:
  llvm::GlobalVariable *addConstant(llvm::Constant *value, const llvm::Twine &name,
                                    llvm::GlobalValue::LinkageTypes linkage) {
    return new llvm::GlobalVariable(*module, value->getType(),
                                    /*isConstant=*/true, linkage, value, name);
  }

  /// A hidden symbol of another object of the module.
  llvm::Constant *declare(const std::string &symbol) {
    auto *global = new llvm::GlobalVariable(*module, llvm::Type::getInt8Ty(module->getContext()),
                                            /*isConstant=*/true, llvm::GlobalValue::ExternalLinkage, nullptr, symbol);
    global->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return global;
  }

  using SymbolOf = std::string (*)(llvm::StringRef, llvm::StringRef, const TargetVariant &);

  /// [variant][function], in the order of the note.
  llvm::Constant *makeTable(llvm::StringRef name, SymbolOf symbolOf) {
    std::vector<llvm::Constant *> functions;
    for (const TargetVariant *variant : description.variants)
      for (const FunctionDescription &function : description.functions)
        functions.push_back(declare(symbolOf(description.name, function.signature.name, *variant)));
    auto *type = llvm::ArrayType::get(pointer, functions.size());
    return addConstant(llvm::ConstantArray::get(type, functions), name, llvm::GlobalValue::PrivateLinkage);
  }

  /// Field for field the struct attn_rt_descriptor.
  void addDescriptor() {
    llvm::LLVMContext &context = module->getContext();
    auto u16 = [&](uint16_t value) { return llvm::ConstantInt::get(llvm::Type::getInt16Ty(context), value); };
    auto u32 = [&](uint32_t value) { return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value); };
    llvm::Constant *weights = description.weightsBytes ? declare(getWeightsSymbol(description.name))
                                                       : llvm::ConstantPointerNull::get(pointer);
    llvm::Constant *fields[] = {u32(ATTN_RT_ABI_MAGIC),
                                u16(ATTN_RT_ABI_MAJOR),
                                u16(ATTN_RT_ABI_MINOR),
                                u32(description.variants.size()),
                                u32(description.functions.size()),
                                makeTable("entries", getEntrySymbol),
                                makeTable("plans", getPlanSymbol),
                                weights};
    std::string symbol = linkedStatically ? getDescriptorSymbol(description.name) : ATTN_RT_DESCRIPTOR_SYMBOL;
    addConstant(llvm::ConstantStruct::getAnon(fields), symbol, llvm::GlobalValue::ExternalLinkage)
        ->setAlignment(llvm::Align(8));
  }

  void addNote(llvm::StringRef descriptionBytes) {
    llvm::LLVMContext &context = module->getContext();
    std::string note = wrapInNote(descriptionBytes);
    llvm::Constant *bytes = llvm::ConstantDataArray::getRaw(note, note.size(), llvm::Type::getInt8Ty(context));
    llvm::GlobalVariable *global = addConstant(bytes, description.name + ".note", llvm::GlobalValue::ExternalLinkage);
    global->setVisibility(llvm::GlobalValue::HiddenVisibility);
    global->setSection(ATTN_RT_NOTE_SECTION);
    global->setAlignment(llvm::Align(4));
    if (!linkedStatically)
      return;
    auto *offset = llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), kNoteHeaderBytes);
    llvm::Constant *start = llvm::ConstantExpr::getGetElementPtr(llvm::Type::getInt8Ty(context), global, offset);
    auto *type = llvm::ArrayType::get(llvm::Type::getInt8Ty(context), descriptionBytes.size());
    llvm::GlobalAlias::create(type, 0, llvm::GlobalValue::ExternalLinkage, getDescriptionSymbol(description.name),
                              start, module.get());
  }

  const ModuleDescription &description;
  bool linkedStatically;
  std::unique_ptr<llvm::Module> module;
  llvm::PointerType *pointer;
};

} // namespace

std::unique_ptr<llvm::Module> makeDescriptor(const ModuleDescription &description, llvm::StringRef descriptionBytes,
                                             bool linkedStatically, llvm::LLVMContext &context) {
  return DescriptorBuilder(description, linkedStatically, context).build(descriptionBytes);
}

} // namespace attn
