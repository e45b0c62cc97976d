// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of attn-compile. One table of options in the order of the
// help, so that what is listed is what works.
#ifndef ATTN_TOOLS_ATTN_COMPILE_OPTIONS_H
#define ATTN_TOOLS_ATTN_COMPILE_OPTIONS_H

#include "attn/Pipelines/Pipelines.h"
#include "attn/Target/ModuleWriter.h"
#include "llvm/ADT/StringMap.h"
#include <string>

namespace attn::compile {

/// What attn-compile returns.
enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2, kBug = 3, kSystem = 4 };

struct Options {
  std::string input;
  /// Empty: from the input and the kind.
  std::string output;
  EmitKind emit = EmitKind::Module;
  std::optional<Phase> from, to;
  std::string target = "portable";
  Strategy strategy = Strategy::Fast;
  std::string modelDirectory;
  std::string saveTemps;
  std::string reproducer;
  /// Sizes and symbols of masks, for the counts of --explain and --report.
  llvm::StringMap<int64_t> at;
  /// A file for the report, or empty.
  std::string report;
  bool explain = false, verbose = false, printPipeline = false;
  bool help = false, version = false, listTargets = false;
  uint64_t maxInputBytes = uint64_t(64) << 20;
  uint64_t maxNesting = 256;
};

/// Reads the arguments behind the program's name. Returns what is wrong with
/// them, or the empty string.
std::string parseOptions(llvm::ArrayRef<const char *> arguments, Options &options);

std::string getHelp();
std::string getVersion();

} // namespace attn::compile

#endif // ATTN_TOOLS_ATTN_COMPILE_OPTIONS_H
