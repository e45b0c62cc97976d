/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A call on a session: what it puts in place of the arguments that the caller
 * leaves out, and what changes when the run succeeded. */
#include "session.h"

#include "error.h"
#include "module.h"

#include <errno.h>
#include <string.h>

attn_rt_tensor attn_rti_session_memory(const struct attn_rt_session *session) {
  int64_t bytes = (int64_t)session->bytes;
  return attn_rt_tensor_view((void *)(uintptr_t)session, ATTN_RT_U8, 1, &bytes);
}

attn_rt_status attn_rti_session_enter(struct attn_rt_session *session, attn_rt_error *error) {
  if (atomic_exchange_explicit(&session->busy, 1, memory_order_acquire))
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects calls on a session to come one after another, but got one during another");
  return ATTN_RT_OK;
}

void attn_rti_session_leave(struct attn_rt_session *session) {
  atomic_store_explicit(&session->busy, 0, memory_order_release);
}

static void bind(attn_rti_run *run, const attn_rt_dim *dim, int64_t size) {
  if (dim->symbol_index < 0)
    return;
  run->tables.dims[dim->symbol_index] = size;
  run->tables.bound_by[dim->symbol_index] = ATTN_RTI_BOUND_BY_SESSION;
}

/* A run that fails must leave a recurrence as it was: it gets a copy. */
static attn_rt_tensor lend(const attn_rti_session_state *state) {
  attn_rt_tensor tensor = state->tensor;
  if (state->spare) {
    memcpy(state->spare, tensor.data, (size_t)attn_rt_tensor_bytes(&tensor));
    tensor.data = state->spare;
  }
  return tensor;
}

const attn_rt_tensor *attn_rti_session_begin(struct attn_rt_session *session, attn_rti_run *run,
                                             const attn_rt_tensor *args) {
  const attn_rt_function *function = run->function;
  run->session = session;
  run->past = session->length;
  bind(run, &function->capacity, session->capacity);
  bind(run, &function->batch, session->batch);
  for (int32_t i = 0; i < function->arg_count; ++i) {
    int32_t state = function->arg_states[i];
    if (state >= 0)
      run->tables.args[i] = lend(&session->states[state]);
    else if (i == function->length_arg)
      run->tables.args[i] = attn_rt_tensor_view(&run->past, ATTN_RT_I64, 0, NULL);
    else
      run->tables.args[i] = *args++;
  }
  return run->tables.args;
}

void attn_rti_session_commit(struct attn_rt_session *session, const attn_rti_run *run) {
  const attn_rt_function *function = run->function;
  for (int32_t i = 0; i < function->arg_count; ++i) {
    int32_t index = function->arg_states[i];
    attn_rti_session_state *state = index >= 0 ? &session->states[index] : NULL;
    if (!state || !state->spare)
      continue;
    void *old = state->tensor.data;
    state->tensor.data = state->spare;
    state->spare = old;
  }
  session->length = run->past + run->step;
}

static attn_rt_status check_function(const attn_rt_session *session, const attn_rt_function *function,
                                     int32_t arg_count, int32_t result_count, attn_rt_error *error) {
  int32_t own = function->state_count + 1;
  if (function->module != session->module)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects a function of the session's own module '%s', but got '%s' of another ('%s')",
                         session->module->note.name, function->name, function->module->note.name);
  if (function->state_count == 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects a session to run a function with states, but got '%s', which has none",
                         function->name);
  if (arg_count != function->arg_count - own)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects function '%s' to be called with %d arguments beside the %d of the session, but "
                         "got %d",
                         function->name, function->arg_count - own, own, arg_count);
  return attn_rti_check_counts(function, function->arg_count, result_count, error);
}

attn_rt_status attn_rt_session_run(attn_rt_session *session, const attn_rt_function *function,
                                   const attn_rt_tensor *args, int32_t arg_count, attn_rt_tensor *results,
                                   int32_t result_count, const attn_rt_run_options *options, attn_rt_error *error) {
  int saved = errno;
  attn_rt_status status = attn_rti_session_enter(session, error);
  if (status)
    return status;
  status = check_function(session, function, arg_count, result_count, error);
  if (!status)
    status = attn_rti_run_function(function, session, args, results, options, error);
  attn_rti_session_leave(session);
  errno = saved;
  return status;
}
