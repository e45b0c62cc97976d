/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The description of a module (abi.h, "The note") as structs. */
#ifndef ATTN_RT_SRC_NOTE_H
#define ATTN_RT_SRC_NOTE_H

#include "arena.h"
#include "attn_rt/attn_rt.h"

typedef struct attn_rti_symbol {
  const char *name;
  int64_t min, max, multiple;
} attn_rti_symbol;

typedef struct attn_rti_op {
  const char *name, *kind;
} attn_rti_op;

typedef struct attn_rti_variant {
  uint64_t features[ATTN_RT_FEATURE_WORDS];
} attn_rti_variant;

/* The public handle of a function is its description. */
struct attn_rt_function {
  attn_rt_module *module;
  const char *name;
  const attn_rti_symbol *symbols;
  const attn_rt_value_info *args, *results;
  const attn_rti_op *ops;
  const char *const *faults;
  int32_t index;
  int32_t symbol_count, arg_count, result_count, op_count, fault_count;
  int32_t result_dims; /* the ranks of all results together */
  /* Where state_count is 0: zeros, no symbols, and length_arg -1. */
  int32_t state_count, length_arg;
  const int32_t *arg_states; /* [arg_count] index into the note's states, or -1 */
  attn_rt_dim step, capacity, batch;
};

/* A state that all functions with states share, as the first of them has it. */
typedef struct attn_rti_state {
  const struct attn_rt_function *function;
  const attn_rt_value_info *value;
  int32_t positions; /* the dimension of the capacity; -1: a recurrence */
} attn_rti_state;

typedef struct attn_rti_note {
  const char *name, *producer, *target;
  const char *const *variant_names;
  const attn_rti_variant *variants;
  struct attn_rt_function *functions;
  const attn_rti_state *states;
  uint64_t weights_bytes;
  uint32_t machine, variant_count, function_count, state_count;
  uint16_t abi_major, abi_minor;
  char uuid[33];
} attn_rti_note;

/* Reads `size` bytes of description.  All memory comes from `arena` (which the
 * caller frees, also after a failure); nothing points into `bytes`. */
attn_rt_status attn_rti_note_read(const void *bytes, size_t size, attn_rti_arena *arena, attn_rti_note *note,
                                  attn_rt_error *error);

#endif /* ATTN_RT_SRC_NOTE_H */
