/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Element types and tensor values; nothing here knows of modules. */
#include "tensor.h"

#include <string.h>

static const struct {
  int32_t dtype;
  const char *name;
} dtypes[] = {{ATTN_RT_BOOL, "bool"}, {ATTN_RT_I8, "i8"},   {ATTN_RT_I16, "i16"}, {ATTN_RT_I32, "i32"},
              {ATTN_RT_I64, "i64"},   {ATTN_RT_U8, "u8"},   {ATTN_RT_U16, "u16"}, {ATTN_RT_U32, "u32"},
              {ATTN_RT_U64, "u64"},   {ATTN_RT_F16, "f16"}, {ATTN_RT_F32, "f32"}, {ATTN_RT_F64, "f64"},
              {ATTN_RT_BF16, "bf16"}};

const char *attn_rt_dtype_name(int32_t dtype) {
  for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; ++i)
    if (dtypes[i].dtype == dtype)
      return dtypes[i].name;
  return NULL;
}

size_t attn_rt_dtype_bytes(int32_t dtype) { return attn_rt_dtype_name(dtype) ? (size_t)(dtype & 0xff) / 8 : 0; }

attn_rt_tensor attn_rt_tensor_view(void *data, attn_rt_dtype dtype, int32_t rank, const int64_t *shape) {
  attn_rt_tensor tensor;
  memset(&tensor, 0, sizeof tensor);
  tensor.data = data;
  tensor.dtype = (int32_t)dtype;
  tensor.rank = rank;
  if (rank <= 0 || rank > ATTN_RT_MAX_RANK)
    return tensor;
  memcpy(tensor.shape, shape, (size_t)rank * sizeof shape[0]);
  attn_rti_set_dense_strides(&tensor);
  return tensor;
}

void attn_rti_set_dense_strides(attn_rt_tensor *tensor) {
  int64_t stride = 1;
  for (int32_t d = tensor->rank - 1; d >= 0; --d) {
    tensor->strides[d] = stride;
    int64_t size = tensor->shape[d] > 0 ? tensor->shape[d] : 1;
    /* A shape that overflows is refused later; its strides mean nothing. */
    if (__builtin_mul_overflow(stride, size, &stride))
      stride = 1;
  }
}

int64_t attn_rti_element_count(const attn_rt_tensor *tensor) {
  int64_t count = 1;
  int empty = 0, overflow = 0;
  if (tensor->rank < 0 || tensor->rank > ATTN_RT_MAX_RANK)
    return -1;
  for (int32_t d = 0; d < tensor->rank; ++d) {
    if (tensor->shape[d] < 0)
      return -1;
    empty |= tensor->shape[d] == 0;
    overflow |= __builtin_mul_overflow(count, tensor->shape[d], &count);
  }
  return empty ? 0 : overflow ? -1 : count;
}

int64_t attn_rt_tensor_bytes(const attn_rt_tensor *tensor) {
  int64_t count = attn_rti_element_count(tensor), bytes = 0;
  size_t size = attn_rt_dtype_bytes(tensor->dtype);
  if (count < 0 || size == 0 || __builtin_mul_overflow(count, (int64_t)size, &bytes))
    return -1;
  return bytes;
}

int attn_rti_is_dense(const attn_rt_tensor *tensor) {
  int64_t stride = 1;
  if (attn_rti_element_count(tensor) == 0)
    return 1;
  for (int32_t d = tensor->rank - 1; d >= 0; --d) {
    if (tensor->shape[d] != 1 && tensor->strides[d] != stride)
      return 0;
    stride *= tensor->shape[d];
  }
  return 1;
}

int attn_rti_byte_range(const attn_rt_tensor *tensor, int64_t *low, int64_t *high) {
  int64_t size = (int64_t)attn_rt_dtype_bytes(tensor->dtype), step, extent;
  *low = 0;
  *high = size;
  if (attn_rti_element_count(tensor) == 0) {
    *high = 0;
    return 1;
  }
  for (int32_t d = 0; d < tensor->rank; ++d) {
    if (__builtin_mul_overflow(tensor->strides[d], size, &step) ||
        __builtin_mul_overflow(step, tensor->shape[d] - 1, &extent) ||
        __builtin_add_overflow(extent < 0 ? *low : *high, extent, extent < 0 ? low : high))
      return 0;
  }
  return 1;
}

/* Copies the block that starts at dimension d; returns where the next goes. */
static unsigned char *copy_block(unsigned char *to, const unsigned char *from, const attn_rt_tensor *tensor, int32_t d,
                                 size_t size) {
  if (d == tensor->rank) {
    memcpy(to, from, size);
    return to + size;
  }
  int64_t step = tensor->strides[d] * (int64_t)size;
  if (d == tensor->rank - 1 && tensor->strides[d] == 1) {
    memcpy(to, from, (size_t)tensor->shape[d] * size);
    return to + (size_t)tensor->shape[d] * size;
  }
  for (int64_t i = 0; i < tensor->shape[d]; ++i)
    to = copy_block(to, from + i * step, tensor, d + 1, size);
  return to;
}

void attn_rti_copy_dense(void *to, const attn_rt_tensor *tensor) {
  if (attn_rti_element_count(tensor) > 0)
    copy_block(to, tensor->data, tensor, 0, attn_rt_dtype_bytes(tensor->dtype));
}

void attn_rt_tensor_release(attn_rt_tensor *tensor) {
  if (!tensor)
    return;
  if (tensor->release)
    tensor->release(tensor);
  memset(tensor, 0, sizeof *tensor);
}
