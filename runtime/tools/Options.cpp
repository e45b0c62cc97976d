// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Options.h.
#include "Options.h"

#include "ToolError.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>

namespace attn::tool {

[[noreturn]] static void usage(const std::string &message) { throw ToolError(ExitUsage, message); }

int64_t parseInteger(const std::string &text, const std::string &what, int64_t min, int64_t max) {
  char *end = nullptr;
  errno = 0;
  long long value = std::strtoll(text.c_str(), &end, 10);
  if (end == text.c_str() || *end || errno || value < min || value > max)
    usage("expects " + what + " to be an integer in [" + std::to_string(min) + ", " + std::to_string(max) +
          "], but got '" + text + "'");
  return value;
}

double parseNumber(const std::string &text, const std::string &what) {
  char *end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end || !(value >= 0) || std::isinf(value))
    usage("expects " + what + " to be a number of at least 0, but got '" + text + "'");
  return value;
}

static const OptionName *findOption(const std::vector<OptionName> &known, const std::string &name) {
  for (const OptionName &option : known)
    if (name == option.Name)
      return &option;
  return nullptr;
}

Options::Options(int argc, char **argv, const std::vector<OptionName> &known) {
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word.size() < 2 || word[0] != '-') {
      Words.push_back(word);
      continue;
    }
    size_t equals = word.rfind("--", 0) == 0 ? word.find('=') : std::string::npos;
    std::string name = word.substr(0, equals);
    const OptionName *option = findOption(known, name);
    if (!option)
      usage("expects an option that --help lists, but got '" + name + "'");
    if (!option->TakesValue && equals != std::string::npos)
      usage("expects '" + name + "' to stand alone, but got a value");
    std::string value;
    if (option->TakesValue && equals != std::string::npos)
      value = word.substr(equals + 1);
    else if (option->TakesValue && i + 1 < argc)
      value = argv[++i];
    else if (option->TakesValue)
      usage("expects '" + name + "' to have a value, but got none");
    All.push_back({name, value});
  }
}

bool Options::has(const std::string &name) const { return !values(name).empty(); }

std::vector<std::string> Options::values(const std::string &name) const {
  std::vector<std::string> found;
  for (const Given &given : All)
    if (given.Name == name)
      found.push_back(given.Value);
  return found;
}

std::string Options::value(const std::string &name, const std::string &otherwise) const {
  std::vector<std::string> found = values(name);
  return found.empty() ? otherwise : found.back();
}

int64_t Options::integer(const std::string &name, int64_t otherwise, int64_t min, int64_t max) const {
  return has(name) ? parseInteger(value(name), "'" + name + "'", min, max) : otherwise;
}

} // namespace attn::tool
