/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The callbacks that compiled code gets, and the call itself.  Everything of
 * the application (executor, poll, trace) runs with the calling thread's own
 * floating-point state. */
#define _GNU_SOURCE
#include "run_state.h"

#include "error.h"
#include "fp_env.h"
#include "module.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { POLL_INTERVAL_NS = 1000000 };

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int is_cancelled(attn_rti_run *run) { return atomic_load_explicit(&run->cancelled, memory_order_relaxed); }

/* On the calling thread, in its own floating-point state. */
static void poll_now(attn_rti_run *run) {
  run->last_poll_ns = now_ns();
  if (run->options.poll(run->options.poll_context))
    atomic_store_explicit(&run->cancelled, 1, memory_order_relaxed);
}

static void poll_sometimes(attn_rti_run *run) {
  if (now_ns() - run->last_poll_ns >= run->poll_interval_ns)
    poll_now(run);
}

typedef struct parallel_job {
  attn_rti_run *run;
  attn_rt_body body;
  void *arg;
} parallel_job;

/* What the executor calls.  Bodies of a cancelled run are left out, so that a
 * long loop ends within the pieces that have begun. */
static void run_body(void *context, int64_t index, int64_t worker) {
  parallel_job *job = context;
  attn_rti_run *run = job->run;
  if (is_cancelled(run))
    return;
  if (worker < 0 || worker >= run->frame.concurrency) {
    atomic_store(&run->bad_worker, worker + 1);
    atomic_store(&run->cancelled, 1);
    return;
  }
  uint32_t saved = attn_rti_fp_enter();
  job->body(job->arg, index, worker);
  attn_rti_fp_leave(saved);
  if (run->options.poll && pthread_equal(pthread_self(), run->caller))
    poll_sometimes(run);
}

static void run_inline(attn_rti_run *run, int64_t count, attn_rt_body body, void *arg) {
  for (int64_t i = 0; i < count && !is_cancelled(run); ++i) {
    body(arg, i, 0);
    if (run->options.poll) {
      attn_rti_fp_leave(run->caller_fp);
      poll_sometimes(run);
      attn_rti_fp_enter();
    }
  }
}

static void parallel_for(void *context, int64_t count, attn_rt_body body, void *arg) {
  attn_rti_run *run = context;
  if (count <= 0 || is_cancelled(run))
    return;
  if (count == 1 || run->frame.concurrency == 1) {
    run_inline(run, count, body, arg);
    return;
  }
  parallel_job job = {run, body, arg};
  attn_rti_fp_leave(run->caller_fp);
  run->executor->parallel_for(run->executor->context, count, run_body, &job);
  attn_rti_fp_enter();
}

static int32_t op_begin(void *context, int32_t op) {
  attn_rti_run *run = context;
  (void)op;
  attn_rti_fp_leave(run->caller_fp);
  if (run->options.poll && !is_cancelled(run))
    (run->options.poll_interval_us > 0 ? poll_sometimes : poll_now)(run);
  if (run->options.trace)
    run->op_begin_ns = now_ns();
  attn_rti_fp_enter();
  return is_cancelled(run) ? ATTN_RT_CANCELLED : 0;
}

static void op_work(void *context, int32_t op, int64_t flops, int64_t bytes) {
  attn_rti_run *run = context;
  (void)op;
  run->op_flops = flops;
  run->op_bytes = bytes;
}

static void op_end(void *context, int32_t op, int64_t tiles_done, int64_t tiles_skipped) {
  attn_rti_run *run = context;
  const attn_rt_function *function = run->function;
  int known = op >= 0 && op < function->op_count;
  attn_rt_event event = {sizeof event,
                         known ? function->ops[op].name : "",
                         known ? function->ops[op].kind : "",
                         run->op_begin_ns,
                         now_ns(),
                         tiles_done,
                         tiles_skipped,
                         run->op_flops,
                         run->op_bytes};
  run->op_flops = run->op_bytes = 0;
  attn_rti_fp_leave(run->caller_fp);
  run->options.trace(run->options.trace_context, &event);
  attn_rti_fp_enter();
}

void attn_rti_run_connect(attn_rti_run *run) {
  attn_rt_frame *frame = &run->frame;
  frame->parallel_for = parallel_for;
  frame->parallel_context = run;
  frame->op_context = run;
  frame->op_begin = run->options.poll || run->options.trace ? op_begin : NULL;
  frame->op_end = run->options.trace ? op_end : NULL;
  frame->op_work = run->options.trace ? op_work : NULL;
  run->caller = pthread_self();
  run->poll_interval_ns = POLL_INTERVAL_NS;
  if (run->options.poll && run->options.poll_interval_us > 0) {
    int64_t most = INT64_MAX / 1000; /* centuries */
    run->poll_interval_ns = (run->options.poll_interval_us < most ? run->options.poll_interval_us : most) * 1000;
    run->last_poll_ns = now_ns();
  }
}

/* Replaces "{actual}" and "{bound}" in the sentence of the fault's site. */
static attn_rt_status fault_sentence(const attn_rti_run *run, attn_rt_error *error) {
  const int64_t *fault = run->frame.fault;
  const attn_rt_function *function = run->function;
  if (fault[0] < 0 || fault[0] >= function->fault_count)
    return attn_rti_fail(error, ATTN_RT_INTERNAL,
                         "expects function '%s' to report a fault site below "
                         "%d, but got %" PRId64,
                         function->name, function->fault_count, fault[0]);
  char text[sizeof error->message], number[24];
  size_t used = 0;
  for (const char *at = function->faults[fault[0]]; *at && used + sizeof number < sizeof text;) {
    int is_actual = strncmp(at, "{actual}", 8) == 0;
    if (!is_actual && strncmp(at, "{bound}", 7) != 0) {
      text[used++] = *at++;
      continue;
    }
    snprintf(number, sizeof number, "%" PRId64, fault[is_actual ? 1 : 2]);
    used += (size_t)snprintf(text + used, sizeof text - used, "%s", number);
    at += is_actual ? 8 : 7;
  }
  text[used] = '\0';
  return attn_rti_fail(error, ATTN_RT_OUT_OF_RANGE, "%s", text);
}

attn_rt_status attn_rti_run_call(attn_rti_run *run, attn_rt_error *error) {
  const attn_rt_function *function = run->function;
  const attn_rt_module *module = function->module;
  size_t slot = (size_t)module->variant * module->note.function_count + (size_t)function->index;
  run->caller_fp = attn_rti_fp_enter();
  int32_t code = module->descriptor->entries[slot](&run->frame);
  attn_rti_fp_leave(run->caller_fp);
  int64_t bad_worker = atomic_load(&run->bad_worker);
  if (bad_worker)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects the executor to number workers below its "
                         "concurrency %" PRId64 ", but got %" PRId64,
                         run->frame.concurrency, bad_worker - 1);
  if (is_cancelled(run))
    return attn_rti_fail(error, ATTN_RT_CANCELLED,
                         "expects poll to return 0 for the run to go on, but "
                         "got another value");
  if (code == ATTN_RT_ABI_FAULT)
    return fault_sentence(run, error);
  if (code != 0)
    return attn_rti_fail(error, ATTN_RT_INTERNAL,
                         "expects function '%s' to return 0 or %d, but got "
                         "%" PRId32,
                         function->name, ATTN_RT_ABI_FAULT, code);
  return ATTN_RT_OK;
}
