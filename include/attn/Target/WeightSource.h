// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the writer of modules gets the bytes of weights from. lib/Target knows
// no model format: a tool connects it to a reader of lib/Import.
#ifndef ATTN_TARGET_WEIGHTSOURCE_H
#define ATTN_TARGET_WEIGHTSOURCE_H

#include "attn_rt/abi.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace attn {

/// A tensor of a model's files: row-major, little-endian, aligned to nothing.
struct WeightTensor {
  attn_rt_dtype dtype = ATTN_RT_F32;
  llvm::SmallVector<int64_t> shape;
  /// As many as dtype and shape say. Valid as long as the source and `owner`.
  llvm::StringRef bytes;
  /// Holds the bytes where they are not the file's own.
  std::shared_ptr<const std::string> owner = nullptr;
};

class WeightSource {
public:
  virtual ~WeightSource() = default;

  /// Finds "file:tensor", an `attn.source`, or "file:tensor:transposed", the
  /// matrix with rows and columns exchanged.
  virtual llvm::Expected<WeightTensor> find(llvm::StringRef source) = 0;
};

} // namespace attn

#endif // ATTN_TARGET_WEIGHTSOURCE_H
