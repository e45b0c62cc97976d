// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the words of a command line to the arguments of a function.
#ifndef ATTN_RT_TOOLS_INPUTS_H
#define ATTN_RT_TOOLS_INPUTS_H

#include "Array.h"
#include "Value.h"
#include "attn_rt/attn_rt.hpp"

#include <map>
#include <string>
#include <vector>

namespace attn::tool {

/// The inputs as written, matched to a signature: values by argument, sizes by
/// symbol.
class Inputs {
public:
  explicit Inputs(const attn_rt_function_info &info) : Info(info) {}

  /// One word: [NAME=]VALUE or SYMBOL=SIZE.  Throws ToolError.
  void add(const std::string &word);

  /// The size of a dimension's symbol, where it has one.
  void setSize(const attn_rt_dim &dim, int64_t size);

  /// One array per argument.  Arguments without a value are random when
  /// fillMissing, else refused.
  std::vector<Array> make(bool fillMissing) const;

private:
  void addNamed(const std::string &name, const std::string &text);
  void addValue(int index, const Value &value);
  /// Every array of a .npz file whose name is an argument.
  void addMembers(const Value &archive);
  bool hasSymbol(const std::string &name) const;
  Declared declaredType(int index, const std::vector<Array> &made, const std::vector<bool> &isMade) const;
  Array makeArgument(int index, const Value &value, const std::vector<Array> &made,
                     const std::vector<bool> &isMade) const;
  int64_t sizeOf(const attn_rt_dim &dim, const std::vector<Array> &made, const std::vector<bool> &isMade) const;

  attn_rt_function_info Info;
  std::map<int, Value> Values; ///< by argument
  std::map<std::string, int64_t> Symbols;
};

/// The size that made arguments give a dimension; its own where it has no
/// symbol, `otherwise` where none of them has it.
int64_t sizeIn(const std::vector<Array> &made, const attn_rt_function_info &info, const attn_rt_dim &dim,
               int64_t otherwise);

/// Reads the array of a File value.
Array readArray(const Value &value);

/// The dimensions of a value as one types them: "batch x seq x i64".
std::string signatureText(const attn_rt_value_info &value);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_INPUTS_H
