// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A dense array in host memory: what inputs, results and .npy files are to the
// tools; and the conversions of its elements.
#ifndef ATTN_RT_TOOLS_ARRAY_H
#define ATTN_RT_TOOLS_ARRAY_H

#include "attn_rt/attn_rt.h"

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <vector>

namespace attn::tool {

/// Elements start at a cache line: loads that cross one cost an attention a
/// fifth of its speed, so that measurements would tell about the allocator.
template <typename T> struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t Line{64};

  CacheLineAllocator() = default;
  template <typename U> CacheLineAllocator(const CacheLineAllocator<U> &) {}
  T *allocate(std::size_t count) { return static_cast<T *>(::operator new(count * sizeof(T), Line)); }
  void deallocate(T *data, std::size_t) { ::operator delete(data, Line); }
  template <typename U> bool operator==(const CacheLineAllocator<U> &) const { return true; }
  template <typename U> bool operator!=(const CacheLineAllocator<U> &) const { return false; }
};

struct Array {
  int32_t DType = ATTN_RT_F32;
  std::vector<int64_t> Shape;
  /// Row-major, little-endian.
  std::vector<unsigned char, CacheLineAllocator<unsigned char>> Bytes;

  int64_t count() const;
  /// A view for attn_rt_run; never NULL, also for no elements.
  attn_rt_tensor view();
};

/// A zero array; throws ToolError when the rank or the size is too large.
Array makeArray(int32_t dtype, const std::vector<int64_t> &shape);

/// A copy of a dense tensor.
Array copyTensor(const attn_rt_tensor &tensor);

/// The dtype called `name` ("f32"); 0 when there is none.
int32_t parseDType(const std::string &name);

bool isFloat(int32_t dtype);

/// Any element as double; exact but for 64-bit integers above 2^53.
double elementAsDouble(const Array &array, int64_t index);

/// Any element as text that reads back as the same value.
std::string elementAsText(const Array &array, int64_t index);

/// Stores with rounding to nearest even for floats; integers wrap.
void storeDouble(Array &array, int64_t index, double value);
void storeInteger(Array &array, int64_t index, int64_t value);

/// "2x3xf32", the form of the value syntax.
std::string shapeText(int32_t dtype, const std::vector<int64_t> &shape);

/// "[1, 2]" of a position in row-major order.
std::string positionText(const std::vector<int64_t> &shape, int64_t index);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_ARRAY_H
