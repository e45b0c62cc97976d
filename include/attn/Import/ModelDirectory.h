// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The only way in which importers reach files: a model directory, whose files
// are named relative to it, must be regular files and must lie inside it.
// Nothing here knows what the files hold.
#ifndef ATTN_IMPORT_MODELDIRECTORY_H
#define ATTN_IMPORT_MODELDIRECTORY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include <string>

namespace attn {

/// A file mapped for reading. Bytes stay valid for the life of the object.
class MappedFile {
public:
  MappedFile(std::string path, llvm::sys::fs::mapped_file_region region)
      : path(std::move(path)), region(std::move(region)) {}

  /// As the user would write it; what messages begin with.
  llvm::StringRef getPath() const { return path; }
  llvm::StringRef getBytes() const;

private:
  std::string path;
  /// Not mapped for an empty file.
  llvm::sys::fs::mapped_file_region region;
};

/// A directory with a model in it. Its content is not trusted: a name read from
/// one of its files must not lead out of it, and neither must a link.
class ModelDirectory {
public:
  static llvm::Expected<ModelDirectory> open(llvm::StringRef path);

  /// Whether there is anything of this name.
  bool contains(llvm::StringRef name) const;

  /// Maps the regular file `name`, a path of plain components below the
  /// directory, of at most `maxBytes` bytes.
  llvm::Expected<MappedFile> map(llvm::StringRef name, uint64_t maxBytes) const;

  /// The directory as the user wrote it.
  llvm::StringRef getPath() const { return path; }

private:
  ModelDirectory(std::string path, std::string realPath) : path(std::move(path)), realPath(std::move(realPath)) {}
  llvm::Error checkInside(int descriptor, const std::string &file) const;

  std::string path, realPath;
};

} // namespace attn

#endif // ATTN_IMPORT_MODELDIRECTORY_H
