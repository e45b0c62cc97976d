// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-compile: the compiler for users. Reads the command line, and has the
// work done in a child process.
#include "Compiler.h"
#include "Options.h"
#include "Supervisor.h"
#include "attn/Target/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstdlib>
#include <optional>

using namespace attn;
using namespace attn::compile;

static void listTargets(llvm::raw_ostream &out) {
  const FeatureSet host = getHostFeatures();
  for (const TargetVariant &variant : getTargetVariants()) {
    out << variant.name << (runsOn(variant, host) ? " runs here," : " does not run here,") << " needs";
#define ATTN_PRINT_FEATURE(bit, NAME, text)                                                                            \
  if (variant.has(bit))                                                                                                \
    out << " " text;
    ATTN_RT_X86_FEATURES(ATTN_PRINT_FEATURE)
#undef ATTN_PRINT_FEATURE
    out << "\n";
  }
}

/// Our own words in place of LLVM's, then the end that a crash has.
static void handleFatalError(void *, const char *reason, bool) {
  llvm::errs() << "attn-compile: expects LLVM to compile generated code, but got '"
               << llvm::StringRef(reason).split('\n').first << "'\n";
  std::abort();
}

static int compileInChild(const Options &options, const llvm::SmallVector<const TargetVariant *> &variants,
                          Journal &journal) {
  llvm::install_fatal_error_handler(handleFatalError);
  // A file that may not grow is an error of write(), not a signal. (After the
  // supervisor had LLVM install its handlers, which has one for this.)
  std::signal(SIGXFSZ, SIG_IGN);
  return Compiler(options, variants, journal).run();
}

/// What is answered without any input; none where there is work to do.
static std::optional<int> answer(const Options &options, const llvm::SmallVector<const TargetVariant *> &variants) {
  if (options.help) {
    llvm::outs() << getHelp();
  } else if (options.version) {
    llvm::outs() << getVersion() << "\n";
  } else if (options.listTargets) {
    listTargets(llvm::outs());
  } else if (options.printPipeline) {
    Journal nowhere(-1);
    Compiler(options, variants, nowhere).printPipeline(llvm::outs());
  } else {
    return std::nullopt;
  }
  return endOutput(kDone);
}

int main(int argc, char **argv) {
  reserveStandardStreams();
  llvm::ArrayRef<const char *> arguments(argv + 1, argv + argc);
  Options options;
  std::string wrong = parseOptions(arguments, options);
  llvm::SmallVector<const TargetVariant *> variants;
  if (wrong.empty())
    wrong = parseTargetList(options.target, getHostFeatures(), variants);
  if (!wrong.empty()) {
    llvm::errs() << "attn-compile: " << wrong << "\n";
    return kUsage;
  }
  if (std::optional<int> code = answer(options, variants))
    return *code;
  std::string commandLine = "attn-compile " + llvm::join(arguments, " ");
  return supervise(options, commandLine, [&](Journal &journal) { return compileInChild(options, variants, journal); });
}
