// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// File input and output of the tools.
#include "File.h"

#include "ToolError.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace attn::tool {

[[noreturn]] static void systemError(const std::string &what,
                                     const std::string &path, int code) {
  throw ToolError(ExitSystem, "expects to " + what + " '" + path +
                                  "', but got " + std::strerror(code));
}

std::string readFile(const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    systemError("open", path, errno);
  struct stat info;
  std::string bytes;
  int code = fstat(fd, &info) == 0 ? 0 : errno;
  if (!code && !S_ISREG(info.st_mode))
    code = EINVAL;
  if (!code)
    bytes.resize(size_t(info.st_size));
  size_t used = 0;
  while (!code && used < bytes.size()) {
    ssize_t got = read(fd, bytes.data() + used, bytes.size() - used);
    if (got > 0)
      used += size_t(got);
    else if (got == 0)
      break;
    else if (errno != EINTR)
      code = errno;
  }
  close(fd);
  if (code)
    systemError("read the regular file", path, code);
  bytes.resize(used);
  return bytes;
}

// The temporary of the write in progress, for the signal handler: a handler may
// not allocate, so the name lies in a static buffer.  One write at a time.
static char TemporaryName[4096];
static volatile sig_atomic_t HasTemporary = 0;

static void removeTemporaryAndDie(int signal) {
  if (HasTemporary)
    unlink(TemporaryName);
  std::signal(signal, SIG_DFL);
  raise(signal);
}

namespace {
/// Removes the temporary unless the rename has happened.
class Temporary {
public:
  explicit Temporary(const std::string &path) {
    std::string name = path + ".tmp" + std::to_string(getpid());
    if (name.size() >= sizeof TemporaryName)
      systemError("write", path, ENAMETOOLONG);
    std::memcpy(TemporaryName, name.c_str(), name.size() + 1);
    for (int signal : {SIGINT, SIGTERM, SIGHUP})
      std::signal(signal, removeTemporaryAndDie);
    Fd = open(TemporaryName, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (Fd < 0)
      systemError("write", path, errno);
    HasTemporary = 1;
  }
  Temporary(const Temporary &) = delete;
  Temporary &operator=(const Temporary &) = delete;
  ~Temporary() {
    if (Fd >= 0)
      close(Fd);
    if (HasTemporary)
      unlink(TemporaryName);
    HasTemporary = 0;
  }

  void write(std::string_view bytes, const std::string &path) {
    while (!bytes.empty()) {
      ssize_t wrote = ::write(Fd, bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR)
        continue;
      if (wrote < 0)
        systemError("write", path, errno);
      bytes.remove_prefix(size_t(wrote));
    }
  }

  void renameTo(const std::string &path) {
    int fd = Fd;
    Fd = -1;
    if (close(fd) != 0)
      systemError("write", path, errno);
    if (rename(TemporaryName, path.c_str()) != 0)
      systemError("replace", path, errno);
    HasTemporary = 0;
  }

private:
  int Fd = -1;
};
} // namespace

void writeFile(const std::string &path, std::string_view head,
               std::string_view body) {
  Temporary temporary(path);
  temporary.write(head, path);
  temporary.write(body, path);
  temporary.renameTo(path);
}

} // namespace attn::tool
