/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A session: one block of memory that starts with this struct and holds all
 * states, so that creating one allocates once, and that a tensor is apart from
 * all states when it is apart from the block. */
#ifndef ATTN_RT_SRC_SESSION_H
#define ATTN_RT_SRC_SESSION_H

#include "run_state.h"

typedef struct attn_rti_session_state {
  attn_rt_tensor tensor; /* the whole state, dense */
  /* A recurrence is written as a whole: a run gets a copy here, and the two
   * change places when it succeeded.  NULL for a state with positions, whose
   * first `length` ones no run changes. */
  void *spare;
} attn_rti_session_state;

struct attn_rt_session {
  attn_rt_module *module;
  size_t bytes; /* of the block */
  int64_t batch, capacity;
  _Atomic int64_t length;         /* written by the one call, read by anyone */
  atomic_int busy;                /* 1: some call is using the session */
  attn_rti_session_state *states; /* as the note lists them */
};

/* The block, as bytes. */
attn_rt_tensor attn_rti_session_memory(const struct attn_rt_session *session);

/* One call at a time: refuses, or reserves the session until leave. */
attn_rt_status attn_rti_session_enter(struct attn_rt_session *session, attn_rt_error *error);
void attn_rti_session_leave(struct attn_rt_session *session);

/* Binds capacity and batch, and gives all arguments of the run's function: the
 * caller's, the states, the length. */
const attn_rt_tensor *attn_rti_session_begin(struct attn_rt_session *session, attn_rti_run *run,
                                             const attn_rt_tensor *args);
/* The run succeeded. */
void attn_rti_session_commit(struct attn_rt_session *session, const attn_rti_run *run);

#endif /* ATTN_RT_SRC_SESSION_H */
