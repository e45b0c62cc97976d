/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A module with a function x -> y for each element type, which copies: what
 * the bindings of other languages are tested with. */
#include "attn_rt/abi.h"

typedef unsigned char byte;

/* The argument is x[rows][columns] of elements of this size. */
static void copy(attn_rt_frame *frame, int64_t size) {
  const byte *x = frame->tensors[0];
  byte *y = frame->tensors[1];
  for (int64_t i = 0; i < frame->dims[0] * frame->dims[1] * size; ++i)
    y[i] = x[i];
}

static int32_t copy1(attn_rt_frame *frame) { return copy(frame, 1), 0; }
static int32_t copy2(attn_rt_frame *frame) { return copy(frame, 2), 0; }
static int32_t copy4(attn_rt_frame *frame) { return copy(frame, 4), 0; }
static int32_t copy8(attn_rt_frame *frame) { return copy(frame, 8), 0; }

static int32_t plan(const int64_t *dims, int64_t concurrency, int64_t *sizes, uint64_t *workspace_bytes) {
  (void)concurrency;
  sizes[0] = dims[0];
  sizes[1] = dims[1];
  *workspace_bytes = 0;
  return 0;
}

/* In the order of dtypesNote. */
static const attn_rt_entry entries[13] = {copy1, copy1, copy2, copy4, copy8, copy1, copy2,
                                          copy4, copy8, copy2, copy4, copy8, copy2};
static const attn_rt_plan plans[13] = {plan, plan, plan, plan, plan, plan, plan, plan, plan, plan, plan, plan, plan};

extern const struct attn_rt_descriptor attn_rt_module_descriptor;
__attribute__((visibility("default"))) const struct attn_rt_descriptor attn_rt_module_descriptor = {
    ATTN_RT_ABI_MAGIC, ATTN_RT_ABI_MAJOR, ATTN_RT_ABI_MINOR, 1, 13, entries, plans, (const unsigned char *)0};
