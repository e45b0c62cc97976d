// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of CPU variants, and the reader of the list that a user types.
#include "attn/Analysis/TargetVariant.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;

namespace attn {

ArrayRef<TargetVariant> getTargetVariants() {
  static const TargetVariant variants[] = {
      {"x86-64-v4", {ATTN_RT_X86_64_V4}},
      {"x86-64-v3", {ATTN_RT_X86_64_V3}},
      {"x86-64-v2", {ATTN_RT_X86_64_V2}},
  };
  return variants;
}

const TargetVariant *findTargetVariant(StringRef name) {
  for (const TargetVariant &variant : getTargetVariants())
    if (variant.name == name)
      return &variant;
  return nullptr;
}

const TargetVariant *getTargetVariant(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto name = op->getAttrOfType<StringAttr>(kVariantAttr))
      return findTargetVariant(name.getValue());
  return nullptr;
}

bool runsOn(const TargetVariant &variant, const FeatureSet &available) {
  for (auto [needed, present] : llvm::zip_equal(variant.features, available))
    if (needed & ~present)
      return false;
  return true;
}

FeatureSet getHostFeatures() {
  // LLVM reads CPUID and, for the wide registers, whether the operating system
  // saves them.
  const llvm::StringMap<bool> present = llvm::sys::getHostCPUFeatures();
  FeatureSet set{};
#define ATTN_ADD_FEATURE(bit, NAME, text) set[bit / 64] |= uint64_t(present.lookup(text)) << (bit % 64);
  ATTN_RT_X86_FEATURES(ATTN_ADD_FEATURE)
#undef ATTN_ADD_FEATURE
  return set;
}

static std::string listNames() {
  std::string names = "portable, native";
  for (const TargetVariant &variant : getTargetVariants())
    names += (", " + variant.name).str();
  return names;
}

std::string parseTargetList(StringRef list, const FeatureSet &host, SmallVectorImpl<const TargetVariant *> &variants) {
  llvm::SmallVector<bool> wanted(getTargetVariants().size(), false);
  for (StringRef item : llvm::split(list, ',')) {
    bool found = false;
    for (auto [index, variant] : llvm::enumerate(getTargetVariants())) {
      if (item == "native" ? found || !runsOn(variant, host) : item != "portable" && item != variant.name)
        continue;
      wanted[index] = found = true;
    }
    if (!found && item == "native")
      return "expects the CPU of --target=native to run at least x86-64-v2, "
             "but got an older one";
    if (!found)
      return "expects a target to be one of " + listNames() + ", but got '" + item.str() + "'";
  }
  for (auto [variant, take] : llvm::zip_equal(getTargetVariants(), wanted))
    if (take)
      variants.push_back(&variant);
  return "";
}

} // namespace attn
