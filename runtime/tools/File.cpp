// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// File input and output of the tools.
#include "File.h"

#include "ToolError.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

namespace attn::tool {

[[noreturn]] static void systemError(const std::string &what, const std::string &path, int code) {
  throw ToolError(ExitSystem, "expects to " + what + " '" + path + "', but got " + std::strerror(code));
}

InputFile::InputFile(const std::string &path) : Path(path) {
  Fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (Fd < 0)
    systemError("open", path, errno);
  struct stat info;
  int code = fstat(Fd, &info) == 0 ? 0 : errno;
  if (!code && S_ISREG(info.st_mode)) {
    Size = uint64_t(info.st_size);
    return;
  }
  close(Fd);
  if (code)
    systemError("read", path, code);
  throw ToolError(ExitSystem, "expects '" + path +
                                  "' to be a regular file, but got another "
                                  "kind");
}

InputFile::~InputFile() { close(Fd); }

size_t InputFile::read(uint64_t offset, void *to, size_t size) const {
  size_t used = 0;
  while (used < size) {
    ssize_t got = pread(Fd, static_cast<char *>(to) + used, size - used, off_t(offset + used));
    if (got == 0)
      break;
    if (got > 0)
      used += size_t(got);
    else if (errno != EINTR)
      systemError("read", Path, errno);
  }
  return used;
}

std::string InputFile::readString(uint64_t offset, size_t size) const {
  std::string bytes(size, '\0');
  bytes.resize(read(offset, bytes.data(), size));
  return bytes;
}

std::string readFile(const std::string &path) {
  InputFile file(path);
  return file.readString(0, size_t(file.size()));
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

// What whoever started us wants to be ignored (nohup) stays so.
static void handleEndingSignals() {
  struct sigaction action = {}, previous;
  action.sa_handler = removeTemporaryAndDie;
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&action.sa_mask, signal);
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    if (sigaction(signal, nullptr, &previous) == 0 && previous.sa_handler == SIG_DFL)
      sigaction(signal, &action, nullptr);
}

static void writeAll(int fd, std::string_view bytes, const std::string &path) {
  while (!bytes.empty()) {
    ssize_t wrote = write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      systemError("write", path, errno);
    bytes.remove_prefix(size_t(wrote));
  }
}

namespace {
/// Removes the temporary unless the rename has happened.
class Temporary {
public:
  explicit Temporary(const std::string &path) {
    handleEndingSignals();
    std::random_device random;
    // The file that a process of the same number left has its own name.
    for (int attempt = 0; attempt < 16 && Fd < 0; ++attempt) {
      std::string name = path + ".tmp" + std::to_string(random()) + "-" + std::to_string(getpid());
      if (name.size() >= sizeof TemporaryName)
        systemError("write", path, ENAMETOOLONG);
      std::memcpy(TemporaryName, name.c_str(), name.size() + 1);
      // Noted before it exists: a signal between the two would leave it.
      HasTemporary = 1;
      Fd = open(TemporaryName, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      int code = errno;
      if (Fd < 0)
        HasTemporary = 0;
      if (Fd < 0 && code != EEXIST)
        systemError("write", path, code);
    }
    if (Fd < 0)
      systemError("write", path, EEXIST);
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

  int fd() const { return Fd; }

  void renameTo(const std::string &path) {
    int fd = Fd;
    Fd = -1;
    if (close(fd) != 0)
      systemError("write", path, errno);
    if (rename(TemporaryName, path.c_str()) != 0)
      systemError("write", path, errno);
    HasTemporary = 0;
  }

private:
  int Fd = -1;
};
} // namespace

/// A device or a pipe is written to; a file in its place would be the end of
/// /dev/null.
static bool writeInPlace(const std::string &path, std::string_view head, std::string_view body) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode))
    return false;
  int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    systemError("write", path, errno);
  try {
    writeAll(fd, head, path);
    writeAll(fd, body, path);
  } catch (...) {
    close(fd);
    throw;
  }
  close(fd);
  return true;
}

void writeFile(const std::string &path, std::string_view head, std::string_view body) {
  if (writeInPlace(path, head, body))
    return;
  Temporary temporary(path);
  writeAll(temporary.fd(), head, path);
  writeAll(temporary.fd(), body, path);
  temporary.renameTo(path);
}

} // namespace attn::tool
