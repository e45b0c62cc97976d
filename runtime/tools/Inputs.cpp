// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matching of inputs to arguments and symbols.
#include "Inputs.h"

#include "Npy.h"
#include "Npz.h"
#include "ToolError.h"

#include <cstdlib>

namespace attn::tool {

[[noreturn]] static void usage(const std::string &message) { throw ToolError(ExitUsage, message); }

std::string signatureText(const attn_rt_value_info &value) {
  std::string text;
  for (int d = 0; d < value.rank; ++d) {
    const attn_rt_dim &dim = value.dims[d];
    if (dim.symbol)
      text += dim.symbol;
    else if (dim.symbol_index == ATTN_RT_DIM_COMPUTED)
      text += "?";
    else
      text += std::to_string(dim.min);
    text += " x ";
  }
  text += attn_rt_dtype_name(value.dtype);
  if (value.flags & ATTN_RT_VALUE_HAS_RANGE)
    text += " in [" + std::to_string(value.value_min) + ", " + std::to_string(value.value_max) + "]";
  return text;
}

static bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Array readArray(const Value &value) {
  if (endsWith(value.Path, ".npz")) {
    if (value.Member.empty())
      usage("expects one array of '" + value.Path + "', written @FILE.npz:ARRAY, but got no name");
    return readNpz(value.Path, value.Member);
  }
  if (!endsWith(value.Path, ".npy"))
    usage("expects an input file to end in .npy or .npz, but got '" + value.Path + "'");
  return readNpy(value.Path);
}

static int findArgument(const attn_rt_function_info &info, const std::string &name) {
  for (int i = 0; i < info.arg_count; ++i)
    if (name == info.args[i].name)
      return i;
  return -1;
}

bool Inputs::hasSymbol(const std::string &name) const {
  for (int i = 0; i < Info.arg_count; ++i)
    for (int d = 0; d < Info.args[i].rank; ++d)
      if (Info.args[i].dims[d].symbol && name == Info.args[i].dims[d].symbol)
        return true;
  return false;
}

void Inputs::addValue(int index, const Value &value) {
  if (!Values.emplace(index, value).second)
    usage(std::string("expects one value for argument '") + Info.args[index].name + "', but got two");
}

void Inputs::addMembers(const Value &archive) {
  int matched = 0;
  for (const std::string &member : listNpz(archive.Path)) {
    int index = findArgument(Info, member);
    if (index < 0)
      continue;
    Value value = archive;
    value.Member = member;
    addValue(index, value);
    ++matched;
  }
  if (!matched)
    usage("expects '" + archive.Path + "' to hold an array named like an argument, but got none");
}

/// NAME=VALUE.  A number is a symbol's size also where an argument has its
/// name.
void Inputs::addNamed(const std::string &name, const std::string &text) {
  int index = findArgument(Info, name);
  bool isSymbol = hasSymbol(name);
  bool isNumber = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (isSymbol && (isNumber || index < 0)) {
    if (!isNumber || text.size() > 18)
      usage("expects symbol '" + name + "' to be a number from 0 to below 10^18, but got '" + text + "'");
    Symbols[name] = std::strtoll(text.c_str(), nullptr, 10);
    return;
  }
  if (index < 0)
    usage("expects '" + name +
          "' to be an argument or a symbol of the "
          "function, but got none of that name");
  addValue(index, parseValue(text));
}

void Inputs::add(const std::string &word) {
  std::string name, text;
  splitName(word, name, text);
  if (!name.empty())
    return addNamed(name, text);
  Value value = parseValue(text);
  if (value.Kind == Value::File && endsWith(value.Path, ".npz") && value.Member.empty())
    return addMembers(value);
  for (int i = 0; i < Info.arg_count; ++i)
    if (!Values.count(i))
      return addValue(i, value);
  usage("expects at most " + std::to_string(Info.arg_count) + " values, but got one more: '" + word + "'");
}

void Inputs::setSize(const attn_rt_dim &dim, int64_t size) {
  if (dim.symbol)
    Symbols[dim.symbol] = size;
}

int64_t sizeIn(const std::vector<Array> &made, const attn_rt_function_info &info, const attn_rt_dim &dim,
               int64_t otherwise) {
  if (!dim.symbol)
    return dim.min > 0 ? dim.min : otherwise;
  for (size_t i = 0; i < made.size(); ++i)
    for (size_t d = 0; d < made[i].Shape.size() && d < size_t(info.args[i].rank); ++d)
      if (info.args[i].dims[d].symbol_index == dim.symbol_index)
        return made[i].Shape[d];
  return otherwise;
}

int64_t Inputs::sizeOf(const attn_rt_dim &dim, const std::vector<Array> &made, const std::vector<bool> &isMade) const {
  if (!dim.symbol)
    return dim.min;
  auto set = Symbols.find(dim.symbol);
  if (set != Symbols.end())
    return set->second;
  // Another argument, given with its shape, may tell.
  for (int i = 0; i < Info.arg_count; ++i)
    for (int d = 0; isMade[size_t(i)] && d < Info.args[i].rank; ++d)
      if (Info.args[i].dims[d].symbol_index == dim.symbol_index &&
          size_t(Info.args[i].rank) == made[size_t(i)].Shape.size())
        return made[size_t(i)].Shape[size_t(d)];
  if (dim.min == dim.max)
    return dim.min;
  usage(std::string("expects a size for symbol '") + dim.symbol + "' (" + dim.symbol + "=N), but got none");
}

Declared Inputs::declaredType(int index, const std::vector<Array> &made, const std::vector<bool> &isMade) const {
  const attn_rt_value_info &info = Info.args[index];
  Declared declared;
  declared.DType = info.dtype;
  declared.HasRange = info.flags & ATTN_RT_VALUE_HAS_RANGE;
  declared.Min = info.value_min;
  declared.Max = info.value_max;
  declared.Stream = uint64_t(index);
  auto given = Values.find(index);
  if (given != Values.end() && given->second.HasType)
    return declared;
  for (int d = 0; d < info.rank; ++d)
    declared.Shape.push_back(sizeOf(info.dims[d], made, isMade));
  return declared;
}

/// What is wrong with one of several values says of which.
Array Inputs::makeArgument(int index, const Value &value, const std::vector<Array> &made,
                           const std::vector<bool> &isMade) const {
  Declared declared = declaredType(index, made, isMade);
  try {
    return makeValue(value, declared);
  } catch (const ToolError &error) {
    throw ToolError(error.code(), std::string("argument '") + Info.args[index].name + "': " + error.what());
  }
}

std::vector<Array> Inputs::make(bool fillMissing) const {
  std::vector<Array> arrays(size_t(Info.arg_count));
  std::vector<bool> isMade(size_t(Info.arg_count), false);
  // First those that bring their own shape, then those that take the declared.
  for (int pass = 0; pass < 2; ++pass)
    for (int i = 0; i < Info.arg_count; ++i) {
      auto given = Values.find(i);
      bool isMissing = given == Values.end();
      if (isMissing && !fillMissing)
        usage(std::string("expects a value for argument '") + Info.args[i].name + "' (" + signatureText(Info.args[i]) +
              "), but got none");
      Value value = isMissing ? Value() : given->second;
      bool hasShape = value.Kind == Value::File || value.HasType;
      if (isMade[size_t(i)] || (pass == 0 && !hasShape))
        continue;
      arrays[size_t(i)] = value.Kind == Value::File ? readArray(value) : makeArgument(i, value, arrays, isMade);
      isMade[size_t(i)] = pass == 0;
    }
  return arrays;
}

} // namespace attn::tool
