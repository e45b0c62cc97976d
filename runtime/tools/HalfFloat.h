// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversions between f32 and the 16-bit formats, with rounding to nearest
// even, by integer arithmetic: exact on every CPU.
#ifndef ATTN_RT_TOOLS_HALFFLOAT_H
#define ATTN_RT_TOOLS_HALFFLOAT_H

#include <cstdint>
#include <cstring>

namespace attn::tool {

inline uint32_t floatBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float floatFromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline float bfloatToFloat(uint16_t bits) { return floatFromBits(uint32_t(bits) << 16); }

inline uint16_t floatToBfloat(float value) {
  uint32_t bits = floatBits(value);
  if ((bits & 0x7fffffff) > 0x7f800000) // NaN: keep it one
    return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float halfToFloat(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 31, fraction = half & 0x3ff;
  if (exponent == 31)
    return floatFromBits(sign | 0x7f800000 | fraction << 13);
  if (exponent != 0)
    return floatFromBits(sign | (exponent + 112) << 23 | fraction << 13);
  float magnitude = float(fraction) * floatFromBits(0x33800000); // 2^-24
  return sign ? -magnitude : magnitude;
}

inline uint16_t floatToHalf(float value) {
  uint32_t bits = floatBits(value), magnitude = bits & 0x7fffffff;
  uint16_t sign = uint16_t(bits >> 16 & 0x8000);
  if (magnitude > 0x7f800000)
    return uint16_t(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
  if (magnitude >= 0x477ff000) // rounds beyond 65504
    return uint16_t(sign | 0x7c00);
  if (magnitude >= 0x38800000) { // normal half
    uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return uint16_t(sign | ((rounded - 0x38000000) >> 13));
  }
  if (magnitude < 0x33000000) // below half of the least subnormal
    return sign;
  uint32_t shift = 126 - (magnitude >> 23);
  uint32_t fraction = (magnitude & 0x7fffff) | 0x800000;
  uint32_t result = fraction >> shift;
  uint32_t rest = fraction & ((1u << shift) - 1), half = 1u << (shift - 1);
  if (rest > half || (rest == half && (result & 1)))
    ++result;
  return uint16_t(sign | result);
}

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_HALFFLOAT_H
