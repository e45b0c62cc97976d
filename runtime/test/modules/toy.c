/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A module of several functions and variants for the tests; ToyNotes.h holds
 * its description.  Written by hand as compiled code would be: no imports. */
#include "attn_rt/abi.h"

#define UNUSED(x) (void)(x)

__attribute__((section(".attn.weights"), aligned(4096))) static const float weights[3] = {100, 200, 300};

/* embed: workspace holds one double per worker and row. */
typedef struct embed_job {
  const float *x, *bias, *w;
  const int64_t *ids;
  float *y;
  double *sum, *scratch;
  int64_t seq;
} embed_job;

static void embed_row(void *arg, int64_t row, int64_t worker) {
  const embed_job *job = arg;
  double *total = job->scratch + worker;
  *total = 0;
  for (int64_t s = 0; s < job->seq; ++s) {
    int64_t at = row * job->seq + s;
    job->y[at] = 2 * job->x[at] + (float)job->ids[at] + job->w[s % 3];
    *total += job->y[at];
  }
  job->sum[row] = *total + job->bias[0];
}

static int32_t embed(attn_rt_frame *frame) {
  embed_job job = {frame->tensors[0], frame->tensors[2], (const float *)(const void *)frame->weights, frame->tensors[1],
                   frame->tensors[3], frame->tensors[4], (double *)(void *)frame->workspace,          frame->dims[1]};
  int32_t code = frame->op_begin ? frame->op_begin(frame->op_context, 0) : 0;
  if (code)
    return code;
  frame->parallel_for(frame->parallel_context, frame->dims[0], embed_row, &job);
  if (frame->op_end)
    frame->op_end(frame->op_context, 0, 3, 4);
  code = frame->op_begin ? frame->op_begin(frame->op_context, 1) : 0;
  if (code)
    return code;
  if (frame->op_end)
    frame->op_end(frame->op_context, 1, 0, 0);
  return 0;
}

static int32_t embed_plan(const int64_t *dims, int64_t concurrency, int64_t *sizes, uint64_t *workspace_bytes) {
  sizes[0] = sizes[2] = dims[0];
  sizes[1] = dims[1];
  *workspace_bytes = (uint64_t)concurrency * sizeof(double);
  return 0;
}

static int32_t vector_plan(const int64_t *dims, int64_t concurrency, int64_t *sizes, uint64_t *workspace_bytes) {
  UNUSED(concurrency);
  sizes[0] = dims[0];
  *workspace_bytes = 0;
  return 0;
}

static int32_t check(attn_rt_frame *frame) {
  const float *x = frame->tensors[0];
  for (int64_t i = 0; i < frame->dims[0]; ++i)
    if (x[i] < 0) {
      frame->fault[1] = (int64_t)x[i];
      return ATTN_RT_ABI_FAULT;
    }
  return 0;
}

/* slow: x[i] rounds of work in body i; the sum of what each body did. */
typedef struct slow_job {
  const int32_t *x;
  int64_t *y;
} slow_job;

static void slow_body(void *arg, int64_t index, int64_t worker) {
  const slow_job *job = arg;
  volatile int64_t total = 0;
  UNUSED(worker);
  for (int32_t i = 0; i < job->x[index]; ++i)
    total = total + index;
  job->y[index] = total;
}

static int32_t slow(attn_rt_frame *frame) {
  slow_job job = {frame->tensors[0], frame->tensors[1]};
  for (int32_t op = 0; op < 2; ++op) {
    int32_t code = frame->op_begin ? frame->op_begin(frame->op_context, op) : 0;
    if (code)
      return code;
    frame->parallel_for(frame->parallel_context, frame->dims[0], slow_body, &job);
    /* Work of the first one only: what the second did is unknown. */
    if (frame->op_end && op == 0)
      frame->op_work(frame->op_context, op, 5 * frame->dims[0], 8 * frame->dims[0]);
    if (frame->op_end)
      frame->op_end(frame->op_context, op, frame->dims[0], 10 * op);
  }
  return 0;
}

/* state: every body stores MXCSR and then raises all exceptions it can. */
typedef struct state_job {
  const float *x;
  uint32_t *csr;
} state_job;

static void state_body(void *arg, int64_t index, int64_t worker) {
  const state_job *job = arg;
  volatile float zero = 0, huge = 3e38f, sink;
  UNUSED(worker);
  job->csr[index] = __builtin_ia32_stmxcsr();
  sink = zero / zero;
  sink = huge * huge;
  sink = job->x[index] / zero;
  UNUSED(sink);
}

static int32_t state(attn_rt_frame *frame) {
  state_job job = {frame->tensors[0], frame->tensors[1]};
  volatile float zero = 0, sink = 1 / zero;
  UNUSED(sink);
  frame->parallel_for(frame->parallel_context, frame->dims[0], state_body, &job);
  sink = zero / zero;
  return 0;
}

/* wrong: kind has as many elements as the misbehaviour has number. */
static int32_t wrong(attn_rt_frame *frame) {
  if (frame->dims[0] == 1)
    return 77;
  if (frame->dims[0] == 2) {
    frame->fault[0] = 1;
    return ATTN_RT_ABI_FAULT;
  }
  if (frame->dims[0] == 9) {
    static float runs;
    float *y = frame->tensors[1];
    y[0] = y[1] = ++runs;
  }
  return 0;
}

static int32_t wrong_plan(const int64_t *dims, int64_t concurrency, int64_t *sizes, uint64_t *workspace_bytes) {
  UNUSED(concurrency);
  *workspace_bytes = dims[0] == 5 ? UINT64_MAX : dims[0] == 6 ? 1ull << 62 : 0;
  sizes[0] = dims[0] == 4 ? -1 : 1;
  sizes[1] = dims[0] == 3 ? 3 : 2;
  if (dims[0] == 8)
    sizes[0] = INT64_MAX;
  return dims[0] == 7;
}

static const attn_rt_entry entries[3][5] = {
    {embed, check, slow, state, wrong}, {embed, check, slow, state, wrong}, {embed, check, slow, state, wrong}};
static const attn_rt_plan plans[3][5] = {{embed_plan, vector_plan, vector_plan, vector_plan, wrong_plan},
                                         {embed_plan, vector_plan, vector_plan, vector_plan, wrong_plan},
                                         {embed_plan, vector_plan, vector_plan, vector_plan, wrong_plan}};

#ifndef MODULE_WEIGHTS
#define MODULE_WEIGHTS weights
#endif

extern const struct attn_rt_descriptor attn_rt_module_descriptor;
__attribute__((visibility("default")))
const struct attn_rt_descriptor attn_rt_module_descriptor = {ATTN_RT_ABI_MAGIC,
                                                             ATTN_RT_ABI_MAJOR,
                                                             ATTN_RT_ABI_MINOR,
                                                             3,
                                                             5,
                                                             entries[0],
                                                             plans[0],
                                                             (const unsigned char *)MODULE_WEIGHTS};
