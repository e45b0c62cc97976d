// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads options by hand: LLVM's option parser would offer the options of all of LLVM.
#include "Arguments.h"
#include "llvm/ADT/Twine.h"

using namespace attn::tool;
using llvm::StringRef;

const char *const attn::tool::kHelp =
    R"(Usage: attn-mask MASK --queries=N [--keys=N] [--tile=RxC] [--symbol=NAME=VALUE]...

Draws an attention mask and counts the tiles that a compiled attention computes
bare (full), computes with a test of each score (mixed), or skips (empty).

  MASK               the mask as in IR, such as '#attn.and<#attn.causal, #attn.window<255, 0>>'
  --queries=N        number of queries
  --keys=N           number of keys                       (default: that of queries)
  --tile=RxC         queries x keys of a tile             (default: 64x64)
  --symbol=S=VALUE   a run-time symbol, by its number or by the mask that reads it:
                     --symbol=length=300, --symbol=0=300; may be repeated
  --batch=N          position in the batch                (default: 0)
  --head=N           number of the head                   (default: 0)
  --view=tile        one character a tile                 (default)
  --view=element     one character a score
  --format=ascii     '#' full, '+' mixed, '.' empty       (default)
  --help, --version

At most 64 x 64 characters are drawn; one of them then stands for several tiles or scores.
Exit codes: 0 done, 1 the mask was refused, 2 wrong arguments, 4 output could not be written.

Example: attn-mask '#attn.or<#attn.prefix<4>, #attn.causal>' --queries=32 --view=element
)";

namespace {

/// Positions and sizes are far below what masks can compute with, and areas fit in 64 bits.
constexpr int64_t kMaxSize = int64_t(1) << 30;

std::string describe(StringRef subject, int64_t least, int64_t greatest, StringRef actual) {
  return ("expects " + subject + " to be an integer between " + llvm::Twine(least) + " and " + llvm::Twine(greatest) +
          ", but got '" + actual + "'")
      .str();
}

/// Reads an integer within bounds or returns a complaint.
std::string readInteger(StringRef subject, StringRef text, int64_t least, int64_t greatest, int64_t &value) {
  if (text.getAsInteger(10, value) || value < least || value > greatest)
    return describe(subject, least, greatest, text);
  return {};
}

std::string readTile(StringRef text, Arguments &arguments) {
  auto [rows, columns] = text.split('x');
  std::string complaint = readInteger("the rows of --tile=RxC", rows, 1, kMaxSize, arguments.tileRows);
  if (complaint.empty())
    complaint = readInteger("the columns of --tile=RxC", columns, 1, kMaxSize, arguments.tileColumns);
  return complaint;
}

std::string readSymbol(StringRef text, Arguments &arguments) {
  auto [name, number] = text.split('=');
  int64_t value = 0;
  std::string complaint = readInteger("the value of --symbol=NAME=VALUE", number, INT64_MIN, INT64_MAX, value);
  if (complaint.empty())
    arguments.symbols.push_back({name.str(), value});
  return complaint;
}

std::string readOption(StringRef name, StringRef value, Arguments &arguments, bool &hasKeys) {
  if (name == "--queries")
    return readInteger(name, value, 1, kMaxSize, arguments.queries);
  if (name == "--keys") {
    hasKeys = true;
    return readInteger(name, value, 1, kMaxSize, arguments.keys);
  }
  if (name == "--batch")
    return readInteger(name, value, 0, kMaxSize, arguments.batch);
  if (name == "--head")
    return readInteger(name, value, 0, kMaxSize, arguments.head);
  if (name == "--tile")
    return readTile(value, arguments);
  if (name == "--symbol")
    return readSymbol(value, arguments);
  if (name == "--view" && (value == "tile" || value == "element")) {
    arguments.view = value == "tile" ? View::Tile : View::Element;
    return {};
  }
  if (name == "--view")
    return ("expects --view to be tile or element, but got '" + value + "'").str();
  if (name == "--format")
    return value == "ascii" ? std::string() : ("expects --format to be ascii, but got '" + value + "'").str();
  return ("expects an option listed by --help, but got '" + name + "'").str();
}

} // namespace

std::string attn::tool::readArguments(int argc, const char *const *argv, Arguments &arguments) {
  bool hasKeys = false, hasMask = false;
  for (int number = 1; number < argc; ++number) {
    StringRef argument = argv[number];
    if (argument == "--help" || argument == "--version") {
      (argument == "--help" ? arguments.help : arguments.version) = true;
      return {};
    }
    if (!argument.starts_with("-")) {
      if (hasMask)
        return ("expects one mask, but got also '" + argument + "'").str();
      hasMask = true;
      arguments.mask = argument.str();
      continue;
    }
    auto [name, value] = argument.split('=');
    std::string complaint = readOption(name, value, arguments, hasKeys);
    if (!complaint.empty())
      return complaint;
  }
  if (!hasMask)
    return "expects a mask, but got none; see --help";
  if (arguments.queries == 0)
    return "expects --queries=N to be given, but got none; see --help";
  if (!hasKeys)
    arguments.keys = arguments.queries;
  return {};
}
