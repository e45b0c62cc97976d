// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer: the bytes of a module file, through header, note, dynamic section,
// mapping and relocation; nothing of the module is called.
#include "attn_rt/attn_rt.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (int32_t inspect : {0, 1}) {
    attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
    options.inspect = inspect;
    attn_rt_module *module = nullptr;
    attn_rt_error error;
    attn_rt_status status = attn_rt_module_open_memory(data, size, &options, &module, &error);
    if ((status == ATTN_RT_OK) != (module != nullptr))
      __builtin_trap();
    attn_rt_module_close(module);
  }
  return 0;
}
