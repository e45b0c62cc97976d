// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// POSIX files without surprises: every call's failure is reported with the
// system's own words.
#include "files.h"

#include "failure.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace attn::search {
namespace {

[[noreturn]] void failSystem(const std::string &what, const std::string &path) {
  std::string reason = std::strerror(errno);
  throw Failure(Exit::System, "cannot " + what + " '" + path + "': " + reason);
}

/// A descriptor that closes itself.
struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  Descriptor(const Descriptor &) = delete;
  ~Descriptor() {
    if (number > STDIN_FILENO)
      ::close(number);
  }
  int number;
};

/// Keeps the signals that ask a program to end away while a temporary file
/// exists; they take effect right after.
class HeldSignals {
public:
  HeldSignals() {
    sigset_t held;
    sigemptyset(&held);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &before);
  }
  HeldSignals(const HeldSignals &) = delete;
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }

private:
  sigset_t before;
};

bool writeAll(int descriptor, std::string_view contents) {
  while (!contents.empty()) {
    ssize_t written = ::write(descriptor, contents.data(), contents.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    contents.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

/// mkstemp makes files that only their owner reads; an index is no secret.
bool makeReadable(int descriptor) {
  mode_t mask = ::umask(0);
  ::umask(mask);
  return ::fchmod(descriptor, 0666 & ~mask) == 0;
}

} // namespace

std::string readFile(const std::string &path, size_t limit) {
  bool isInput = path == "-";
  Descriptor file(isInput ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0)
    failSystem("open", path);
  std::string contents;
  char block[1 << 16];
  while (true) {
    ssize_t got = ::read(file.number, block, sizeof block);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      failSystem("read", isInput ? "standard input" : path);
    if (got == 0)
      return contents;
    if (contents.size() + static_cast<size_t>(got) > limit)
      throw Failure(Exit::Refused,
                    "expects '" + path + "' to have at most " + std::to_string(limit) + " bytes, but got more");
    contents.append(block, static_cast<size_t>(got));
  }
}

void replaceFile(const std::string &path, std::string_view contents) {
  HeldSignals held;
  std::string temporary = path + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.number < 0)
    failSystem("create a file beside", path);
  if (writeAll(file.number, contents) && makeReadable(file.number) && ::fsync(file.number) == 0 &&
      ::rename(temporary.c_str(), path.c_str()) == 0)
    return;
  int reason = errno;
  ::unlink(temporary.c_str());
  errno = reason;
  failSystem("write", path);
}

} // namespace attn::search
