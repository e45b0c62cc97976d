// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// lld, in this process: nothing on PATH, no quoting, no second copy of the
// weights in memory.
#ifndef ATTN_LIB_TARGET_LINKER_H
#define ATTN_LIB_TARGET_LINKER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace attn {

enum class LinkKind {
  SharedObject, ///< imports nothing and exports what is not hidden
  Relocatable,  ///< one object of several, to be linked again
};

/// Links the files `inputs` into the file `output`.
llvm::Error link(LinkKind kind, llvm::ArrayRef<std::string> inputs, llvm::StringRef output);

} // namespace attn

#endif // ATTN_LIB_TARGET_LINKER_H
