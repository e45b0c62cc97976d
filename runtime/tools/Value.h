// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The value syntax that all tools share (a contract):
//
//   @file.npy   @file.npz   @file.npz:array
//   2x3xf32=0.5            one number: splat
//   2x3xi64=1,2,3,4,5,6    all elements
//   2x3xf32=random:7,normal    2x3xf32=iota    random    iota
//
// Parsing knows nothing of modules; making the array knows the declared range.
#ifndef ATTN_RT_TOOLS_VALUE_H
#define ATTN_RT_TOOLS_VALUE_H

#include "Array.h"

#include <cstdint>
#include <string>
#include <vector>

namespace attn::tool {

struct Value {
  enum KindType { File, Elements, Random, Iota };
  KindType Kind = Random;
  bool HasType = false; ///< "2x3xf32=..."; else the declared type is used
  int32_t DType = 0;
  std::vector<int64_t> Shape;
  std::string Path, Member;         ///< File
  std::vector<std::string> Numbers; ///< Elements: the numbers as written
  uint64_t Seed = 0;
  bool IsNormal = false;
};

/// Throws ToolError (usage) naming what was expected.
Value parseValue(const std::string &text);

/// Splits "NAME=VALUE".  The name is empty for a bare value, and also where the
/// part before '=' is a type such as 2x3xf32.
void splitName(const std::string &text, std::string &name, std::string &value);

/// What a generated value must fit: the declared type and range of elements.
struct Declared {
  int32_t DType = ATTN_RT_F32;
  std::vector<int64_t> Shape;
  bool HasRange = false;
  int64_t Min = 0, Max = 0;
  uint64_t Stream = 0; ///< differs between arguments, so that they differ
};

/// Makes the array of a value that is no file.
Array makeValue(const Value &value, const Declared &declared);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_VALUE_H
