// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Target/OutputFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace fs = llvm::sys::fs;

namespace attn {

llvm::Error makeWriteError(llvm::StringRef path, std::error_code code) {
  return llvm::createStringError(code, "expects '" + path + "' to be writable, but got '" + code.message() + "'");
}

/// Writes the rest; says what went wrong on the way to `path`.
static llvm::Error finish(llvm::raw_fd_ostream &stream, llvm::StringRef path) {
  stream.flush();
  std::error_code code = stream.error();
  stream.clear_error();
  return code ? makeWriteError(path, code) : llvm::Error::success();
}

/// Makes a file of a new name and returns its descriptor. The name is
/// registered before the file exists: a signal between the two then finds
/// nothing to remove, where in the other order it would leave the file.
static std::error_code createRegistered(llvm::StringRef model, llvm::SmallVectorImpl<char> &name, int &descriptor) {
  // Names are random; a second attempt is as good as never needed.
  std::error_code code;
  for (int attempt = 0; attempt < 16; ++attempt) {
    fs::createUniquePath(model, name, /*MakeAbsolute=*/false);
    llvm::StringRef path(name.data(), name.size());
    llvm::sys::RemoveFileOnSignal(path);
    code = fs::openFileForWrite(path, descriptor, fs::CD_CreateNew);
    if (!code)
      return code;
    llvm::sys::DontRemoveFileOnSignal(path);
    if (code != std::errc::file_exists)
      return code;
  }
  return code;
}

llvm::Expected<OutputFile> OutputFile::create(llvm::StringRef path) {
  fs::file_status status;
  bool exists = !fs::status(path, status);
  bool inPlace = path == "-" || (exists && status.type() != fs::file_type::regular_file);
  if (path != "-" && exists && status.type() == fs::file_type::directory_file)
    return makeWriteError(path, std::make_error_code(std::errc::is_a_directory));
  llvm::SmallString<128> model(path), name;
  if (inPlace) {
    llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, model);
    llvm::sys::path::append(model, "attn");
  }
  // A percent sign of the destination would become random, too.
  std::replace(model.begin(), model.end(), '%', '_');
  model += ".%%%%%%%%%%%%.tmp";
  int descriptor = -1;
  if (std::error_code code = createRegistered(model, name, descriptor))
    return makeWriteError(path, code);
  return OutputFile(path.str(), inPlace, name.str().str(), descriptor);
}

OutputFile::OutputFile(OutputFile &&other)
    : path(std::move(other.path)), inPlace(other.inPlace), temporary(std::exchange(other.temporary, std::string())),
      descriptor(std::exchange(other.descriptor, -1)) {}

OutputFile::~OutputFile() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (temporary.empty())
    return;
  fs::remove(temporary);
  llvm::sys::DontRemoveFileOnSignal(temporary);
}

llvm::Error OutputFile::write(llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write) {
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/false);
  llvm::Error error = write(stream), atEnd = finish(stream, path);
  if (!error)
    return atEnd;
  // What failed first says why.
  llvm::consumeError(std::move(atEnd));
  return error;
}

llvm::Error OutputFile::copyTo(llvm::raw_fd_ostream &stream) {
  auto contents = llvm::MemoryBuffer::getFile(getTemporaryPath(), /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!contents)
    return makeWriteError(path, contents.getError());
  stream << (*contents)->getBuffer();
  return finish(stream, path);
}

llvm::Error OutputFile::commit() {
  if (path == "-") {
    // The descriptor and not /dev/stdout: that is a file of its own, which begins at its beginning, and no socket.
    llvm::raw_fd_ostream stream(STDOUT_FILENO, /*shouldClose=*/false);
    return copyTo(stream);
  }
  if (inPlace) {
    std::error_code code;
    llvm::raw_fd_ostream stream(path, code, fs::CD_OpenExisting);
    return code ? makeWriteError(path, code) : copyTo(stream);
  }
  // What a remote file system could not store it may say only now.
  if (::close(std::exchange(descriptor, -1)) != 0)
    return makeWriteError(path, std::error_code(errno, std::generic_category()));
  if (std::error_code code = fs::rename(temporary, path))
    return makeWriteError(path, code);
  llvm::sys::DontRemoveFileOnSignal(std::exchange(temporary, std::string()));
  return llvm::Error::success();
}

void reserveStandardStreams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0)
      // The lowest free number is this one. What it is opened for is not what anybody does with it.
      (void)::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

llvm::Error flushStandardOutput(llvm::raw_fd_ostream &stream) { return finish(stream, "-"); }

llvm::Error writeTextFile(llvm::StringRef path, llvm::StringRef text) {
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write([&](llvm::raw_pwrite_stream &stream) {
        stream << text;
        return llvm::Error::success();
      }))
    return error;
  return file->commit();
}

} // namespace attn
