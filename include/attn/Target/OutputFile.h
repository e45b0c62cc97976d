// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that appear whole or not at all: everything is written to a temporary
// beside its destination and renamed at the end. Temporaries go away with their
// object, and also when a signal ends the process.
#ifndef ATTN_TARGET_OUTPUTFILE_H
#define ATTN_TARGET_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace attn {

class OutputFile {
public:
  /// Makes a temporary for `path`. `-` is stdout, and what exists and is no
  /// regular file (a device, a pipe) is written to and never replaced; for
  /// these the temporary lies in the system's directory.
  static llvm::Expected<OutputFile> create(llvm::StringRef path);

  OutputFile(OutputFile &&other);
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  llvm::StringRef getTemporaryPath() const { return temporary; }

  /// Calls `write` with a stream to the temporary, and fails when the stream
  /// did.
  llvm::Error write(llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write);

  /// Makes the temporary the destination.
  llvm::Error commit();

private:
  OutputFile(std::string path, bool inPlace, std::string temporary, int descriptor)
      : path(std::move(path)), inPlace(inPlace), temporary(std::move(temporary)), descriptor(descriptor) {}
  llvm::Error copyTo(llvm::raw_fd_ostream &stream);

  std::string path;
  /// The destination is not replaced but written to.
  bool inPlace;
  /// Its path, empty when it is no more.
  std::string temporary;
  int descriptor;
};

/// The error of a file that the operating system would not let us write; its
/// code is the system's.
llvm::Error makeWriteError(llvm::StringRef path, std::error_code code);

/// Writes a whole text through an OutputFile.
llvm::Error writeTextFile(llvm::StringRef path, llvm::StringRef text);

/// To be called before any file is opened: the next one would take the place of a standard stream that is closed, and
/// get what is meant for it. Reading and writing fails there afterwards, as before.
void reserveStandardStreams();

/// Writes what `stream`, to stdout, still holds; to be asked before a program ends, where LLVM would abort.
llvm::Error flushStandardOutput(llvm::raw_fd_ostream &stream);

} // namespace attn

#endif // ATTN_TARGET_OUTPUTFILE_H
