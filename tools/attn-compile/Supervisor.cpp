// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Supervisor.h"
#include "attn/Target/OutputFile.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <csignal>
#include <cstring>
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

void Journal::setModule(llvm::StringRef text) {
  writeAt(file, text, kPhaseBytes);
}

static std::string readJournal(int file) {
  std::string text;
  char buffer[65536];
  for (ssize_t count;
       (count = pread(file, buffer, sizeof buffer, text.size())) > 0;)
    text.append(buffer, count);
  text.resize(std::max(text.size(), kPhaseBytes));
  return text;
}

//===----------------------------------------------------------------------===//
// Signals
//===----------------------------------------------------------------------===//

static volatile sig_atomic_t supervisedChild = 0;

static void forwardSignal(int signal) {
  if (supervisedChild > 0)
    kill(supervisedChild, signal);
}

/// What ends a compilation from outside. The child removes its temporaries.
static constexpr int kForwarded[] = {SIGINT, SIGTERM, SIGHUP};

//===----------------------------------------------------------------------===//
// The parent
//===----------------------------------------------------------------------===//

static void reportBug(const Options &options, llvm::StringRef commandLine,
                      llvm::StringRef journal, llvm::StringRef what) {
  llvm::StringRef phase = journal.take_front(kPhaseBytes).split('\0').first;
  llvm::SmallString<128> path(options.reproducer);
  if (path.empty()) {
    llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
    llvm::sys::path::append(path,
                            "attn-compile-" + llvm::Twine(getpid()) + ".mlir");
  }
  std::string text = ("// " + commandLine + "\n// " + phase + ": " + what +
                      "\n" + journal.drop_front(kPhaseBytes))
                         .str();
  std::string where = ("a reproducer is in '" + path + "'").str();
  if (llvm::Error error = writeTextFile(path, text))
    where = "a reproducer could not be written: " +
            llvm::toString(std::move(error));
  llvm::errs() << "attn-compile: this is a bug: " << phase << ": " << what
               << "; " << where << "\n";
}

static int waitForChild(const Options &options, llvm::StringRef commandLine,
                        int child, int journal) {
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return kSystem;
  if (WIFEXITED(status) && WEXITSTATUS(status) != kBug)
    return WEXITSTATUS(status);
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (llvm::is_contained(kForwarded, signal)) {
    // Someone ended us; say so to our own parent by ending in the same way.
    std::signal(signal, SIG_DFL);
    raise(signal);
  }
  std::string text = readJournal(journal);
  if (signal && llvm::StringRef(text).starts_with(kReadingPhase)) {
    llvm::errs() << "attn-compile: expects INPUT to be readable MLIR, but got '"
                 << strsignal(signal) << "' from its reader\n";
    return kRefused;
  }
  reportBug(options, commandLine, text,
            signal ? strsignal(signal) : "see above");
  return kBug;
}

int supervise(const Options &options, llvm::StringRef commandLine,
              llvm::function_ref<int(Journal &)> compile) {
  int file = memfd_create("attn-compile", MFD_CLOEXEC);
  if (file < 0) {
    llvm::errs() << "attn-compile: expects a memory file, but got '"
                 << llvm::sys::StrError() << "'\n";
    return kSystem;
  }
  // Between the fork and the note of it a signal would reach nobody.
  sigset_t forwarded;
  sigemptyset(&forwarded);
  for (int signal : kForwarded)
    sigaddset(&forwarded, signal);
  sigprocmask(SIG_BLOCK, &forwarded, nullptr);
  for (int signal : kForwarded)
    std::signal(signal, forwardSignal);
  int child = fork();
  if (child < 0) {
    llvm::errs() << "attn-compile: expects a process, but got '"
                 << llvm::sys::StrError() << "'\n";
    return kSystem;
  }
  if (child > 0) {
    supervisedChild = child;
    sigprocmask(SIG_UNBLOCK, &forwarded, nullptr);
    return waitForChild(options, commandLine, child, file);
  }
  for (int signal : kForwarded)
    std::signal(signal, SIG_DFL);
  sigprocmask(SIG_UNBLOCK, &forwarded, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  Journal journal(file);
  int code = compile(journal);
  llvm::outs().flush();
  // Everything of value is written; taking apart a large module and its context
  // only costs time.
  _exit(code);
}

} // namespace attn::compile
