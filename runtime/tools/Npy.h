// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy's .npy format, from untrusted bytes: bounded header, its own parser of
// the Python literal, checked sizes.  bf16, which NumPy lacks, is written as
// ml_dtypes does ('<V2').
#ifndef ATTN_RT_TOOLS_NPY_H
#define ATTN_RT_TOOLS_NPY_H

#include "Array.h"

#include <string>
#include <string_view>

namespace attn::tool {

/// Throws ToolError with a sentence that does not name the file.
Array parseNpy(std::string_view bytes);

/// parseNpy of a file; messages name it.
Array readNpy(const std::string &path);

/// Replaces the file by rename.
void writeNpy(const std::string &path, const Array &array);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_NPY_H
