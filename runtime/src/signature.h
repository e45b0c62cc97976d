/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Checks tensors against a function's signature and solves its symbols. */
#ifndef ATTN_RT_SRC_SIGNATURE_H
#define ATTN_RT_SRC_SIGNATURE_H

#include "note.h"

/* The tables of one run; they lie in one scratch block. */
typedef struct attn_rti_tables {
  int64_t *dims;                /* [symbol_count] */
  int32_t *bound_by;            /* [symbol_count] argument * MAX_RANK + dim, or attn_rti_binder */
  int64_t *result_sizes;        /* [result_dims] */
  void **tensors;               /* [arg_count + result_count] */
  attn_rt_tensor *results;      /* [result_count] as planned */
  struct attn_rti_copy *copies; /* [arg_count] */
  attn_rt_tensor *args;         /* [arg_count] of a function with states: those of a session */
} attn_rti_tables;

/* Who gave a symbol its size, where no argument did. */
typedef enum attn_rti_binder { ATTN_RTI_UNBOUND = -1, ATTN_RTI_BOUND_BY_SESSION = -2 } attn_rti_binder;

/* A dense copy of an argument; memory NULL where none was needed. */
typedef struct attn_rti_copy {
  void *memory;
  size_t size;
} attn_rti_copy;

/* "expects 2 arguments, but got 3". */
attn_rt_status attn_rti_check_counts(const attn_rt_function *function, int32_t arg_count, int32_t result_count,
                                     attn_rt_error *error);

/* Element type, rank, sizes, symbols, strides, device; data unless only_shapes.
 * Fills those dims that are unbound, and compares with the others. */
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

/* Whether both touch a byte; their dtypes and shapes must be valid. */
int attn_rti_overlap(const attn_rt_tensor *a, const attn_rt_tensor *b);

#endif /* ATTN_RT_SRC_SIGNATURE_H */
