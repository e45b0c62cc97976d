/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See states.h. */
#include "states.h"

#include "error.h"
#include "session.h"
#include "tensor.h"

#include <inttypes.h>

static int is_state(const attn_rt_function *function, int32_t arg) {
  return (function->args[arg].flags & ATTN_RT_VALUE_STATE) != 0;
}

static attn_rt_status check_form(const attn_rt_value_info *value, const attn_rt_tensor *state, attn_rt_error *error) {
  size_t size = attn_rt_dtype_bytes(state->dtype);
  if (!attn_rti_is_dense(state))
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects state '%s' to be dense and row-major, but got other strides", value->name);
  if ((uintptr_t)state->data % size != 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects state '%s' to be aligned to %zu bytes, but got an address with remainder %zu",
                         value->name, size, (uintptr_t)state->data % size);
  return ATTN_RT_OK;
}

static attn_rt_status check_caller_states(const attn_rt_function *function, const attn_rt_tensor *args,
                                          attn_rt_error *error) {
  attn_rt_status status = ATTN_RT_OK;
  for (int32_t i = 0; i < function->arg_count && !status; ++i) {
    if (!is_state(function, i))
      continue;
    status = check_form(&function->args[i], &args[i], error);
    for (int32_t k = 0; k < function->arg_count && !status; ++k)
      if (k != i && attn_rti_overlap(&args[i], &args[k]))
        status = attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                               "expects state '%s' to lie apart from argument '%s', but got overlapping memory",
                               function->args[i].name, function->args[k].name);
  }
  return status;
}

static attn_rt_status check_apart(const struct attn_rt_session *session, const char *role,
                                  const attn_rt_value_info *value, const attn_rt_tensor *tensor, attn_rt_error *error) {
  attn_rt_tensor memory = attn_rti_session_memory(session);
  if (!attn_rti_overlap(tensor, &memory))
    return ATTN_RT_OK;
  return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                       "expects %s '%s' to lie apart from the states of the session, but got overlapping memory", role,
                       value->name);
}

attn_rt_status attn_rti_check_states(const attn_rti_run *run, const attn_rt_tensor *args, const attn_rt_tensor *results,
                                     attn_rt_error *error) {
  const attn_rt_function *function = run->function;
  attn_rt_status status = ATTN_RT_OK;
  if (function->state_count == 0)
    return ATTN_RT_OK;
  if (!run->session)
    return check_caller_states(function, args, error);
  for (int32_t i = 0; i < function->arg_count && !status; ++i)
    if (!is_state(function, i))
      status = check_apart(run->session, "argument", &function->args[i], &args[i], error);
  for (int32_t i = 0; i < function->result_count && !status; ++i)
    if (results[i].data)
      status = check_apart(run->session, "result", &function->results[i], &results[i], error);
  return status;
}

attn_rt_status attn_rti_check_room(attn_rti_run *run, attn_rt_error *error) {
  const attn_rt_function *function = run->function;
  const int64_t *dims = run->tables.dims;
  if (function->state_count == 0)
    return ATTN_RT_OK;
  int32_t step = function->step.symbol_index, capacity = function->capacity.symbol_index;
  int64_t room = capacity >= 0 ? dims[capacity] : INT64_MAX;
  run->step = step >= 0 ? dims[step] : function->step.min;
  run->past = *(const int64_t *)run->tables.tensors[function->length_arg];
  if (run->past < 0)
    return attn_rti_fail(error, ATTN_RT_OUT_OF_RANGE, "expects argument '%s' to be at least 0, but got %" PRId64,
                         function->args[function->length_arg].name, run->past);
  if (run->step > room - run->past)
    return attn_rti_fail(error, ATTN_RT_OUT_OF_RANGE,
                         "expects room for %" PRId64 " more positions, but got length %" PRId64 " of capacity %" PRId64,
                         run->step, run->past, room);
  return ATTN_RT_OK;
}
