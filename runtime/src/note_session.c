/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See note_session.h.  What is checked here, a session relies on: it finds a
 * state by its index and computes sizes from capacity and batch alone. */
#include "note_session.h"

#include "error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void read_symbol(attn_rti_reader *reader, const struct attn_rt_function *function, attn_rt_dim *dim,
                        const char *what) {
  int32_t symbol = (int32_t)attn_rti_read_u32(reader, what);
  if (reader->status)
    return;
  if (symbol < ATTN_RT_DIM_STATIC || symbol >= function->symbol_count)
    attn_rti_refuse_i64(reader, what, "be a symbol of the function, or -1", symbol);
  else if (symbol >= 0)
    attn_rti_set_symbol(dim, function->symbols, symbol);
}

/* How often the symbol occurs in the value. */
static int occurrences(const attn_rt_value_info *value, int32_t symbol) {
  int count = 0;
  for (int32_t d = 0; d < value->rank; ++d)
    count += symbol >= 0 && value->dims[d].symbol_index == symbol;
  return count;
}

static void check_state(attn_rti_reader *reader, const struct attn_rt_function *function,
                        const attn_rt_value_info *value) {
  if (value->flags != ATTN_RT_VALUE_STATE)
    attn_rti_refuse_name(reader, "a state", "have no range and not to be the length", value->name);
  for (int32_t d = 0; d < value->rank && !reader->status; ++d) {
    int32_t symbol = value->dims[d].symbol_index;
    if (symbol >= 0 && symbol != function->capacity.symbol_index && symbol != function->batch.symbol_index)
      attn_rti_refuse_name(reader, "the symbols of a state", "be capacity and batch", value->dims[d].symbol);
  }
  if (!reader->status && occurrences(value, function->capacity.symbol_index) > 1)
    attn_rti_refuse_name(reader, "a state", "have its capacity in one dimension", value->name);
}

static void check_length(attn_rti_reader *reader, struct attn_rt_function *function, int32_t arg) {
  const attn_rt_value_info *value = &function->args[arg];
  if (function->length_arg >= 0)
    attn_rti_refuse_name(reader, "the length", "be one argument, not a second one", value->name);
  else if (value->dtype != ATTN_RT_I64 || value->rank != 0)
    attn_rti_refuse_name(reader, "the length", "be an i64 of rank 0", value->name);
  function->length_arg = arg;
}

static void check_values(attn_rti_reader *reader, struct attn_rt_function *function, uint16_t abi_minor) {
  for (int32_t i = 0; i < function->arg_count && !reader->status; ++i) {
    const attn_rt_value_info *value = &function->args[i];
    if (abi_minor == 0 && value->flags > ATTN_RT_VALUE_HAS_RANGE)
      attn_rti_refuse_i64(reader, "value flags of ABI version 1.0", "be 0 or 1", value->flags);
    else if (value->flags & ATTN_RT_VALUE_STATE)
      check_state(reader, function, value), ++function->state_count;
    else if (value->flags & ATTN_RT_VALUE_LENGTH)
      check_length(reader, function, i);
  }
  for (int32_t i = 0; i < function->result_count && !reader->status; ++i)
    if (function->results[i].flags)
      attn_rti_refuse_name(reader, "a state or a length", "be an argument", function->results[i].name);
}

static void check_on_states(attn_rti_reader *reader, const struct attn_rt_function *function, const attn_rt_dim *dim,
                            const char *what) {
  int found = dim->symbol_index < 0;
  for (int32_t i = 0; i < function->arg_count; ++i)
    found |= function->args[i].flags & ATTN_RT_VALUE_STATE && occurrences(&function->args[i], dim->symbol_index) > 0;
  if (!found)
    attn_rti_refuse_name(reader, what, "be a dimension of a state", dim->symbol);
}

/* What a function needs as soon as it has a state, and must not have before. */
static void check_whole(attn_rti_reader *reader, const struct attn_rt_function *function) {
  int32_t step = function->step.symbol_index, capacity = function->capacity.symbol_index;
  int32_t batch = function->batch.symbol_index;
  int has_step = step >= 0 || function->step.max > 0;
  if (function->state_count == 0) {
    if (has_step || capacity >= 0 || batch >= 0 || function->length_arg >= 0)
      attn_rti_refuse_name(reader, "a function without states", "have no step, capacity, batch and length",
                           function->name);
    return;
  }
  if (!has_step || function->length_arg < 0)
    attn_rti_refuse_name(reader, "a function with states", "have a step and a length", function->name);
  else if ((step >= 0 && (step == capacity || step == batch)) || (capacity >= 0 && capacity == batch))
    attn_rti_refuse_name(reader, "step, capacity and batch", "be different symbols",
                         function->symbols[step == capacity || step == batch ? step : capacity].name);
  check_on_states(reader, function, &function->capacity, "the capacity");
  check_on_states(reader, function, &function->batch, "the batch");
}

