// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Linker.h"
#include "attn/Target/OutputFile.h"
#include "lld/Common/Driver.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>

LLD_HAS_DRIVER(elf)

namespace attn {

/// The options of a module. Undefined symbols are errors, so that a module
/// imports nothing; addresses are relocated before anything runs and read-only
/// afterwards; code shares no page with data; and nothing depends on the time,
/// the path or the machine of the build.
static const char *const kSharedOptions[] = {"-shared",
                                             "-s",
                                             "-z",
                                             "defs",
                                             "-z",
                                             "noexecstack",
                                             "-z",
                                             "relro",
                                             "-z",
                                             "now",
                                             "-z",
                                             "separate-code",
                                             "--hash-style=gnu",
                                             "--build-id=none"};

//===----------------------------------------------------------------------===//
// Signals
//===----------------------------------------------------------------------===//

namespace {
/// Lets what would end the process wait for as long as this lives. The linker
/// makes a file of its own beside the output and registers it for removal only
/// afterwards; a signal between the two would leave it. To let it write in
/// place and from memory instead takes a second copy of the weights, and ends
/// the process where a disk is full.
class DeferredSignals {
public:
  DeferredSignals() {
    pending = 0;
    struct sigaction wait = {};
    wait.sa_handler = [](int signal) { pending = signal; };
    wait.sa_flags = SA_RESTART;
    for (size_t i = 0; i < std::size(kSignals); ++i) {
      sigaction(kSignals[i], nullptr, &previous[i]);
      if (previous[i].sa_handler != SIG_IGN)
        sigaction(kSignals[i], &wait, nullptr);
    }
  }
  DeferredSignals(const DeferredSignals &) = delete;
  DeferredSignals &operator=(const DeferredSignals &) = delete;
  ~DeferredSignals() {
    for (size_t i = 0; i < std::size(kSignals); ++i)
      sigaction(kSignals[i], &previous[i], nullptr);
    if (pending)
      raise(pending);
  }

private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  static volatile sig_atomic_t pending;
  struct sigaction previous[std::size(kSignals)];
};
volatile sig_atomic_t DeferredSignals::pending = 0;
} // namespace

llvm::Error link(LinkKind kind, llvm::ArrayRef<std::string> inputs, llvm::StringRef output) {
  std::string target = output.str();
  std::vector<const char *> arguments = {"ld.lld", "--threads=1", "--error-limit=1", "-o", target.c_str()};
  if (kind == LinkKind::SharedObject)
    arguments.insert(arguments.end(), std::begin(kSharedOptions), std::end(kSharedOptions));
  else
    arguments.push_back("-r");
  for (const std::string &input : inputs)
    arguments.push_back(input.c_str());
  std::string errors;
  llvm::raw_string_ostream stream(errors);
  lld::Result result;
  {
    DeferredSignals deferred;
    result = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  }
  if (result.retCode == 0)
    return llvm::Error::success();
  llvm::StringRef first = llvm::StringRef(errors).split('\n').first;
  first.consume_front("ld.lld: error: ");
  // The code of an operation that a target has no instructions for, such as
  // a division of i128, calls a library that a module does not have.
  if (first.consume_front("undefined symbol: "))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "expects operations that need no library, but got one that calls '" + first + "'");
  // What the linker says about the file it writes is the operating system's
  // refusal, not the code's fault.
  if (first.contains(output))
    return llvm::createStringError(std::make_error_code(std::errc::io_error),
                                   "expects the module to be writable, but got '" + first.rsplit(": ").second + "'");
  return llvm::createStringError(std::make_error_code(std::errc::state_not_recoverable),
                                 "expects generated code to link, but got '" + first + "'");
}

} // namespace attn
