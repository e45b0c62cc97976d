/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Sessions between calls: created, asked, rewound, forked, destroyed. */
#include "session.h"

#include "error.h"
#include "module.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What capacity and batch have in common: a symbol of each function with
 * states, of which a session chooses the size. */
typedef struct extent {
  const char *name;
  size_t dim;      /* offset of the attn_rt_dim in a function */
  int64_t without; /* what it is for states that have no such dimension */
} extent;

static const extent capacity_extent = {"capacity", offsetof(struct attn_rt_function, capacity), INT64_MAX};
static const extent batch_extent = {"batch", offsetof(struct attn_rt_function, batch), 1};

static const attn_rt_dim *dim_of(const attn_rt_function *function, const extent *which) {
  return (const attn_rt_dim *)(const void *)((const unsigned char *)function + which->dim);
}

static int64_t greatest_common_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* The largest size that all functions accept, where there is one: the least of
 * the maxima, down to a multiple of what each wants multiples of. */
static int64_t largest(const attn_rti_note *note, const extent *which) {
  int64_t size = INT64_MAX, multiple = 1;
  for (uint32_t i = 0; i < note->function_count; ++i) {
    const attn_rt_dim *dim = dim_of(&note->functions[i], which);
    if (note->functions[i].state_count == 0)
      continue;
    size = dim->max < size ? dim->max : size;
    int64_t factor = dim->multiple / greatest_common_divisor(dim->multiple, multiple);
    if (__builtin_mul_overflow(multiple, factor, &multiple))
      return 0;
  }
  return size - size % multiple;
}

static attn_rt_status check_size(const attn_rt_function *function, const extent *which, int64_t size,
                                 attn_rt_error *error) {
  const attn_rt_dim *dim = dim_of(function, which);
  if (size < dim->min || size > dim->max)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects the %s of a session to be in [%" PRId64 ", %" PRId64
                         "] ('%s' of function '%s'), but got %" PRId64,
                         which->name, dim->min, dim->max, dim->symbol, function->name, size);
  if (size % dim->multiple != 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects the %s of a session to be a multiple of %" PRId64
                         " ('%s' of function '%s'), but got %" PRId64,
                         which->name, dim->multiple, dim->symbol, function->name, size);
  return ATTN_RT_OK;
}

static attn_rt_status choose(const attn_rti_note *note, const extent *which, int64_t asked, int64_t *chosen,
                             attn_rt_error *error) {
  attn_rt_status status = ATTN_RT_OK;
  if (dim_of(note->states[0].function, which)->symbol_index < 0) {
    *chosen = which->without;
    if (asked != 0 && asked != which->without)
      return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                           "expects the %s of a session to be 0 for states that have none, but got %" PRId64,
                           which->name, asked);
    return ATTN_RT_OK;
  }
  *chosen = asked != 0 ? asked : which == &batch_extent ? 1 : largest(note, which);
  for (uint32_t i = 0; i < note->function_count && !status; ++i)
    if (note->functions[i].state_count > 0)
      status = check_size(&note->functions[i], which, *chosen, error);
  return status;
}

static attn_rt_tensor describe(const attn_rti_state *state, int64_t batch, int64_t capacity) {
  const attn_rt_value_info *value = state->value;
  int64_t shape[ATTN_RT_MAX_RANK];
  for (int32_t d = 0; d < value->rank; ++d) {
    int32_t symbol = value->dims[d].symbol_index;
    shape[d] = symbol < 0 ? value->dims[d].min : d == state->positions ? capacity : batch;
  }
  return attn_rt_tensor_view(NULL, (attn_rt_dtype)value->dtype, value->rank, shape);
}

/* Where the next part of the block starts; 0 when its size overflows. */
static size_t place(size_t *end, size_t size) {
  size_t start = (*end + ATTN_RTI_ALIGNMENT - 1) / ATTN_RTI_ALIGNMENT * ATTN_RTI_ALIGNMENT;
  if (start > SIZE_MAX / 4 || size > SIZE_MAX / 4 - start)
    return 0;
  *end = start + size;
  return start;
}

/* Goes over the states' places in the block, and with `block` writes them
 * there.  The size of the block, or 0 when it overflows. */
