/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Checks tensors against a function's signature and solves its symbols. */
#ifndef ATTN_RT_SRC_SIGNATURE_H
#define ATTN_RT_SRC_SIGNATURE_H

#include "note.h"

/* The tables of one run; they lie in one scratch block. */
typedef struct attn_rti_tables {
  int64_t *dims;                /* [symbol_count] */
  int32_t *bound_by;            /* [symbol_count] argument * MAX_RANK + dim, or -1 */
  int64_t *result_sizes;        /* [result_dims] */
  void **tensors;               /* [arg_count + result_count] */
  attn_rt_tensor *results;      /* [result_count] as planned */
  struct attn_rti_copy *copies; /* [arg_count] */
} attn_rti_tables;

/* A dense copy of an argument; memory NULL where none was needed. */
typedef struct attn_rti_copy {
  void *memory;
  size_t size;
} attn_rti_copy;

/* "expects 2 arguments, but got 3". */
attn_rt_status attn_rti_check_counts(const attn_rt_function *function, int32_t arg_count, int32_t result_count,
                                     attn_rt_error *error);

/* Element type, rank, sizes, symbols, strides, device; data unless only_shapes.
 * Fills dims. */
attn_rt_status attn_rti_bind_arguments(const attn_rt_function *function, const attn_rt_tensor *args, int only_shapes,
                                       attn_rti_tables *tables, attn_rt_error *error);

/* Turns result_sizes into dense tensors, and checks that the module's plan
 * agrees with its own signature. */
attn_rt_status attn_rti_describe_results(const attn_rt_function *function, attn_rti_tables *tables,
                                         attn_rt_error *error);

/* Checks the results that the caller wants in place: exact type and shape,
 * dense, aligned, apart from all other tensors. */
attn_rt_status attn_rti_check_results(const attn_rt_function *function, const attn_rt_tensor *args,
                                      const attn_rt_tensor *results, const attn_rti_tables *tables,
                                      attn_rt_error *error);

/* Checks the elements of argument `index`, dense at `data`, against its
 * range. */
attn_rt_status attn_rti_check_values(const attn_rt_function *function, int32_t index, const attn_rt_tensor *arg,
                                     const void *data, attn_rt_error *error);

#endif /* ATTN_RT_SRC_SIGNATURE_H */
