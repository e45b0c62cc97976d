// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The rotary embedding of a configuration as the frequencies by which positions are multiplied, however the
// configuration spells it. Private to lib/Import.
#ifndef ATTN_IMPORT_ROPECONFIG_H
#define ATTN_IMPORT_ROPECONFIG_H

#include "ConfigFields.h"
#include <vector>

namespace attn {

/// cos and sin of position * frequency, times a factor. All numbers are those that transformers computes in f32.
struct RopeConfig {
  /// One for each pair of elements.
  std::vector<float> frequencies;
  /// Those for sequences of more than `longFrom` positions; empty where length changes nothing.
  std::vector<float> longFrequencies;
  int64_t longFrom = 0;
  double factor = 1;
};

/// What the frequencies depend on beside the rotary fields.
struct RopeShape {
  int64_t headSize, positions;
};

/// Reads `rope_parameters`, or `rope_scaling` and `rope_theta`. Emits an error for each field that is wrong, and for
/// forms whose frequencies are no fixed function of the configuration.
RopeConfig readRopeConfig(ConfigFields &root, RopeShape shape);

} // namespace attn

#endif // ATTN_IMPORT_ROPECONFIG_H
