// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Supervisor.h"
#include "attn/Target/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <cerrno>
#include <csignal>
#include <cstring>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace attn::compile {

/// The journal: the phase in the first bytes, then the module's text.
static constexpr size_t kPhaseBytes = 64;

static void writeAt(int file, llvm::StringRef bytes, off_t offset) {
  // What cannot be noted is missing from a reproducer; the compilation goes on.
  while (!bytes.empty()) {
    ssize_t written = pwrite(file, bytes.data(), bytes.size(), offset);
    if (written <= 0)
      return;
    bytes = bytes.drop_front(written);
    offset += written;
  }
}

void Journal::setPhase(llvm::StringRef phase) {
  char bytes[kPhaseBytes] = {};
  std::memcpy(bytes, phase.data(), std::min(phase.size(), sizeof bytes - 1));
  writeAt(file, llvm::StringRef(bytes, sizeof bytes), 0);
}

void Journal::setModule(llvm::StringRef text) { writeAt(file, text, kPhaseBytes); }

static std::string readJournal(int file) {
  std::string text;
  char buffer[65536];
  for (ssize_t count; (count = pread(file, buffer, sizeof buffer, text.size())) > 0;)
    text.append(buffer, count);
  text.resize(std::max(text.size(), kPhaseBytes));
  return text;
}

//===----------------------------------------------------------------------===//
// Signals
//===----------------------------------------------------------------------===//

static volatile sig_atomic_t supervisedChild = 0;
static pthread_t childThread;

static void forwardSignal(int signal) {
  if (supervisedChild > 0)
    kill(supervisedChild, signal);
}

/// The child's end: its temporaries go first. A terminal sends a signal to both
/// processes and the parent forwards its own, so that a second one comes in the
/// middle of this: it has to wait, for which all signals go to one thread.
static void endChild(int signal) {
  if (!pthread_equal(pthread_self(), childThread)) {
    pthread_kill(childThread, signal);
    return;
  }
  llvm::sys::RunInterruptHandlers();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

namespace {
/// What ends a compilation from outside, less what whoever started us wants to
/// be ignored (nohup, a job in the background of a script).
class EndingSignals {
public:
  EndingSignals() {
    sigemptyset(&set);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
      struct sigaction action;
      sigaction(signal, nullptr, &action);
      if (action.sa_handler != SIG_IGN)
        sigaddset(&set, signal);
      else
        ignored.push_back(signal);
    }
  }
  bool contains(int signal) const { return sigismember(&set, signal) == 1; }
  void block() const { sigprocmask(SIG_BLOCK, &set, nullptr); }
  void unblock() const { sigprocmask(SIG_UNBLOCK, &set, nullptr); }
  void handle(void (*handler)(int)) const {
    struct sigaction action = {};
    action.sa_handler = handler;
    // One at a time.
    action.sa_mask = set;
    for (int signal : {SIGINT, SIGTERM, SIGHUP})
      if (contains(signal))
        sigaction(signal, &action, nullptr);
    // LLVM knows no ignored signals.
    for (int signal : ignored)
      std::signal(signal, SIG_IGN);
  }

private:
  sigset_t set;
  llvm::SmallVector<int, 3> ignored;
};
} // namespace

//===----------------------------------------------------------------------===//
// The parent
//===----------------------------------------------------------------------===//

static void reportBug(const Options &options, llvm::StringRef commandLine, llvm::StringRef journal,
                      llvm::StringRef what) {
  llvm::StringRef phase = journal.take_front(kPhaseBytes).split('\0').first;
  llvm::SmallString<128> path(options.reproducer);
  if (path.empty()) {
    llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
    llvm::sys::path::append(path, "attn-compile-" + llvm::Twine(getpid()) + ".mlir");
  }
  std::string text =
      ("// " + commandLine + "\n// " + phase + ": " + what + "\n" + journal.drop_front(kPhaseBytes)).str();
  std::string where = ("a reproducer is in '" + path + "'").str();
  if (llvm::Error error = writeTextFile(path, text))
    where = "a reproducer could not be written: " + llvm::toString(std::move(error));
  llvm::errs() << "attn-compile: this is a bug: " << phase << ": " << what << "; " << where << "\n";
}

static int waitForChild(const Options &options, llvm::StringRef commandLine, const EndingSignals &ending, int child,
                        int journal) {
  // Until it is waited for the child's number is nobody else's; a signal must
  // not be forwarded afterwards.
  siginfo_t information;
  while (waitid(P_PID, child, &information, WEXITED | WNOWAIT) < 0)
    if (errno != EINTR)
      return kSystem;
  supervisedChild = 0;
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return kSystem;
  ending.handle(SIG_DFL);
  if (WIFEXITED(status) && WEXITSTATUS(status) != kBug)
    return WEXITSTATUS(status);
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  // Someone ended us, or nobody reads on; say so to our own parent by ending in the same way.
  if (signal && (ending.contains(signal) || signal == SIGPIPE)) {
    std::signal(signal, SIG_DFL);
    raise(signal);
  }
  std::string text = readJournal(journal);
  if (signal && llvm::StringRef(text).starts_with(kReadingPhase)) {
    llvm::errs() << "attn-compile: expects INPUT to be readable MLIR, but got '" << strsignal(signal)
                 << "' from its reader\n";
    return kRefused;
  }
  reportBug(options, commandLine, text, signal ? strsignal(signal) : "see above");
  return kBug;
}

int endOutput(int code) {
  llvm::Error error = flushStandardOutput(llvm::outs());
  if (!error)
    return code;
  llvm::errs() << "attn-compile: " << llvm::toString(std::move(error)) << "\n";
  return code == kDone ? kSystem : code;
}

int supervise(const Options &options, llvm::StringRef commandLine, llvm::function_ref<int(Journal &)> compile) {
  int file = memfd_create("attn-compile", MFD_CLOEXEC);
  if (file < 0) {
    llvm::errs() << "attn-compile: expects a memory file, but got '" << llvm::sys::StrError() << "'\n";
    return kSystem;
  }
  // Between the fork and the note of it a signal would reach nobody.
  EndingSignals ending;
  ending.block();
  int parent = getpid(), child = fork();
  if (child < 0) {
    llvm::errs() << "attn-compile: expects a process, but got '" << llvm::sys::StrError() << "'\n";
    return kSystem;
  }
  if (child > 0) {
    supervisedChild = child;
    ending.handle(forwardSignal);
    ending.unblock();
    return waitForChild(options, commandLine, ending, child, file);
  }
  // LLVM's own handlers first: they come with the first file to be removed, and
  // would replace ours.
  childThread = pthread_self();
  llvm::sys::SetInterruptFunction(nullptr);
  ending.handle(endChild);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent)
    raise(SIGTERM);
  ending.unblock();
  Journal journal(file);
  int code = endOutput(compile(journal));
  // Everything of value is written; taking apart a large module and its context
  // only costs time.
  _exit(code);
}

} // namespace attn::compile