static size_t lay_out(const attn_rti_note *note, int64_t batch, int64_t capacity, unsigned char *block) {
  size_t end = sizeof(struct attn_rt_session), count = note->state_count;
  size_t table = place(&end, count * sizeof(attn_rti_session_state));
  for (size_t i = 0; i < count; ++i) {
    attn_rti_session_state state = {describe(&note->states[i], batch, capacity), NULL};
    int64_t bytes = attn_rt_tensor_bytes(&state.tensor);
    size_t data = bytes < 0 ? 0 : place(&end, (size_t)bytes);
    int is_recurrence = note->states[i].positions < 0;
    size_t spare = data && is_recurrence ? place(&end, (size_t)bytes) : data;
    if (!data || !spare)
      return 0;
    if (!block)
      continue;
    state.tensor.data = block + data;
    state.spare = is_recurrence ? block + spare : NULL;
    ((attn_rti_session_state *)(void *)(block + table))[i] = state;
  }
  if (block)
    ((struct attn_rt_session *)(void *)block)->states = (attn_rti_session_state *)(void *)(block + table);
  return end;
}

/* Touches the states of a session of length 0 only where they are read before
 * they are written. */
static void clear_recurrences(struct attn_rt_session *session) {
  for (uint32_t i = 0; i < session->module->note.state_count; ++i)
    if (session->states[i].spare)
      memset(session->states[i].tensor.data, 0, (size_t)attn_rt_tensor_bytes(&session->states[i].tensor));
}

static attn_rt_status allocate(attn_rt_module *module, int64_t batch, int64_t capacity,
                               struct attn_rt_session **created, attn_rt_error *error) {
  size_t bytes = lay_out(&module->note, batch, capacity, NULL);
  if (bytes == 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects the states of a session to have a size below 2^62 bytes, but got batch %" PRId64
                         " and capacity %" PRId64,
                         batch, capacity);
  struct attn_rt_session *session = attn_rti_allocate(&module->allocator, bytes);
  if (!session)
    return attn_rti_fail(error, ATTN_RT_OUT_OF_MEMORY,
                         "expects %zu bytes for the states of a session, but got none from the allocator", bytes);
  memset(session, 0, sizeof *session);
  lay_out(&module->note, batch, capacity, (unsigned char *)session);
  session->module = module;
  session->bytes = bytes;
  session->batch = batch;
  session->capacity = capacity;
  attn_rti_module_retain(module);
  *created = session;
  return ATTN_RT_OK;
}

static attn_rt_status read_options(const attn_rt_session_options *given, attn_rt_session_options *options,
                                   attn_rt_error *error) {
  memset(options, 0, sizeof *options);
  if (given && given->struct_size < sizeof given->struct_size)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects session options to be made with ATTN_RT_SESSION_OPTIONS_INIT, but got size %zu",
                         given->struct_size);
  if (given)
    memcpy(options, given, given->struct_size < sizeof *options ? given->struct_size : sizeof *options);
  return ATTN_RT_OK;
}

static attn_rt_status create(attn_rt_module *module, const attn_rt_session_options *given, attn_rt_session **session,
                             attn_rt_error *error) {
  const attn_rti_note *note = &module->note;
  attn_rt_session_options options;
  int64_t batch, capacity;
  attn_rt_status status = read_options(given, &options, error);
  if (status)
    return status;
  if (!module->descriptor)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects a module opened to run, but got one opened to inspect");
  if (note->state_count == 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects a module with a function that has states, but got '%s', which has none", note->name);
  status = choose(note, &batch_extent, options.batch, &batch, error);
  if (!status)
    status = choose(note, &capacity_extent, options.capacity, &capacity, error);
  if (!status)
    status = allocate(module, batch, capacity, session, error);
  if (!status)
    clear_recurrences(*session);
  return status;
}

attn_rt_status attn_rt_session_create(attn_rt_module *module, const attn_rt_session_options *options,
                                      attn_rt_session **session, attn_rt_error *error) {
  int saved = errno;
  *session = NULL;
  attn_rt_status status = create(module, options, session, error);
  errno = saved;
  return status;
}

void attn_rt_session_destroy(attn_rt_session *session) {
  if (!session)
    return;
  attn_rt_module *module = session->module;
  int saved = errno;
  attn_rti_free(&module->allocator, session, session->bytes);
  attn_rti_module_release(module);
  errno = saved;
}

int64_t attn_rt_session_length(const attn_rt_session *session) { return session->length; }

int64_t attn_rt_session_capacity(const attn_rt_session *session) { return session->capacity; }

static attn_rt_status rewind_to(attn_rt_session *session, int64_t length, attn_rt_error *error) {
  const attn_rti_note *note = &session->module->note;
  if (length < 0 || length > session->length)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects a session to rewind to a length in [0, %" PRId64 "], but got %" PRId64,
                         session->length, length);
  for (uint32_t i = 0; i < note->state_count; ++i)
    if (session->states[i].spare && length != 0 && length != session->length)
      return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                           "expects a session with the recurrence '%s' to rewind to 0, or to stay at %" PRId64
                           ", but got %" PRId64,
                           note->states[i].value->name, session->length, length);
  session->length = length;
  if (length == 0)
    clear_recurrences(session);
  return ATTN_RT_OK;
}

