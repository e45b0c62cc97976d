/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A module with states for the tests; ToyNotes.h holds its description.  Two
 * functions, with their arguments in different orders, write the same cache,
 * and with MODULE_RECURRENT a running sum.  Written by hand as compiled code
 * would be: no imports.
 *
 *   keys[b][h][p][c] = (h + 1) x[b][p - past] + c     for the new positions p
 *   values[p][b]     = integer part of x[b][p - past]
 *   sum[b]          += x[b][0] + x[b][1] + ...
 *   y[b]             = sum of keys[b][1][p][2] values[p][b] over all p, + sum[b]
 *
 * An x below -100 is a fault, found when everything has been written. */
#include "attn_rt/abi.h"

#define UNUSED(x) (void)(x)

#ifndef MODULE_STEP
#define MODULE_STEP 1
#endif

enum { HEADS = 2, WIDTH = 3 };

typedef struct job {
  const float *x;
  float *keys, *y;
  int32_t *values;
  double *sum;
  int64_t past, step, batch, capacity;
} job;

static void write_row(void *arg, int64_t b, int64_t worker) {
  const job *j = arg;
  UNUSED(worker);
  for (int64_t s = 0; s < j->step; ++s) {
    int64_t p = j->past + s;
    float x = j->x[b * j->step + s];
    for (int64_t h = 0; h < HEADS; ++h)
      for (int64_t c = 0; c < WIDTH; ++c)
        j->keys[((b * HEADS + h) * j->capacity + p) * WIDTH + c] = (float)(h + 1) * x + (float)c;
    j->values[p * j->batch + b] = (int32_t)x;
    if (j->sum)
      j->sum[b] += x;
  }
}

static void read_row(void *arg, int64_t b, int64_t worker) {
  const job *j = arg;
  double y = j->sum ? j->sum[b] : 0;
  UNUSED(worker);
  for (int64_t p = 0; p < j->past + j->step; ++p)
    y += (double)j->keys[((b * HEADS + 1) * j->capacity + p) * WIDTH + 2] * j->values[p * j->batch + b];
  j->y[b] = (float)y;
}

static int32_t run(attn_rt_frame *frame, job *j) {
  const attn_rt_body bodies[2] = {write_row, read_row};
  for (int32_t op = 0; op < 2; ++op) {
    int32_t code = frame->op_begin ? frame->op_begin(frame->op_context, op) : 0;
    if (code)
      return code;
    frame->parallel_for(frame->parallel_context, j->batch, bodies[op], j);
    if (frame->op_end)
      frame->op_end(frame->op_context, op, 0, 0);
  }
  for (int64_t i = 0; i < j->batch * j->step; ++i)
    if (j->x[i] < -100) {
      frame->fault[1] = (int64_t)j->x[i];
      frame->fault[2] = -100;
      return ATTN_RT_ABI_FAULT;
    }
  return 0;
}

#ifdef MODULE_RECURRENT
enum { ARGS = 5 };
#else
enum { ARGS = 4 };
#endif

/* x, keys, past, values, sum */
static int32_t prefill(attn_rt_frame *frame) {
  void *const *t = frame->tensors;
  job j = {t[0],           t[1],           t[ARGS],       t[3], ARGS > 4 ? t[4] : 0, *(const int64_t *)t[2],
           frame->dims[2], frame->dims[0], frame->dims[1]};
  return run(frame, &j);
}

/* values, past, x, keys, sum */
static int32_t decode(attn_rt_frame *frame) {
  void *const *t = frame->tensors;
  job j = {t[2],        t[3],           t[ARGS],       t[0], ARGS > 4 ? t[4] : 0, *(const int64_t *)t[1],
           MODULE_STEP, frame->dims[0], frame->dims[1]};
  return run(frame, &j);
}

static int32_t batch_plan(const int64_t *dims, int64_t concurrency, int64_t *sizes, uint64_t *workspace_bytes) {
  UNUSED(concurrency);
  sizes[0] = dims[0];
  *workspace_bytes = 64;
  return 0;
}

/* last: no state; y = the last element of x. */
static int32_t last(attn_rt_frame *frame) {
  *(float *)frame->tensors[1] = ((const float *)frame->tensors[0])[frame->dims[0] - 1];
  return 0;
}

static int32_t last_plan(const int64_t *dims, int64_t concurrency, int64_t *sizes, uint64_t *workspace_bytes) {
  UNUSED(dims);
  UNUSED(concurrency);
  UNUSED(sizes);
  *workspace_bytes = 0;
  return 0;
}

static const attn_rt_entry entries[3] = {prefill, decode, last};
static const attn_rt_plan plans[3] = {batch_plan, batch_plan, last_plan};

extern const struct attn_rt_descriptor attn_rt_module_descriptor;
__attribute__((visibility("default"))) const struct attn_rt_descriptor attn_rt_module_descriptor = {
    ATTN_RT_ABI_MAGIC, ATTN_RT_ABI_MAJOR, ATTN_RT_ABI_MINOR, 1, 3, entries, plans, 0};
