// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Samples.h.
#include "Samples.h"

#include <algorithm>
#include <cstdio>

namespace attn::tool {

std::vector<int64_t> sortedSamples(std::vector<int64_t> samples) {
  std::sort(samples.begin(), samples.end());
  return samples;
}

int64_t percentile(const std::vector<int64_t> &sorted, int percent) {
  size_t rank = (sorted.size() * size_t(percent) + 99) / 100;
  return sorted[rank == 0 ? 0 : rank - 1];
}

std::string durationText(int64_t nanoseconds) {
  static const char *const units[] = {"ns", "us", "ms", "s"};
  double value = double(nanoseconds);
  int unit = 0;
  for (; value >= 999.5 && unit < 3; ++unit)
    value /= 1000;
  char text[32];
  int decimals = value >= 99.95 || unit == 0 ? 0 : value >= 9.995 ? 1 : 2;
  std::snprintf(text, sizeof text, "%.*f%s", decimals, value, units[unit]);
  return text;
}

} // namespace attn::tool
