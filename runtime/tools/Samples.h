// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Statistics and text of measured times.
#ifndef ATTN_RT_TOOLS_SAMPLES_H
#define ATTN_RT_TOOLS_SAMPLES_H

#include <cstdint>
#include <string>
#include <vector>

namespace attn::tool {

std::vector<int64_t> sortedSamples(std::vector<int64_t> samples);

/// The smallest sample that is not below `percent` of all (nearest rank).
int64_t percentile(const std::vector<int64_t> &sorted, int percent);

/// "1.23us", "45.6ms": three digits and a unit.
std::string durationText(int64_t nanoseconds);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_SAMPLES_H
