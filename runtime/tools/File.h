// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole files in, whole files out: an output appears under its name only when
// it is complete.
#ifndef ATTN_RT_TOOLS_FILE_H
#define ATTN_RT_TOOLS_FILE_H

#include <cstdint>
#include <string>
#include <string_view>

namespace attn::tool {

/// A regular file that is read in parts, so that its header can say whether the
/// rest is worth reading.  Everything throws ToolError.
class InputFile {
public:
  explicit InputFile(const std::string &path);
  InputFile(const InputFile &) = delete;
  InputFile &operator=(const InputFile &) = delete;
  ~InputFile();

  uint64_t size() const { return Size; }
  /// How many bytes there were, up to `size`.
  size_t read(uint64_t offset, void *to, size_t size) const;
  std::string readString(uint64_t offset, size_t size) const;

private:
  std::string Path;
  int Fd = -1;
  uint64_t Size = 0;
};

/// The bytes of a regular file; throws ToolError.
std::string readFile(const std::string &path);

/// Writes a temporary beside `path` and renames it over `path`.  On failure,
/// and when a signal ends the program, the temporary is removed.  What exists
/// and is no regular file (a device, a pipe) is written to instead.
void writeFile(const std::string &path, std::string_view head, std::string_view body = {});

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_FILE_H
