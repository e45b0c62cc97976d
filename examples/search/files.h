// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole files in and out. Reading is bounded; writing replaces a file in one
// step or not at all.
#ifndef ATTN_EXAMPLES_SEARCH_FILES_H
#define ATTN_EXAMPLES_SEARCH_FILES_H

#include <cstddef>
#include <string>
#include <string_view>

namespace attn::search {

/// The contents of a file, "-" being standard input. Throws a Failure where the
/// system refuses, and where there are more than `limit` bytes.
std::string readFile(const std::string &path, size_t limit);

/// Writes beside `path` and renames, so that `path` is the old file or the new
/// one, never a part: not on a full disk, nor when interrupted.
void replaceFile(const std::string &path, std::string_view contents);

} // namespace attn::search

#endif
