// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads options by hand: LLVM's option parser would offer the options of all of LLVM.
#include "Arguments.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace attn;
using namespace attn::tool;
using llvm::StringRef;

const char *const attn::tool::kHelp =
    R"(Usage: attn-mask MASK --queries=N [--keys=N] [--symbol=S=VALUE]... [options]

Draws an attention mask and counts the tiles that a compiled attention computes
bare (full), with a test of each score (mixed), or skips (empty). Prints as
formulas which keys a block of queries can see, and when a tile is full or
empty. The speed-up is what fewer tiles give a kernel whose tiles all cost the
same; tests of scores cost more.

  MASK               as in IR: '#attn.and<#attn.causal, #attn.window<255, 0>>'
  --queries=N --keys=N                    (default: as many keys as queries)
  --symbol=S=VALUE   a run-time symbol, by its number or by the mask that reads
                     it: --symbol=length=300, --symbol=0=300
  --batch=N --head=N positions in the batch and of the head (default: 0)
  --tile=RxC         queries x keys of a tile (default: 14x32, as AVX-512 has)
  --tile=4x4@RxC     the same in boxes of 4x4 queries on the mask's grid, or of
                     32@RxC in a line, which list the keys that some of them see
  --sweep[=RxC,...]  a table of the tiles of other shapes (default: usual ones)

  --view=tile        a cell is a tile (default)
  --view=element     a cell is a score
  --query=Y,X        a cell is a key: those that one query of a grid sees; also
                     X, T,Y,X or a flat position
  --grid=HxW         the grid of 1 to 4 axes on which queries and keys lie
                     (default: that of the mask); sets --queries and --keys
                     where they are not given
  --slice=T          of a grid of more than two axes only this plane
  --format=ascii     '#' full or visible, '+' mixed, '.' empty; at most 64 x 64
                     cells, which may stand for several parts
  --format=svg|json  a picture; everything for programs (docs/reports.md)
  -o, --output=FILE  where to (default: -, the standard output)
  --help, --version

Exit codes: 0 done, 1 the mask was refused, 2 wrong arguments, 4 output could
not be written.

Examples: attn-mask '#attn.window<128, 128>' --queries=4096 --sweep
          attn-mask '#attn.or<#attn.prefix<4>, #attn.causal>' --queries=32 \
                    --view=element
)";

