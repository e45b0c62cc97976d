// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the header of a safetensors file: names, element types, shapes and
// where the bytes lie. The file is not trusted; after parse() every entry lies
// inside the file, has as many bytes as its shape says, and overlaps no other.
#ifndef ATTN_IMPORT_SAFETENSORS_H
#define ATTN_IMPORT_SAFETENSORS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace attn {

/// One tensor of the file.
struct SafetensorsEntry {
  std::string name;
  /// As the file spells it: "F32", "BF16", "I64", ...
  std::string dtype;
  llvm::SmallVector<int64_t, 4> shape;
  /// Row-major, little-endian; aligned to nothing.
  llvm::StringRef bytes;
};

/// The tensors of one file. Refers to the bytes that it was parsed from.
class Safetensors {
public:
  /// Longest header that is read, as in the format's own library.
  static constexpr uint64_t kMaxHeaderBytes = 100000000;

  /// Parses a whole file. `path` begins the message of an error.
  static llvm::Expected<Safetensors> parse(llvm::StringRef file, llvm::StringRef path);

  /// The tensor of that name, or null.
  const SafetensorsEntry *find(llvm::StringRef name) const;

  /// In the order of their bytes.
  const std::vector<SafetensorsEntry> &getEntries() const { return entries; }

private:
  std::vector<SafetensorsEntry> entries;
  llvm::StringMap<size_t> indices;
};

} // namespace attn

#endif // ATTN_IMPORT_SAFETENSORS_H
