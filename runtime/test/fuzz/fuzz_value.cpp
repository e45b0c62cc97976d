// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer: the value syntax of the command line, with names and small arrays.
#include "ToolError.h"
#include "Value.h"

using namespace attn::tool;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text(reinterpret_cast<const char *>(data), size), name, rest;
  try {
    splitName(text, name, rest);
    Value value = parseValue(rest);
    attn_rt_tensor tensor =
        attn_rt_tensor_view(nullptr, attn_rt_dtype(value.DType), int32_t(value.Shape.size()), value.Shape.data());
    // Large arrays are slow, not wrong.
    if (value.Kind != Value::File && attn_rt_tensor_bytes(&tensor) < 65536)
      makeValue(value, Declared());
  } catch (const ToolError &) {
  }
  return 0;
}
