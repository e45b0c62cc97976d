/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One run, from the caller's arguments to the frame of the entry point. */
#ifndef ATTN_RT_SRC_RUN_STATE_H
#define ATTN_RT_SRC_RUN_STATE_H

#include "attn_rt/attn_rt.h"
#include "block_cache.h"
#include "signature.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct attn_rti_run {
  const attn_rt_function *function;
  struct attn_rt_session *session; /* NULL: states are arguments like others */
  int64_t past, step;              /* positions held before, and added by, the call */
  attn_rt_run_options options;     /* in today's size */
  const attn_rt_executor *executor;
  attn_rti_tables tables;
  attn_rti_block *scratch, *workspace;
  attn_rt_frame frame;
  uint32_t caller_fp; /* the calling thread's floating-point state */
  pthread_t caller;
  int64_t last_poll_ns, poll_interval_ns, op_begin_ns;
  int64_t op_flops, op_bytes; /* of the operation that runs; 0: unknown */
  atomic_int cancelled;
  _Atomic int64_t bad_worker; /* worker + 1, or 0 */
} attn_rti_run;

/* Bytes of the tables of a run of this function. */
size_t attn_rti_scratch_bytes(const attn_rt_function *function);

attn_rt_status attn_rti_check_executor(const attn_rt_executor *executor, attn_rt_error *error);

/* All of attn_rt_run behind the counts.  With a session: args leaves out what
 * the session brings, and a run that succeeds advances it. */
attn_rt_status attn_rti_run_function(const attn_rt_function *function, struct attn_rt_session *session,
                                     const attn_rt_tensor *args, attn_rt_tensor *results,
                                     const attn_rt_run_options *options, attn_rt_error *error);

/* Gives the frame its callbacks (parallel_for, op_begin, op_end). */
void attn_rti_run_connect(attn_rti_run *run);

/* Calls the entry point and turns what it returned into a status. */
attn_rt_status attn_rti_run_call(attn_rti_run *run, attn_rt_error *error);

#endif /* ATTN_RT_SRC_RUN_STATE_H */
