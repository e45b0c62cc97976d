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

Parameter Parameter::of(std::string symbol, std::string tensor, ArrayRef<int64_t> shape) {
  Parameter parameter;
  parameter.symbol = std::move(symbol);
  parameter.parts.push_back({std::move(tensor), shape.front()});
  parameter.columns.assign(shape.begin() + 1, shape.end());
  return parameter;
}

static Type elementTypeOf(StringRef dtype, MLIRContext *context) {
  if (dtype == "BF16")
    return BFloat16Type::get(context);
  if (dtype == "F16")
    return Float16Type::get(context);
  return Float32Type::get(context);
}

RankedTensorType Parameter::getType(MLIRContext *context) const {
  SmallVector<int64_t, 2> shape(columns);
  shape.insert(shape.begin(), 0);
  for (const ParameterPart &part : parts)
    shape.front() += part.rows;
  return RankedTensorType::get(shape, elementTypeOf(dtype, context));
}

/// Files written before 2019 call the parameters of layer norms gamma and beta.
WeightFiles::Place WeightTable::find(StringRef tensor) const {
  std::string name = prefix + tensor.str();
  WeightFiles::Place place = files.find(name);
  // The head of a model stands beside what the prefix names.
  if (!place.entry && tensor.starts_with("lm_head."))
    return files.find(tensor);
  StringRef stem = name;
  if (!place.entry && stem.consume_back("LayerNorm.weight"))
    return files.find((stem + "LayerNorm.gamma").str());
  if (!place.entry && stem.consume_back("LayerNorm.bias"))
    return files.find((stem + "LayerNorm.beta").str());
  return place;
}

LogicalResult WeightTable::checkPresent(Location loc) const {
  std::vector<std::string> missing;
  for (const Parameter &parameter : parameters)
    for (const ParameterPart &part : parameter.parts)
      if (!find(part.tensor).entry)
        missing.push_back(prefix + part.tensor);
  if (missing.empty())
    return success();
  return emitError(loc) << files.getPath()
                        << ": expects every tensor of the model to be there, "
                           "but got none named "
                        << listNames(missing);
}

/// "F32", or "F32, BF16 or F16".
static std::string listChoices(ArrayRef<StringRef> choices) {
  if (choices.size() == 1)
    return choices[0].str();
  return llvm::join(choices.drop_back(), ", ") + " or " + choices.back().str();
}

LogicalResult WeightTable::checkPart(const Parameter &parameter, const ParameterPart &part, Location loc) const {
  WeightFiles::Place place = find(part.tensor);
  const SafetensorsEntry &entry = *place.entry;
  SmallVector<int64_t, 2> shape(parameter.columns);
  shape.insert(parameter.isTransposed ? shape.end() : shape.begin(), part.rows);
  if (ArrayRef<int64_t>(entry.shape) != ArrayRef<int64_t>(shape))
    return emitError(loc) << place.path << ": expects tensor " << quotedText(entry.name) << " to have shape "
                          << describeShape(shape) << ", but got " << describeShape(entry.shape);
  if (!llvm::is_contained(dtypes, entry.dtype))
    return emitError(loc) << place.path << ": expects tensor " << quotedText(entry.name) << " to have dtype "
                          << listChoices(dtypes) << ", but got " << entry.dtype;
  if (entry.dtype != parameter.dtype)
    return emitError(loc) << place.path << ": expects tensor " << quotedText(entry.name)
                          << " to have the dtype of what is stacked with it, " << parameter.dtype << ", but got "
                          << entry.dtype;
  return success();
}

LogicalResult WeightTable::checkParameter(Parameter &parameter, Location loc) const {
  LogicalResult result = success();
  parameter.dtype = find(parameter.parts.front().tensor).entry->dtype;
  for (const ParameterPart &part : parameter.parts)
    if (failed(checkPart(parameter, part, loc)))
      result = failure();
  return result;
}

void WeightTable::warnAboutUnused(ArrayRef<StringRef> owned, Location loc) const {
  llvm::StringSet<> used;
  for (const Parameter &parameter : parameters)
    for (const ParameterPart &part : parameter.parts)
      used.insert(find(part.tensor).entry->name);
  std::vector<std::string> unused;
  for (const WeightFiles::Place &place : files.all()) {
    StringRef name = place.entry->name;
    bool isOwned =
        name.consume_front(prefix) && llvm::any_of(owned, [&](StringRef part) { return name.starts_with(part); });
    // Positions 0, 1, 2, ..., triangles of ones and frequencies once were stored.
    bool isComputed = name.ends_with("position_ids") || name.ends_with(".attn.bias") ||
                      name.ends_with(".attn.masked_bias") || name.ends_with("rotary_emb.inv_freq");
    if (isOwned && !used.contains(place.entry->name) && !isComputed)
      unused.push_back(place.entry->name);
  }
  if (!unused.empty())
    emitWarning(loc) << files.getPath() << ": no part of the model uses " << listNames(unused);
}

LogicalResult WeightTable::check(ArrayRef<StringRef> owned, Location loc) {
  if (failed(checkPresent(loc)))
    return failure();
  LogicalResult result = success();
  for (Parameter &parameter : parameters)
    if (failed(checkParameter(parameter, loc)))
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
    for (const ParameterPart &part : parameter.parts) {
      WeightFiles::Place place = find(part.tensor);
      sources.push_back(
          builder.getStringAttr(place.file + ":" + place.entry->name + (parameter.isTransposed ? ":transposed" : "")));
    }
    global->setAttr("attn.source", sources.size() == 1 ? sources.front() : builder.getArrayAttr(sources));
  }
}
