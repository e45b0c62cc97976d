/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the library asks about tensor values. */
#ifndef ATTN_RT_SRC_TENSOR_H
#define ATTN_RT_SRC_TENSOR_H

#include "attn_rt/attn_rt.h"

void attn_rti_set_dense_strides(attn_rt_tensor *tensor);

/* -1 when a size is negative or the product overflows. */
int64_t attn_rti_element_count(const attn_rt_tensor *tensor);

/* Row-major without gaps; strides of dimensions of size 1 do not matter. */
int attn_rti_is_dense(const attn_rt_tensor *tensor);

/* The bytes touched, relative to `data`; 0 when an offset overflows.  The
 * dtype and the shape must be valid. */
int attn_rti_byte_range(const attn_rt_tensor *tensor, int64_t *low, int64_t *high);

/* Row-major copy of all elements. */
void attn_rti_copy_dense(void *to, const attn_rt_tensor *tensor);

#endif /* ATTN_RT_SRC_TENSOR_H */
