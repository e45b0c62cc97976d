// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer: a module's description alone.
#include <cstddef>
#include <cstdint>

extern "C" {
#include "note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  attn_rti_arena arena = {&attn_rti_default_allocator, nullptr};
  attn_rti_note note;
  attn_rt_error error;
  if (attn_rti_note_read(data, size, &arena, &note, &error) == ATTN_RT_OK && note.function_count == 0)
    __builtin_trap();
  attn_rti_arena_free(&arena);
  return 0;
}
}
