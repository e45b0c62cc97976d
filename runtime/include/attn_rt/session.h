/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Sessions: the states of a module's functions (a KV cache, a recurrence)
 * between calls.  Included by attn_rt.h, whose rules hold here too.
 *
 *   attn_rt_session_create(module, NULL, &session, &error)
 *   attn_rt_session_run(session, prefill, args, 1, results, 1, NULL, &error)
 *   attn_rt_session_run(session, decode, args, 1, results, 1, NULL, &error)  many times
 *   attn_rt_session_destroy(session)
 *
 * All functions that have states share them: what `prefill` wrote, `decode`
 * continues.  A session serves one call at a time, and refuses a second one as
 * INVALID_ARGUMENT; any number of sessions of one module may run at once.
 */
#ifndef ATTN_RT_SESSION_H
#define ATTN_RT_SESSION_H

#include "attn_rt/attn_rt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps its module's code mapped: the order of closing does not matter. */
typedef struct attn_rt_session attn_rt_session;

typedef struct attn_rt_session_options {
  size_t struct_size;
  int64_t batch;    /* rows that the states hold; 0 = 1 */
  int64_t capacity; /* positions that fit; 0 = the most that the module allows.
                       Memory for all is reserved, and touched as it fills. */
} attn_rt_session_options;
#define ATTN_RT_SESSION_OPTIONS_INIT {sizeof(attn_rt_session_options), 0, 0}

/* A session of length 0.  `options` may be NULL. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_session_create(attn_rt_module *module,
                                                                     const attn_rt_session_options *options,
                                                                     attn_rt_session **session, attn_rt_error *error);

/* As attn_rt_run, for a function with states.  `args` leaves out those with
 * ATTN_RT_VALUE_STATE and ATTN_RT_VALUE_LENGTH; arguments and results lie apart
 * from the memory of the states.  On success the length grows by the function's
 * step; a run that failed or was cancelled leaves the session as it was.
 * OUT_OF_RANGE when the step does not fit into the capacity. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_session_run(
    attn_rt_session *session, const attn_rt_function *function, const attn_rt_tensor *args, int32_t arg_count,
    attn_rt_tensor *results, int32_t result_count, const attn_rt_run_options *options, attn_rt_error *error);

/* Positions held, the same for all rows; may be asked at any time, also by
 * another thread. */
ATTN_RT_API int64_t attn_rt_session_length(const attn_rt_session *session);

/* Positions that fit; INT64_MAX where all states are recurrences. */
ATTN_RT_API int64_t attn_rt_session_capacity(const attn_rt_session *session);

/* Forgets the positions from `length` on: to retry, to speculate, and with 0 to
 * start again.  A recurrence forgets all or nothing: with one among the states,
 * `length` is 0 or the session's. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_session_rewind(attn_rt_session *session, int64_t length,
                                                                     attn_rt_error *error);

/* An independent session that holds the same; copies the filled part only. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_session_fork(attn_rt_session *session, attn_rt_session **copy,
                                                                   attn_rt_error *error);

/* A borrowed view of what a state holds: its dimension of positions has the
 * session's length, so that the view is strided in general.  Valid until the
 * next call on the session; the message of NOT_FOUND lists what exists. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_session_state(attn_rt_session *session, const char *name,
                                                                    attn_rt_tensor *view, attn_rt_error *error);

/* No call may be using the session. */
ATTN_RT_API void attn_rt_session_destroy(attn_rt_session *session);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ATTN_RT_SESSION_H */
