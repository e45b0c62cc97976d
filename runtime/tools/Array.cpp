// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arrays and their elements.  The tools run where modules run: little-endian.
#include "Array.h"

#include "HalfFloat.h"
#include "ToolError.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace attn::tool {

template <typename T> static T load(const Array &array, int64_t index) {
  T value;
  std::memcpy(&value, array.Bytes.data() + size_t(index) * sizeof(T), sizeof(T));
  return value;
}

template <typename T> static void store(Array &array, int64_t index, T value) {
  std::memcpy(array.Bytes.data() + size_t(index) * sizeof(T), &value, sizeof(T));
}

int64_t Array::count() const {
  // Not the product of the sizes, which may overflow beside a 0.
  return int64_t(Bytes.size() / attn_rt_dtype_bytes(DType));
}

attn_rt_tensor Array::view() {
  if (Bytes.empty())
    Bytes.reserve(1);
  return attn_rt_tensor_view(Bytes.data(), attn_rt_dtype(DType), int32_t(Shape.size()), Shape.data());
}

Array makeArray(int32_t dtype, const std::vector<int64_t> &shape) {
  if (shape.size() > ATTN_RT_MAX_RANK)
    throw ToolError(ExitRefused, "expects an array to have rank 0 to 8, but "
                                 "got " +
                                     std::to_string(shape.size()));
  attn_rt_tensor tensor = attn_rt_tensor_view(nullptr, attn_rt_dtype(dtype), int32_t(shape.size()), shape.data());
  int64_t bytes = attn_rt_tensor_bytes(&tensor);
  /* A terabyte is beyond every machine these tools run on; the check keeps a
     hostile header from asking the allocator for it. */
  if (bytes < 0 || bytes > (int64_t(1) << 40))
    throw ToolError(ExitRefused, "expects an array to have less than 2^40 bytes, but got "
                                 "shape " +
                                     shapeText(dtype, shape));
  Array array;
  array.DType = dtype;
  array.Shape = shape;
  array.Bytes.resize(size_t(bytes));
  return array;
}

Array copyTensor(const attn_rt_tensor &tensor) {
  Array array = makeArray(tensor.dtype, std::vector<int64_t>(tensor.shape, tensor.shape + tensor.rank));
  if (!array.Bytes.empty())
    std::memcpy(array.Bytes.data(), tensor.data, array.Bytes.size());
  return array;
}

int32_t parseDType(const std::string &name) {
  for (int32_t code : {ATTN_RT_BOOL, ATTN_RT_I8, ATTN_RT_I16, ATTN_RT_I32, ATTN_RT_I64, ATTN_RT_U8, ATTN_RT_U16,
                       ATTN_RT_U32, ATTN_RT_U64, ATTN_RT_F16, ATTN_RT_F32, ATTN_RT_F64, ATTN_RT_BF16})
    if (name == attn_rt_dtype_name(code))
      return code;
  return 0;
}

bool isFloat(int32_t dtype) {
  return dtype == ATTN_RT_F16 || dtype == ATTN_RT_BF16 || dtype == ATTN_RT_F32 || dtype == ATTN_RT_F64;
}

static int64_t elementAsInteger(const Array &array, int64_t index) {
  switch (array.DType) {
  case ATTN_RT_I8:
    return load<int8_t>(array, index);
  case ATTN_RT_I16:
    return load<int16_t>(array, index);
  case ATTN_RT_I32:
    return load<int32_t>(array, index);
  case ATTN_RT_I64:
  case ATTN_RT_U64:
    return load<int64_t>(array, index);
  case ATTN_RT_U16:
    return load<uint16_t>(array, index);
  case ATTN_RT_U32:
    return load<uint32_t>(array, index);
  default:
    return load<uint8_t>(array, index);
  }
}

double elementAsDouble(const Array &array, int64_t index) {
  switch (array.DType) {
  case ATTN_RT_F16:
    return halfToFloat(load<uint16_t>(array, index));
  case ATTN_RT_BF16:
    return bfloatToFloat(load<uint16_t>(array, index));
  case ATTN_RT_F32:
    return load<float>(array, index);
  case ATTN_RT_F64:
    return load<double>(array, index);
  case ATTN_RT_U64:
    return double(load<uint64_t>(array, index));
  default:
    return double(elementAsInteger(array, index));
  }
}

std::string elementAsText(const Array &array, int64_t index) {
  char text[48];
  if (array.DType == ATTN_RT_U64)
    std::snprintf(text, sizeof text, "%" PRIu64, load<uint64_t>(array, index));
  else if (!isFloat(array.DType))
    std::snprintf(text, sizeof text, "%" PRId64, elementAsInteger(array, index));
  else
    std::snprintf(text, sizeof text, "%.*g",
                  array.DType == ATTN_RT_F64   ? 17
                  : array.DType == ATTN_RT_F32 ? 9
                                               : 5,
                  elementAsDouble(array, index));
  return text;
}

void storeInteger(Array &array, int64_t index, int64_t value) {
  switch (attn_rt_dtype_bytes(array.DType)) {
  case 1:
    return store<int8_t>(array, index, int8_t(value));
  case 2:
    return store<int16_t>(array, index, int16_t(value));
  case 4:
    return store<int32_t>(array, index, int32_t(value));
  default:
    return store<int64_t>(array, index, value);
  }
}

void storeDouble(Array &array, int64_t index, double value) {
  switch (array.DType) {
  case ATTN_RT_F16:
    return store(array, index, floatToHalf(float(value)));
  case ATTN_RT_BF16:
    return store(array, index, floatToBfloat(float(value)));
  case ATTN_RT_F32:
    return store(array, index, float(value));
  case ATTN_RT_F64:
    return store(array, index, value);
  default:
    return storeInteger(array, index, int64_t(value));
  }
}

std::string shapeText(int32_t dtype, const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t size : shape)
    text += std::to_string(size) + "x";
  const char *name = attn_rt_dtype_name(dtype);
  return text + (name ? name : "?");
}

std::string positionText(const std::vector<int64_t> &shape, int64_t index) {
  std::vector<int64_t> position(shape.size());
  for (size_t d = shape.size(); d-- > 0;) {
    position[d] = index % shape[d];
    index /= shape[d];
  }
  std::string text = "[";
  for (size_t d = 0; d < shape.size(); ++d)
    text += (d ? ", " : "") + std::to_string(position[d]);
  return text + "]";
}

} // namespace attn::tool
