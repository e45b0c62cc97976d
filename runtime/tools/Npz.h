// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy's .npz: a ZIP of .npy members, stored or deflated, from untrusted
// bytes.  No ZIP64, no encryption, no split archives.
#ifndef ATTN_RT_TOOLS_NPZ_H
#define ATTN_RT_TOOLS_NPZ_H

#include "Array.h"

#include <string>
#include <string_view>
#include <vector>

namespace attn::tool {

/// The names of the arrays, without ".npy".
std::vector<std::string> parseNpzNames(std::string_view bytes);

/// One of them.
Array parseNpz(std::string_view bytes, const std::string &member);

/// The same for a file; messages name it.
std::vector<std::string> listNpz(const std::string &path);
Array readNpz(const std::string &path, const std::string &member);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_NPZ_H
