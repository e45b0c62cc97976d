/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A module of one function, y = 2 x: the smallest there is. */
#include "attn_rt/abi.h"

typedef struct job {
  const float *x;
  float *y;
  int64_t n;
} job;

enum { PIECE = 1024 };

static void body(void *arg, int64_t index, int64_t worker) {
  const job *work = arg;
  int64_t end = (index + 1) * PIECE < work->n ? (index + 1) * PIECE : work->n;
  (void)worker;
  for (int64_t i = index * PIECE; i < end; ++i)
    work->y[i] = 2 * work->x[i];
}

static int32_t twice(attn_rt_frame *frame) {
  job work = {frame->tensors[0], frame->tensors[1], frame->dims[0]};
  if (frame->op_begin && frame->op_begin(frame->op_context, 0))
    return 7;
  frame->parallel_for(frame->parallel_context, (work.n + PIECE - 1) / PIECE, body, &work);
  if (frame->op_end)
    frame->op_end(frame->op_context, 0, 0, 0);
  return 0;
}

static int32_t plan(const int64_t *dims, int64_t concurrency, int64_t *result_sizes, uint64_t *workspace_bytes) {
  (void)concurrency;
  result_sizes[0] = dims[0];
  *workspace_bytes = 0;
  return 0;
}

static const attn_rt_entry entries[] = {twice};
static const attn_rt_plan plans[] = {plan};

#ifndef MODULE_MINOR
#define MODULE_MINOR ATTN_RT_ABI_MINOR
#endif
#ifndef MODULE_MAGIC
#define MODULE_MAGIC ATTN_RT_ABI_MAGIC
#endif
#ifndef MODULE_FUNCTIONS
#define MODULE_FUNCTIONS 1
#endif
#ifndef MODULE_PLANS
#define MODULE_PLANS plans
#endif
#ifdef MODULE_CONSTRUCTOR
static volatile int started;
__attribute__((constructor)) static void start(void) { started = 1; }
#endif
#ifdef MODULE_IMPORT
extern int printf_of_somebody(int);
int32_t use_import(int value);
__attribute__((visibility("default"))) int32_t use_import(int value) { return printf_of_somebody(value); }
#endif
#ifdef MODULE_TLS
__thread int counter;
__attribute__((visibility("default"))) int32_t use_tls(void);
int32_t use_tls(void) { return ++counter; }
#endif
#ifdef MODULE_NO_DESCRIPTOR
#define attn_rt_module_descriptor another_symbol
#endif

extern const struct attn_rt_descriptor attn_rt_module_descriptor;
__attribute__((visibility("default"))) const struct attn_rt_descriptor attn_rt_module_descriptor = {
    MODULE_MAGIC, ATTN_RT_ABI_MAJOR, MODULE_MINOR, 1, MODULE_FUNCTIONS, entries, MODULE_PLANS, 0};
