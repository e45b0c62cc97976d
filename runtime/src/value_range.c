/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Integer arguments whose elements must lie in a range: token ids, lengths. */
#include "signature.h"

#include "error.h"
#include "tensor.h"

#include <inttypes.h>
#include <stdio.h>

/* The first element outside [min, max], or count. */
#define DEFINE_SCAN(name, type)                                                                                        \
  static int64_t scan_##name(const type *data, int64_t count, int64_t min, int64_t max) {                              \
    for (int64_t i = 0; i < count; ++i)                                                                                \
      if ((int64_t)data[i] < min || (int64_t)data[i] > max)                                                            \
        return i;                                                                                                      \
    return count;                                                                                                      \
  }

DEFINE_SCAN(i8, int8_t)
DEFINE_SCAN(i16, int16_t)
DEFINE_SCAN(i32, int32_t)
DEFINE_SCAN(i64, int64_t)
DEFINE_SCAN(u8, uint8_t)
DEFINE_SCAN(u16, uint16_t)
DEFINE_SCAN(u32, uint32_t)

/* An u64 above INT64_MAX is above every bound that can be written. */
static int64_t scan_u64(const uint64_t *data, int64_t count, int64_t min, int64_t max) {
  for (int64_t i = 0; i < count; ++i)
    if (data[i] > INT64_MAX || (int64_t)data[i] < min || (int64_t)data[i] > max)
      return i;
  return count;
}

static int64_t scan(int32_t dtype, const void *data, int64_t count, int64_t min, int64_t max) {
  switch (dtype) {
  case ATTN_RT_I8:
    return scan_i8(data, count, min, max);
  case ATTN_RT_I16:
    return scan_i16(data, count, min, max);
  case ATTN_RT_I32:
    return scan_i32(data, count, min, max);
  case ATTN_RT_I64:
    return scan_i64(data, count, min, max);
  case ATTN_RT_U16:
    return scan_u16(data, count, min, max);
  case ATTN_RT_U32:
    return scan_u32(data, count, min, max);
  case ATTN_RT_U64:
    return scan_u64(data, count, min, max);
  default: /* bool and u8; the note reader admits no other type */
    return scan_u8(data, count, min, max);
  }
}

static void print_value(int32_t dtype, const void *data, int64_t at, char *text, size_t size) {
  switch (dtype) {
  case ATTN_RT_I8:
    snprintf(text, size, "%d", ((const int8_t *)data)[at]);
    break;
  case ATTN_RT_I16:
    snprintf(text, size, "%d", ((const int16_t *)data)[at]);
    break;
  case ATTN_RT_I32:
    snprintf(text, size, "%" PRId32, ((const int32_t *)data)[at]);
    break;
  case ATTN_RT_I64:
    snprintf(text, size, "%" PRId64, ((const int64_t *)data)[at]);
    break;
  case ATTN_RT_U16:
    snprintf(text, size, "%u", ((const uint16_t *)data)[at]);
    break;
  case ATTN_RT_U32:
    snprintf(text, size, "%" PRIu32, ((const uint32_t *)data)[at]);
    break;
  case ATTN_RT_U64:
    snprintf(text, size, "%" PRIu64, ((const uint64_t *)data)[at]);
    break;
  default:
    snprintf(text, size, "%u", ((const uint8_t *)data)[at]);
    break;
  }
}

/* "[0, 3]" from the position in row-major order. */
static void print_position(const attn_rt_tensor *tensor, int64_t at, char *text, size_t size) {
  int64_t index[ATTN_RT_MAX_RANK];
  for (int32_t d = tensor->rank - 1; d >= 0; --d) {
    index[d] = at % tensor->shape[d];
    at /= tensor->shape[d];
  }
  size_t used = (size_t)snprintf(text, size, "[");
  for (int32_t d = 0; d < tensor->rank; ++d)
    used += (size_t)snprintf(text + used, size - used, "%s%" PRId64, d ? ", " : "", index[d]);
  snprintf(text + used, size - used, "]");
}

attn_rt_status attn_rti_check_values(const attn_rt_function *function, int32_t index, const attn_rt_tensor *arg,
                                     const void *data, attn_rt_error *error) {
  const attn_rt_value_info *value = &function->args[index];
  int64_t count = attn_rti_element_count(arg);
  if (!(value->flags & ATTN_RT_VALUE_HAS_RANGE) || count == 0)
    return ATTN_RT_OK;
  int64_t at = scan(value->dtype, data, count, value->value_min, value->value_max);
  if (at == count)
    return ATTN_RT_OK;
  char position[256], actual[32];
  print_position(arg, at, position, sizeof position);
  print_value(value->dtype, data, at, actual, sizeof actual);
  return attn_rti_fail(error, ATTN_RT_OUT_OF_RANGE,
                       "expects argument '%s' element %s to be in [%" PRId64 ", %" PRId64 "], but got %s", value->name,
                       position, value->value_min, value->value_max, actual);
}
