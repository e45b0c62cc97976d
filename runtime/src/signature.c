/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Shapes and symbols of arguments and results. */
#include "signature.h"

#include "error.h"
#include "tensor.h"

#include <inttypes.h>
#include <string.h>

attn_rt_status attn_rti_check_counts(const attn_rt_function *function, int32_t arg_count, int32_t result_count,
                                     attn_rt_error *error) {
  if (arg_count != function->arg_count)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects function '%s' to be called with %d "
                         "arguments, but got %d",
                         function->name, function->arg_count, arg_count);
  if (result_count != function->result_count)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects function '%s' to be called with %d results, "
                         "but got %d",
                         function->name, function->result_count, result_count);
  return ATTN_RT_OK;
}

/* Type, rank and device: alike for arguments and results in place. */
static attn_rt_status check_kind(const char *role, const attn_rt_value_info *value, const attn_rt_tensor *tensor,
                                 attn_rt_error *error) {
  if (tensor->dtype != value->dtype) {
    const char *name = attn_rt_dtype_name(tensor->dtype);
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT, "expects %s '%s' to have element type %s, but got %s", role,
                         value->name, attn_rt_dtype_name(value->dtype), name ? name : "an unknown one");
  }
  if (tensor->rank != value->rank)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT, "expects %s '%s' to have rank %d, but got %d", role,
                         value->name, value->rank, tensor->rank);
  if (tensor->device == ATTN_RT_CUDA)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects %s '%s' to be in the memory of the CPU, which the module runs on, but got device "
                         "cuda:%d",
                         role, value->name, tensor->device_index);
  if (tensor->device != ATTN_RT_CPU || tensor->device_index != 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects %s '%s' to be on device 0:0 (the CPU), but "
                         "got %d:%d",
                         role, value->name, tensor->device, tensor->device_index);
  return ATTN_RT_OK;
}

static attn_rt_status refuse_dim(const char *role, const attn_rt_value_info *value, int32_t dim, const char *property,
                                 int64_t bound, int64_t actual, attn_rt_error *error) {
  return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                       "expects %s '%s' dimension %d to be %s%" PRId64 ", but got %" PRId64, role, value->name, dim,
                       property, bound, actual);
}

static attn_rt_status bind_symbol(const attn_rt_function *function, int32_t arg, int32_t dim, int64_t size,
                                  attn_rti_tables *tables, attn_rt_error *error) {
  const attn_rt_value_info *value = &function->args[arg];
  const attn_rt_dim *wanted = &value->dims[dim];
  int32_t symbol = wanted->symbol_index, first = tables->bound_by[symbol];
  if (first >= 0 && tables->dims[symbol] != size)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects argument '%s' dimension %d to be %" PRId64
                         " ('%s', as in argument '%s' dimension %d), but got %" PRId64,
                         value->name, dim, tables->dims[symbol], wanted->symbol,
                         function->args[first / ATTN_RT_MAX_RANK].name, first % ATTN_RT_MAX_RANK, size);
  if (first == ATTN_RTI_BOUND_BY_SESSION && tables->dims[symbol] != size)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects argument '%s' dimension %d to be %" PRId64 " ('%s' of the session), but got %" PRId64,
                         value->name, dim, tables->dims[symbol], wanted->symbol, size);
  if (size < wanted->min || size > wanted->max)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects argument '%s' dimension %d ('%s') to be in "
                         "[%" PRId64 ", %" PRId64 "], but got %" PRId64,
                         value->name, dim, wanted->symbol, wanted->min, wanted->max, size);
  if (size % wanted->multiple != 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects argument '%s' dimension %d ('%s') to be a "
                         "multiple of %" PRId64 ", but got %" PRId64,
                         value->name, dim, wanted->symbol, wanted->multiple, size);
  tables->dims[symbol] = size;
  if (first == ATTN_RTI_UNBOUND)
    tables->bound_by[symbol] = arg * ATTN_RT_MAX_RANK + dim;
  return ATTN_RT_OK;
}

static attn_rt_status check_memory(const attn_rt_value_info *value, const attn_rt_tensor *tensor, int only_shapes,
                                   attn_rt_error *error) {
  int64_t low, high;
  if (attn_rt_tensor_bytes(tensor) < 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects argument '%s' to have a size below 2^63 "
                         "bytes, but got a shape that overflows it",
                         value->name);
  if (only_shapes)
    return ATTN_RT_OK;
  if (!attn_rti_byte_range(tensor, &low, &high))
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects argument '%s' to have offsets below 2^63 "
                         "bytes, but got strides that overflow them",
                         value->name);
  int64_t count = attn_rti_element_count(tensor);
  if (!tensor->data && count > 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects argument '%s' to have data for %" PRId64 " elements, but got NULL", value->name,
                         count);
  return ATTN_RT_OK;
}

static attn_rt_status bind_argument(const attn_rt_function *function, int32_t index, const attn_rt_tensor *tensor,
                                    int only_shapes, attn_rti_tables *tables, attn_rt_error *error) {
  const attn_rt_value_info *value = &function->args[index];
  attn_rt_status status = check_kind("argument", value, tensor, error);
  for (int32_t d = 0; d < value->rank && !status; ++d) {
    const attn_rt_dim *dim = &value->dims[d];
    int64_t size = tensor->shape[d];
    if (size < 0)
      status = refuse_dim("argument", value, d, "at least ", 0, size, error);
    else if (dim->symbol_index >= 0)
      status = bind_symbol(function, index, d, size, tables, error);
    else if (size != dim->min)
      status = refuse_dim("argument", value, d, "", dim->min, size, error);
  }
  return status ? status : check_memory(value, tensor, only_shapes, error);
}

