// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of attn-mask.
#ifndef ATTN_TOOLS_ATTN_MASK_ARGUMENTS_H
#define ATTN_TOOLS_ATTN_MASK_ARGUMENTS_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace attn::tool {

enum class View { Tile, Element };

/// What the user asked for. Sizes are checked; the mask and the names of symbols are not.
struct Arguments {
  bool help = false, version = false;
  std::string mask;
  int64_t queries = 0, keys = 0, batch = 0, head = 0;
  int64_t tileRows = 64, tileColumns = 64;
  View view = View::Tile;
  /// Name or number of a symbol, and its value.
  std::vector<std::pair<std::string, int64_t>> symbols;
};

/// Reads the command line. Returns the complaint about the first argument that is wrong, or nothing.
std::string readArguments(int argc, const char *const *argv, Arguments &arguments);

/// The text of --help.
extern const char *const kHelp;

} // namespace attn::tool

#endif // ATTN_TOOLS_ATTN_MASK_ARGUMENTS_H
