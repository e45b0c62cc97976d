// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer: a module's description alone, and what sessions rely on in it.
#include <cstddef>
#include <cstdint>

extern "C" {
#include "note.h"

/// Every state has its place in the note, and all functions have all of them.
static void checkStates(const attn_rti_note &note) {
  for (uint32_t f = 0; f < note.function_count; ++f) {
    const attn_rt_function &function = note.functions[f];
    uint32_t found = 0;
    for (int32_t i = 0; function.state_count && i < function.arg_count; ++i) {
      int32_t state = function.arg_states[i];
      if (state >= int32_t(note.state_count) || (state >= 0) != (function.args[i].flags == ATTN_RT_VALUE_STATE))
        __builtin_trap();
      if (state >= 0 && note.states[state].positions >= function.args[i].rank)
        __builtin_trap();
      found += state >= 0;
    }
    if (function.state_count && (found != note.state_count || function.args[function.length_arg].rank != 0))
      __builtin_trap();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  attn_rti_arena arena = {&attn_rti_default_allocator, nullptr};
  attn_rti_note note;
  attn_rt_error error;
  if (attn_rti_note_read(data, size, &arena, &note, &error) == ATTN_RT_OK) {
    if (note.function_count == 0)
      __builtin_trap();
    checkStates(note);
  }
  attn_rti_arena_free(&arena);
  return 0;
}
}