attn_rt_status attn_rti_bind_arguments(const attn_rt_function *function, const attn_rt_tensor *args, int only_shapes,
                                       attn_rti_tables *tables, attn_rt_error *error) {
  attn_rt_status status = ATTN_RT_OK;
  for (int32_t i = 0; i < function->arg_count && !status; ++i)
    status = bind_argument(function, i, &args[i], only_shapes, tables, error);
  return status;
}

static attn_rt_status refuse_plan(const attn_rt_value_info *value, int32_t dim, int64_t wanted, int64_t actual,
                                  attn_rt_error *error) {
  return attn_rti_fail(error, ATTN_RT_INTERNAL,
                       "expects the module's plan to make result '%s' "
                       "dimension %d %" PRId64 ", but got %" PRId64,
                       value->name, dim, wanted, actual);
}

attn_rt_status attn_rti_describe_results(const attn_rt_function *function, attn_rti_tables *tables,
                                         attn_rt_error *error) {
  const int64_t *sizes = tables->result_sizes;
  for (int32_t i = 0; i < function->result_count; ++i) {
    const attn_rt_value_info *value = &function->results[i];
    attn_rt_tensor *result = &tables->results[i];
    for (int32_t d = 0; d < value->rank; ++d) {
      const attn_rt_dim *dim = &value->dims[d];
      int64_t wanted = dim->symbol_index >= 0 ? tables->dims[dim->symbol_index] : dim->min;
      int computed = dim->symbol_index == ATTN_RT_DIM_COMPUTED;
      if (computed ? sizes[d] < 0 : sizes[d] != wanted)
        return refuse_plan(value, d, wanted, sizes[d], error);
    }
    *result = attn_rt_tensor_view(NULL, (attn_rt_dtype)value->dtype, value->rank, sizes);
    if (attn_rt_tensor_bytes(result) < 0)
      return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                           "expects result '%s' to have a size below 2^63 "
                           "bytes, but got a shape that overflows it",
                           value->name);
    sizes += value->rank;
  }
  return ATTN_RT_OK;
}

static attn_rt_status check_result_form(const attn_rt_value_info *value, const attn_rt_tensor *result,
                                        const attn_rt_tensor *planned, attn_rt_error *error) {
  attn_rt_status status = check_kind("result", value, result, error);
  for (int32_t d = 0; d < value->rank && !status; ++d)
    if (result->shape[d] != planned->shape[d])
      status = refuse_dim("result", value, d, "", planned->shape[d], result->shape[d], error);
  if (status)
    return status;
  if (!attn_rti_is_dense(result))
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects result '%s' to be dense and row-major, but "
                         "got other strides",
                         value->name);
  size_t size = attn_rt_dtype_bytes(result->dtype);
  if ((uintptr_t)result->data % size != 0)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects result '%s' to be aligned to %zu bytes, but "
                         "got an address with remainder %zu",
                         value->name, size, (uintptr_t)result->data % size);
  return ATTN_RT_OK;
}

int attn_rti_overlap(const attn_rt_tensor *a, const attn_rt_tensor *b) {
  int64_t low_a, high_a, low_b, high_b;
  if (!a->data || !b->data || attn_rti_element_count(a) == 0 || attn_rti_element_count(b) == 0)
    return 0;
  if (!attn_rti_byte_range(a, &low_a, &high_a) || !attn_rti_byte_range(b, &low_b, &high_b))
    return 1;
  uintptr_t at_a = (uintptr_t)a->data, at_b = (uintptr_t)b->data;
  return at_a + (uintptr_t)low_a < at_b + (uintptr_t)high_b && at_b + (uintptr_t)low_b < at_a + (uintptr_t)high_a;
}

static attn_rt_status refuse_overlap(const char *result, const char *role, const char *other, attn_rt_error *error) {
  return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                       "expects result '%s' to lie apart from %s '%s', but got "
                       "overlapping memory",
                       result, role, other);
}

attn_rt_status attn_rti_check_results(const attn_rt_function *function, const attn_rt_tensor *args,
                                      const attn_rt_tensor *results, const attn_rti_tables *tables,
                                      attn_rt_error *error) {
  for (int32_t i = 0; i < function->result_count; ++i) {
    const attn_rt_value_info *value = &function->results[i];
    if (!results[i].data)
      continue;
    attn_rt_status status = check_result_form(value, &results[i], &tables->results[i], error);
    if (status)
      return status;
    for (int32_t k = 0; k < function->arg_count; ++k)
      if (attn_rti_overlap(&results[i], &args[k]))
        return refuse_overlap(value->name, "argument", function->args[k].name, error);
    /* Earlier results have been checked: their shapes can be trusted. */
    for (int32_t k = 0; k < i; ++k)
      if (attn_rti_overlap(&results[i], &results[k]))
        return refuse_overlap(value->name, "result", function->results[k].name, error);
  }
  return ATTN_RT_OK;
}
