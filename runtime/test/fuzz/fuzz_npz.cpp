// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer: .npz archives: every member they name.
#include "Npz.h"
#include "ToolError.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char *>(data), size);
  try {
    for (const std::string &name : attn::tool::parseNpzNames(bytes))
      attn::tool::parseNpz(bytes, name);
  } catch (const attn::tool::ToolError &) {
  }
  return 0;
}