attn_rt_status attn_rt_session_rewind(attn_rt_session *session, int64_t length, attn_rt_error *error) {
  attn_rt_status status = attn_rti_session_enter(session, error);
  if (status)
    return status;
  status = rewind_to(session, length, error);
  attn_rti_session_leave(session);
  return status;
}

/* Row-major, so the first `length` positions lie together for each index of
 * the dimensions in front of theirs. */
static void copy_filled(const attn_rti_session_state *to, const attn_rti_session_state *from, int32_t positions,
                        int64_t length) {
  const attn_rt_tensor *tensor = &from->tensor;
  size_t bytes = (size_t)attn_rt_tensor_bytes(tensor), blocks = 1;
  for (int32_t d = 0; d < positions; ++d)
    blocks *= (size_t)tensor->shape[d];
  if (bytes == 0)
    return;
  size_t block = bytes / blocks;
  size_t filled = positions < 0 ? block : block / (size_t)tensor->shape[positions] * (size_t)length;
  for (size_t i = 0; i < blocks; ++i)
    memcpy((unsigned char *)to->tensor.data + i * block, (const unsigned char *)tensor->data + i * block, filled);
}

static attn_rt_status fork_from(const attn_rt_session *session, attn_rt_session **copy, attn_rt_error *error) {
  const attn_rti_note *note = &session->module->note;
  attn_rt_status status = allocate(session->module, session->batch, session->capacity, copy, error);
  if (status)
    return status;
  for (uint32_t i = 0; i < note->state_count; ++i)
    copy_filled(&(*copy)->states[i], &session->states[i], note->states[i].positions, session->length);
  (*copy)->length = session->length;
  return ATTN_RT_OK;
}

attn_rt_status attn_rt_session_fork(attn_rt_session *session, attn_rt_session **copy, attn_rt_error *error) {
  int saved = errno;
  *copy = NULL;
  attn_rt_status status = attn_rti_session_enter(session, error);
  if (status)
    return status;
  status = fork_from(session, copy, error);
  attn_rti_session_leave(session);
  errno = saved;
  return status;
}

static attn_rt_status refuse_name(const attn_rti_note *note, const char *name, attn_rt_error *error) {
  char list[320] = "";
  size_t used = 0;
  for (uint32_t i = 0; i < note->state_count; ++i) {
    int wrote = snprintf(list + used, sizeof list - used, "%s'%s'", i ? ", " : "", note->states[i].value->name);
    if (wrote < 0 || (size_t)wrote >= sizeof list - used)
      break;
    used += (size_t)wrote;
  }
  return attn_rti_fail(error, ATTN_RT_NOT_FOUND, "expects the state to be one of %s, but got '%s'", list, name);
}

static attn_rt_status view_state(const attn_rt_session *session, const char *name, attn_rt_tensor *view,
                                 attn_rt_error *error) {
  const attn_rti_note *note = &session->module->note;
  for (uint32_t i = 0; i < note->state_count; ++i) {
    if (strcmp(note->states[i].value->name, name) != 0)
      continue;
    *view = session->states[i].tensor;
    if (note->states[i].positions >= 0)
      view->shape[note->states[i].positions] = session->length;
    return ATTN_RT_OK;
  }
  return refuse_name(note, name, error);
}

attn_rt_status attn_rt_session_state(attn_rt_session *session, const char *name, attn_rt_tensor *view,
                                     attn_rt_error *error) {
  memset(view, 0, sizeof *view);
  attn_rt_status status = attn_rti_session_enter(session, error);
  if (status)
    return status;
  status = view_state(session, name, view, error);
  attn_rti_session_leave(session);
  return status;
}
