// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Compare.h.
#include "Compare.h"

#include <cmath>
#include <cstdio>

namespace attn::tool {

Tolerance defaultTolerance(int32_t dtype) {
  if (dtype == ATTN_RT_F32)
    return {1e-4, 1e-5};
  if (dtype == ATTN_RT_F64)
    return {1e-9, 1e-10};
  if (isFloat(dtype))
    return {2e-2, 1e-3};
  return {};
}

namespace {
struct Statistics {
  int64_t Compared = 0, Wrong = 0, FirstWrong = -1, WorstAt = 0;
  int64_t GotNan = 0, ExpectedNan = 0;
  double MaxAbsolute = 0, MaxRelative = 0;
};
} // namespace

/// 64-bit integers beyond 2^53 are equal as double while they differ as bytes.
static bool sameInteger(const Array &got, const Array &expected, int64_t i) {
  return isFloat(got.DType) || elementAsText(got, i) == elementAsText(expected, i);
}

static void compareElement(const Array &got, const Array &expected, int64_t i, Tolerance tolerance,
                           Statistics &statistics) {
  double a = elementAsDouble(got, i), b = elementAsDouble(expected, i);
  statistics.GotNan += std::isnan(a);
  statistics.ExpectedNan += std::isnan(b);
  ++statistics.Compared;
  if ((std::isnan(a) && std::isnan(b)) || a == b) {
    bool is64 = (got.DType & 0xff) == 64;
    if (!is64 || sameInteger(got, expected, i))
      return;
  }
  double difference = std::fabs(a - b), size = std::fabs(b);
  bool isClose =
      std::isfinite(a) && std::isfinite(b) && a != b && difference <= tolerance.Absolute + tolerance.Relative * size;
  if (std::isfinite(difference) && difference > statistics.MaxAbsolute) {
    statistics.MaxAbsolute = difference;
    statistics.WorstAt = i;
  }
  if (std::isfinite(difference) && size > 0)
    statistics.MaxRelative = std::fmax(statistics.MaxRelative, difference / size);
  if (isClose)
    return;
  if (statistics.FirstWrong < 0)
    statistics.FirstWrong = i;
  ++statistics.Wrong;
}

static std::string summarise(const Array &got, const Array &expected, const Statistics &statistics) {
  char text[256];
  std::snprintf(text, sizeof text,
                "%lld elements compared, %lld differ; max abs %.3g, max rel "
                "%.3g; NaN %lld got, %lld expected",
                static_cast<long long>(statistics.Compared), static_cast<long long>(statistics.Wrong),
                statistics.MaxAbsolute, statistics.MaxRelative, static_cast<long long>(statistics.GotNan),
                static_cast<long long>(statistics.ExpectedNan));
  std::string summary = text;
  int64_t at = statistics.Wrong ? statistics.FirstWrong : statistics.WorstAt;
  if (statistics.Wrong || statistics.MaxAbsolute > 0)
    summary += std::string(statistics.Wrong ? "; first at " : "; worst at ") + positionText(got.Shape, at) +
               ": expects " + elementAsText(expected, at) + ", but got " + elementAsText(got, at);
  return summary;
}

Comparison compareArrays(const Array &got, const Array &expected, Tolerance tolerance) {
  Comparison result;
  if (got.DType != expected.DType || got.Shape != expected.Shape) {
    result.Summary =
        "expects " + shapeText(expected.DType, expected.Shape) + ", but got " + shapeText(got.DType, got.Shape);
    return result;
  }
  Statistics statistics;
  int64_t count = got.count();
  for (int64_t i = 0; i < count; ++i)
    compareElement(got, expected, i, tolerance, statistics);
  result.Compared = statistics.Compared;
  result.Matches = statistics.Wrong == 0;
  result.Summary = summarise(got, expected, statistics);
  return result;
}

} // namespace attn::tool
