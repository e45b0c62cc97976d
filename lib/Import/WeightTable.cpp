// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "WeightTable.h"
#include "attn/Import/Json.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace attn;

/// Names in a message; a model may lack thousands of tensors.
static constexpr size_t kMostNames = 8;

static std::string listNames(ArrayRef<std::string> names) {
  std::string text;
  for (const std::string &name : names.take_front(kMostNames))
    text += (text.empty() ? "" : ", ") + quotedText(name);
  if (names.size() > kMostNames)
    text += " and " + std::to_string(names.size() - kMostNames) + " more";
  return text;
}

/// A file may give a tensor any rank; a message stays one line.
static std::string describeShape(ArrayRef<int64_t> shape) {
  constexpr size_t kLongest = 8;
  auto toText = [](int64_t size) { return std::to_string(size); };
  std::string sizes = llvm::join(llvm::map_range(shape.take_front(kLongest), toText), ", ");
  return "[" + sizes + (shape.size() > kLongest ? ", ..." : "") + "]";
}

RankedTensorType Parameter::getType(MLIRContext *context) const {
  SmallVector<int64_t, 2> stacked = shape;
  stacked.front() *= tensors.size();
  return RankedTensorType::get(stacked, Float32Type::get(context));
}

/// Files written before 2019 call the parameters of layer norms gamma and beta.
const SafetensorsEntry *WeightTable::find(StringRef tensor) const {
  std::string name = prefix + tensor.str();
  if (const SafetensorsEntry *entry = file.find(name))
    return entry;
  StringRef stem = name;
  if (stem.consume_back("LayerNorm.weight"))
    return file.find((stem + "LayerNorm.gamma").str());
  if (stem.consume_back("LayerNorm.bias"))
    return file.find((stem + "LayerNorm.beta").str());
  return nullptr;
}

LogicalResult WeightTable::checkPresent(Location loc) const {
  std::vector<std::string> missing;
  for (const Parameter &parameter : parameters)
    for (const std::string &tensor : parameter.tensors)
      if (!find(tensor))
        missing.push_back(prefix + tensor);
  if (missing.empty())
    return success();
  return emitError(loc) << path
                        << ": expects every tensor of the model to be there, "
                           "but got none named "
                        << listNames(missing);
}

LogicalResult WeightTable::checkTensor(const SafetensorsEntry &entry, ArrayRef<int64_t> shape, Location loc) const {
  if (ArrayRef<int64_t>(entry.shape) != shape)
    return emitError(loc) << path << ": expects tensor " << quotedText(entry.name) << " to have shape "
                          << describeShape(shape) << ", but got " << describeShape(entry.shape);
  if (entry.dtype != "F32")
    return emitError(loc) << path << ": expects tensor " << quotedText(entry.name) << " to have dtype F32, but got "
                          << entry.dtype;
  return success();
}

void WeightTable::warnAboutUnused(ArrayRef<StringRef> owned, Location loc) const {
  llvm::StringSet<> used;
  for (const Parameter &parameter : parameters)
    for (const std::string &tensor : parameter.tensors)
      used.insert(find(tensor)->name);
  std::vector<std::string> unused;
  for (const SafetensorsEntry &entry : file.getEntries()) {
    StringRef name = entry.name;
    bool isOwned =
        name.consume_front(prefix) && llvm::any_of(owned, [&](StringRef part) { return name.starts_with(part); });
    // Positions 0, 1, 2, ... once were stored.
    if (isOwned && !used.contains(entry.name) && !name.ends_with("position_ids"))
      unused.push_back(entry.name);
  }
  if (!unused.empty())
    emitWarning(loc) << path << ": no part of the model uses " << listNames(unused);
}

LogicalResult WeightTable::check(ArrayRef<StringRef> owned, Location loc) const {
  if (failed(checkPresent(loc)))
    return failure();
  LogicalResult result = success();
  for (const Parameter &parameter : parameters)
    for (const std::string &tensor : parameter.tensors)
      if (failed(checkTensor(*find(tensor), parameter.shape, loc)))
        result = failure();
  if (succeeded(result))
    warnAboutUnused(owned, loc);
  return result;
}

void WeightTable::declare(OpBuilder &builder) const {
  MLIRContext *context = builder.getContext();
  for (const Parameter &parameter : parameters) {
    Location loc = NameLoc::get(builder.getStringAttr(parameter.symbol));
    RankedTensorType type = parameter.getType(context);
    auto global =
        ml_program::GlobalOp::create(builder, loc, parameter.symbol, type, /*is_mutable=*/false,
                                     ml_program::ExternAttr::get(context, type), builder.getStringAttr("private"));
    SmallVector<Attribute> sources;
    for (const std::string &tensor : parameter.tensors)
      sources.push_back(builder.getStringAttr(fileName + ":" + find(tensor)->name));
    global->setAttr("attn.source", sources.size() == 1 ? sources.front() : builder.getArrayAttr(sources));
  }
}
