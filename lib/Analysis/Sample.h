// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counting some of many that stand for all of them. Private to lib/Analysis.
#ifndef ATTN_LIB_ANALYSIS_SAMPLE_H
#define ATTN_LIB_ANALYSIS_SAMPLE_H

#include <cmath>
#include <cstdint>

namespace attn {

/// About `most` of `all`, by multiples of the golden ratio: spread evenly, and not in step with what a mask repeats.
class Sample {
public:
  /// All are asked in turn, which alone takes too long of so many.
  static constexpr int64_t kMostAsked = int64_t(1) << 22;

  Sample(int64_t all, int64_t most) : all(all), share(static_cast<double>(most) / static_cast<double>(all)) {}

  bool isWhole() const { return share >= 1; }
  /// Whether the next one is counted.
  bool take() {
    double turns = 0.5 + 0.6180339887498949 * static_cast<double>(asked++);
    bool isTaken = isWhole() || turns - std::floor(turns) < share;
    taken += isTaken;
    return isTaken;
  }
  /// The sum over all, of a sum over those that were taken.
  int64_t extrapolate(int64_t sum) const {
    if (isWhole() || taken == 0)
      return sum;
    return static_cast<int64_t>(static_cast<double>(sum) * static_cast<double>(all) / static_cast<double>(taken));
  }

private:
  int64_t all;
  double share;
  int64_t asked = 0, taken = 0;
};

} // namespace attn

#endif // ATTN_LIB_ANALYSIS_SAMPLE_H