namespace {

std::string describe(StringRef subject, int64_t least, int64_t greatest, StringRef actual) {
  return ("expects " + subject + " to be an integer between " + llvm::Twine(least) + " and " + llvm::Twine(greatest) +
          ", but got '" + actual + "'")
      .str();
}

/// Reads an integer within bounds or returns a complaint.
std::string readInteger(StringRef subject, StringRef text, int64_t least, int64_t greatest, int64_t &result) {
  int64_t value;
  if (text.getAsInteger(10, value) || value < least || value > greatest)
    return describe(subject, least, greatest, text);
  result = value;
  return {};
}

std::string readList(StringRef option, StringRef text, char separator, int64_t least,
                     llvm::SmallVectorImpl<int64_t> &numbers) {
  constexpr size_t kMost = kMaxGridAxes;
  numbers.clear();
  for (StringRef item : llvm::split(text, separator)) {
    std::string complaint =
        readInteger(("each number of " + option).str(), item, least, kMaxSize, numbers.emplace_back());
    if (!complaint.empty())
      return complaint;
    if (numbers.size() > kMost)
      return ("expects " + option + " to have at most " + llvm::Twine(kMost) + " numbers, but got '" + text + "'")
          .str();
  }
  return {};
}

/// RxC, or BOX@RxC.
std::string readTile(StringRef option, StringRef text, MaskTiling &tiling) {
  constexpr int64_t largest = 65536;
  std::string complaint;
  if (auto [box, tile] = text.split('@'); text.contains('@')) {
    complaint = readList((option + "=BOX@RxC").str(), box, 'x', 1, tiling.box);
    text = tile;
    int64_t area = 1;
    for (int64_t size : tiling.box)
      area = std::min(area * std::min(size, largest + 1), largest + 1);
    if (complaint.empty() && area > largest)
      return ("expects a box to have at most " + llvm::Twine(largest) + " queries, but got '" + box + "'").str();
  }
  auto [rows, columns] = text.split('x');
  if (complaint.empty())
    complaint = readInteger(("the rows of " + option + "=RxC").str(), rows, 1, kMaxSize, tiling.tile.rows);
  if (complaint.empty())
    complaint = readInteger(("the columns of " + option + "=RxC").str(), columns, 1, kMaxSize, tiling.tile.columns);
  return complaint;
}

std::string readSweep(StringRef text, Arguments &arguments) {
  constexpr size_t kMost = 64;
  arguments.hasUsualSweep = text.empty();
  if (text.empty())
    return {};
  for (StringRef item : llvm::split(text, ',')) {
    if (std::string complaint = readTile("--sweep", item, arguments.sweep.emplace_back()); !complaint.empty())
      return complaint;
    if (arguments.sweep.size() > kMost)
      return "expects --sweep to have at most " + std::to_string(kMost) + " shapes, but got more";
  }
  return {};
}

std::string readSymbol(StringRef text, Arguments &arguments) {
  auto [name, number] = text.split('=');
  int64_t value = 0;
  std::string complaint = readInteger("the value of --symbol=NAME=VALUE", number, INT64_MIN, INT64_MAX, value);
  if (complaint.empty())
    arguments.symbols.push_back({name.str(), value});
  return complaint;
}

std::string readFormat(StringRef text, Arguments &arguments) {
  if (text != "ascii" && text != "svg" && text != "json")
    return ("expects --format to be ascii, svg or json, but got '" + text + "'").str();
  arguments.format = text == "svg" ? Format::Svg : text == "json" ? Format::Json : Format::Ascii;
  return {};
}

std::string readView(StringRef text, Arguments &arguments) {
  if (text != "tile" && text != "element")
    return ("expects --view to be tile or element, but got '" + text + "'").str();
  arguments.view = text == "tile" ? MaskView::Tile : MaskView::Element;
  return {};
}

std::string readOutput(StringRef text, Arguments &arguments) {
  arguments.output = text.str();
  return text.empty() ? "expects --output to name a file, but got ''" : "";
}

std::string readOption(StringRef name, StringRef value, Arguments &arguments) {
  if (name == "--queries")
    return readInteger(name, value, 1, kMaxSize, arguments.queries);
  if (name == "--keys")
    return readInteger(name, value, 1, kMaxSize, arguments.keys);
  if (name == "--batch")
    return readInteger(name, value, 0, kMaxSize, arguments.batch);
  if (name == "--head")
    return readInteger(name, value, 0, kMaxSize, arguments.head);
  if (name == "--tile") {
    arguments.tile.box.clear();
    return readTile(name, value, arguments.tile);
  }
  if (name == "--sweep")
    return readSweep(value, arguments);
  if (name == "--symbol")
    return readSymbol(value, arguments);
  if (name == "--view")
    return readView(value, arguments);
  if (name == "--format")
    return readFormat(value, arguments);
  if (name == "--output")
    return readOutput(value, arguments);
  if (name == "--grid")
    return readList(name, value, 'x', 1, arguments.grid);
  if (name == "--query")
    return readList(name, value, ',', 0, arguments.query);
  if (name == "--slice")
    return readInteger(name, value, 0, kMaxSize, arguments.slice.emplace());
  return ("expects an option listed by --help, but got '" + name + "'").str();
}

} // namespace

std::string attn::tool::readArguments(int argc, const char *const *argv, Arguments &arguments) {
  bool hasMask = false;
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
    std::string complaint;
    if (argument == "-o")
      complaint = readOutput(number + 1 < argc ? argv[++number] : "", arguments);
    else
      complaint = readOption(name, value, arguments);
    if (!complaint.empty())
      return complaint;
  }
  if (!hasMask)
    return "expects a mask, but got none; see --help";
  return {};
}
