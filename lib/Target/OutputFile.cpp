// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Target/OutputFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace fs = llvm::sys::fs;

namespace attn {

llvm::Error makeWriteError(llvm::StringRef path, std::error_code code) {
  return llvm::createStringError(code, "expects '" + path +
                                           "' to be writable, but got '" +
                                           code.message() + "'");
}

llvm::Expected<OutputFile> OutputFile::create(llvm::StringRef path) {
  fs::file_status status;
  bool exists = !fs::status(path, status);
  bool inPlace =
      path == "-" || (exists && status.type() != fs::file_type::regular_file);
  if (path != "-" && exists && status.type() == fs::file_type::directory_file)
    return makeWriteError(path,
                          std::make_error_code(std::errc::is_a_directory));
  llvm::SmallString<128> model(path);
  if (inPlace) {
    llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, model);
    llvm::sys::path::append(model, "attn");
  }
  model += ".%%%%%%%%.tmp";
  llvm::Expected<fs::TempFile> temporary = fs::TempFile::create(model);
  if (!temporary)
    return makeWriteError(path, llvm::errorToErrorCode(temporary.takeError()));
  return OutputFile(path.str(), inPlace, std::move(*temporary));
}

OutputFile::~OutputFile() {
  if (temporary)
    llvm::consumeError(temporary->discard());
}

llvm::Error OutputFile::write(
    llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write) {
  llvm::raw_fd_ostream stream(temporary->FD, /*shouldClose=*/false);
  llvm::Error error = write(stream);
  stream.flush();
  std::error_code code = stream.error();
  stream.clear_error();
  if (error)
    return error;
  return code ? makeWriteError(path, code) : llvm::Error::success();
}

llvm::Error OutputFile::copyTo(llvm::StringRef destination) {
  auto contents = llvm::MemoryBuffer::getFile(
      getTemporaryPath(), /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!contents)
    return makeWriteError(path, contents.getError());
  std::error_code code;
  llvm::raw_fd_ostream stream(destination, code, fs::CD_OpenExisting);
  if (code)
    return makeWriteError(path, code);
  stream << (*contents)->getBuffer();
  stream.flush();
  code = stream.error();
  stream.clear_error();
  return code ? makeWriteError(path, code) : llvm::Error::success();
}

llvm::Error OutputFile::commit() {
  fs::TempFile file = std::move(*temporary);
  if (inPlace) {
    temporary.emplace(std::move(file));
    return copyTo(path == "-" ? "/dev/stdout" : path);
  }
  temporary.reset();
  if (llvm::Error error = file.keep(path))
    return makeWriteError(path, llvm::errorToErrorCode(std::move(error)));
  return llvm::Error::success();
}

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
