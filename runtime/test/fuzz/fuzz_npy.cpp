// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer: .npy files.
#include "Npy.h"
#include "ToolError.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  try {
    attn::tool::parseNpy({reinterpret_cast<const char *>(data), size});
  } catch (const attn::tool::ToolError &) {
  }
  return 0;
}
