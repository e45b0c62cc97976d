// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of attn-mask.
#ifndef ATTN_TOOLS_ATTN_MASK_ARGUMENTS_H
#define ATTN_TOOLS_ATTN_MASK_ARGUMENTS_H

#include "attn/Report/MaskFacts.h"
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace attn::tool {

/// Positions and sizes are far below what masks can compute with, and areas fit in 64 bits.
inline constexpr int64_t kMaxSize = int64_t(1) << 30;

enum class Format { Ascii, Svg, Json };

/// What the user asked for. Sizes are checked; the mask and the names of symbols are not.
struct Arguments {
  bool help = false, version = false;
  std::string mask;
  /// Zero: not given.
  int64_t queries = 0, keys = 0;
  int64_t batch = 0, head = 0;
  /// The register tile of the widest CPUs.
  MaskTiling tile{{14, 32}, {}};
  std::vector<MaskTiling> sweep;
  /// A sweep over what is usual for the mask.
  bool hasUsualSweep = false;
  MaskView view = MaskView::Tile;
  Format format = Format::Ascii;
  /// Empty or `-` is stdout.
  std::string output;
  /// The grid on which the keys lie, outermost axis first, and a position on it.
  llvm::SmallVector<int64_t> grid, query;
  std::optional<int64_t> slice;
  /// Name or number of a symbol, and its value.
  std::vector<std::pair<std::string, int64_t>> symbols;
};

/// Reads the command line. Returns the complaint about the first argument that is wrong, or nothing.
std::string readArguments(int argc, const char *const *argv, Arguments &arguments);

/// The text of --help.
extern const char *const kHelp;

} // namespace attn::tool

#endif // ATTN_TOOLS_ATTN_MASK_ARGUMENTS_H
