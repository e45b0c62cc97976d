// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole files in, whole files out: an output appears under its name only when
// it is complete.
#ifndef ATTN_RT_TOOLS_FILE_H
#define ATTN_RT_TOOLS_FILE_H

#include <string>
#include <string_view>

namespace attn::tool {

/// The bytes of a regular file; throws ToolError.
std::string readFile(const std::string &path);

/// Writes a temporary beside `path` and renames it over `path`.  On failure,
/// and when a signal ends the program, the temporary is removed.  What exists
/// and is no regular file (a device, a pipe) is written to instead.
void writeFile(const std::string &path, std::string_view head,
               std::string_view body = {});

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_FILE_H
