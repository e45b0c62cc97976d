// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files are opened first and judged afterwards, by their descriptor: what was
// checked is then what is read, whatever happens to the name in between.
#include "attn/Import/ModelDirectory.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace attn;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

static Error refuse(StringRef file, const Twine &sentence) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), file + ": " + sentence);
}

/// Absolute, "." and ".." paths and empty components have no business in a
/// model.
static bool isPlainRelativePath(StringRef name) {
  llvm::SmallVector<StringRef> components;
  name.split(components, '/');
  return llvm::all_of(components, [](StringRef component) {
    return !component.empty() && component != "." && component != ".." && !component.contains('\0');
  });
}

static const char *describeFileType(mode_t mode) {
  if (S_ISDIR(mode))
    return "a directory";
  if (S_ISFIFO(mode))
    return "a pipe";
  if (S_ISSOCK(mode))
    return "a socket";
  return "a device";
}

StringRef MappedFile::getBytes() const { return region ? StringRef(region.const_data(), region.size()) : StringRef(); }

Expected<ModelDirectory> ModelDirectory::open(StringRef path) {
  llvm::SmallString<256> realPath;
  if (std::error_code error = fs::real_path(path, realPath))
    return refuse(path, "expects the model directory to be readable, but got " + Twine(error.message()));
  if (!fs::is_directory(realPath))
    return refuse(path, "expects the model to be a directory, but got a file");
  return ModelDirectory(path.str(), realPath.str().str());
}

bool ModelDirectory::contains(StringRef name) const { return fs::exists(path + "/" + name); }

/// The file must lie below the directory; or in the `blobs` of a hub cache,
/// whose `snapshots/REVISION` directories hold only links to them.
Error ModelDirectory::checkInside(int descriptor, const std::string &file) const {
  char target[4096];
  std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  ssize_t size = ::readlink(link.c_str(), target, sizeof(target));
  if (size < 0)
    return refuse(file, "expects the file to be readable, but got " + Twine(llvm::sys::StrError(errno)));
  StringRef real(target, size);
  if (real.starts_with(realPath + "/"))
    return Error::success();
  StringRef snapshots = path::parent_path(realPath);
  std::string blobs = (path::parent_path(snapshots) + "/blobs").str();
  if (path::filename(snapshots) == "snapshots" && path::parent_path(real) == blobs)
    return Error::success();
  return refuse(file, "expects the file to lie inside the model directory, but "
                      "got a link to " +
                          real);
}

Expected<MappedFile> ModelDirectory::map(StringRef name, uint64_t maxBytes) const {
  std::string file = (path + "/" + name).str();
  if (!isPlainRelativePath(name))
    return refuse(path, "expects file names to stay below the model directory, "
                        "but got '" +
                            name + "'");
  // Without O_NONBLOCK, opening a pipe would wait for a writer for ever.
  std::string real = realPath + "/" + name.str();
  int descriptor = ::open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return refuse(file, "expects the file to be readable, but got " + Twine(llvm::sys::StrError(errno)));
  llvm::scope_exit close([&] { ::close(descriptor); });
  struct stat status;
  if (::fstat(descriptor, &status) != 0)
    return refuse(file, "expects the file to be readable, but got " + Twine(llvm::sys::StrError(errno)));
  if (!S_ISREG(status.st_mode))
    return refuse(file, "expects a regular file, but got " + Twine(describeFileType(status.st_mode)));
  if (Error error = checkInside(descriptor, file))
    return std::move(error);
  uint64_t size = status.st_size;
  if (size > maxBytes)
    return refuse(file, "expects the file to have at most " + Twine(maxBytes) + " bytes, but got " + Twine(size));
  if (size == 0)
    return MappedFile(std::move(file), fs::mapped_file_region());
  std::error_code error;
  fs::mapped_file_region region(fs::convertFDToNativeFile(descriptor), fs::mapped_file_region::readonly, size,
                                /*offset=*/0, error);
  if (error)
    return refuse(file, "expects the file to be readable, but got " + Twine(error.message()));
  return MappedFile(std::move(file), std::move(region));
}
