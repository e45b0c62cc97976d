// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command-line parser of the tools: options with and without values, and
// the remaining words.  `--name=value`, `--name value` and `-o value`.
#ifndef ATTN_RT_TOOLS_OPTIONS_H
#define ATTN_RT_TOOLS_OPTIONS_H

#include <cstdint>
#include <string>
#include <vector>

namespace attn::tool {

struct OptionName {
  const char *Name; ///< "--print"
  bool TakesValue;
};

class Options {
public:
  /// Throws ToolError (usage) for an option that is not in `known`.
  Options(int argc, char **argv, const std::vector<OptionName> &known);

  const std::vector<std::string> &words() const { return Words; }
  bool has(const std::string &name) const;
  /// The last value given, or `otherwise`.
  std::string value(const std::string &name, const std::string &otherwise = "") const;
  std::vector<std::string> values(const std::string &name) const;
  /// An integer in [min, max]; throws ToolError (usage).
  int64_t integer(const std::string &name, int64_t otherwise, int64_t min, int64_t max) const;

private:
  struct Given {
    std::string Name, Value;
  };
  std::vector<Given> All;
  std::vector<std::string> Words;
};

/// An integer in [min, max]; `what` names it in the message.
int64_t parseInteger(const std::string &text, const std::string &what, int64_t min, int64_t max);

/// A non-negative finite number.
double parseNumber(const std::string &text, const std::string &what);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_OPTIONS_H