void attn_rti_read_session(attn_rti_reader *reader, struct attn_rt_function *function, uint16_t abi_minor) {
  function->length_arg = -1;
  function->step = function->capacity = function->batch = (attn_rt_dim){NULL, 0, 0, 1, ATTN_RT_DIM_STATIC, 0};
  if (abi_minor > 0) {
    attn_rti_read_dim(reader, &function->step, function->symbols, (uint32_t)function->symbol_count, 0);
    read_symbol(reader, function, &function->capacity, "the capacity");
    read_symbol(reader, function, &function->batch, "the batch");
  }
  if (!reader->status)
    check_values(reader, function, abi_minor);
  if (!reader->status)
    check_whole(reader, function);
}

/* "f32[batch, 2, capacity, 16]", cut where it is long. */
static void print_state(const attn_rt_value_info *value, const struct attn_rt_function *function, char *text,
                        size_t size) {
  size_t used = (size_t)snprintf(text, size, "%s[", attn_rt_dtype_name(value->dtype));
  for (int32_t d = 0; d < value->rank; ++d) {
    const attn_rt_dim *dim = &value->dims[d];
    const char *comma = d ? ", " : "";
    if (dim->symbol_index < 0)
      used += (size_t)snprintf(text + used, size - used, "%s%" PRId64, comma, dim->min);
    else
      used += (size_t)snprintf(text + used, size - used, "%s%s", comma,
                               dim->symbol_index == function->capacity.symbol_index ? "capacity" : "batch");
  }
  snprintf(text + used, size - used, "]");
}

/* Enough for eight sizes of 19 digits. */
enum { STATE_TEXT = 256 };

static void check_alike(attn_rti_reader *reader, const attn_rti_state *state, const struct attn_rt_function *function,
                        const attn_rt_value_info *value) {
  char wanted[STATE_TEXT], actual[STATE_TEXT];
  print_state(state->value, state->function, wanted, sizeof wanted);
  print_state(value, function, actual, sizeof actual);
  if (strcmp(wanted, actual) != 0)
    reader->status = attn_rti_fail(reader->error, ATTN_RT_INCOMPATIBLE,
                                   "expects state '%s' to be %s as in function '%s', but got %s in '%s'", value->name,
                                   wanted, state->function->name, actual, function->name);
}

static void list_states(attn_rti_reader *reader, attn_rti_note *note, const struct attn_rt_function *function) {
  attn_rti_state *states = attn_rti_read_array(reader, (size_t)function->state_count, sizeof *states);
  for (int32_t i = 0; states && i < function->arg_count; ++i) {
    if (!(function->args[i].flags & ATTN_RT_VALUE_STATE))
      continue;
    attn_rti_state *state = &states[note->state_count++];
    state->function = function;
    state->value = &function->args[i];
    state->positions = -1;
    for (int32_t d = 0; d < state->value->rank; ++d)
      if (state->value->dims[d].symbol_index >= 0 &&
          state->value->dims[d].symbol_index == function->capacity.symbol_index)
        state->positions = d;
  }
  note->states = states;
}

/* Names are unique among arguments, so equal counts and all names found mean
 * equal sets. */
static void find_states(attn_rti_reader *reader, const attn_rti_note *note, struct attn_rt_function *function) {
  int32_t *indices = attn_rti_read_array(reader, (size_t)function->arg_count, sizeof *indices);
  for (int32_t i = 0; indices && i < function->arg_count && !reader->status; ++i) {
    const attn_rt_value_info *value = &function->args[i];
    uint32_t at = 0;
    indices[i] = -1;
    if (!(value->flags & ATTN_RT_VALUE_STATE))
      continue;
    while (at < note->state_count && strcmp(note->states[at].value->name, value->name) != 0)
      ++at;
    if (at == note->state_count || (uint32_t)function->state_count != note->state_count) {
      attn_rti_refuse_name(reader, "functions with states", "have the same ones", function->name);
      return;
    }
    check_alike(reader, &note->states[at], function, value);
    indices[i] = (int32_t)at;
  }
  function->arg_states = indices;
}

void attn_rti_join_states(attn_rti_reader *reader, attn_rti_note *note) {
  for (uint32_t i = 0; i < note->function_count && !reader->status; ++i) {
    struct attn_rt_function *function = &note->functions[i];
    if (function->state_count == 0)
      continue;
    if (note->state_count == 0)
      list_states(reader, note, function);
    if (!reader->status)
      find_states(reader, note, function);
  }
}
