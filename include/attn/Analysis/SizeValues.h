// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What sizes in the middle of a graph are worth when those of an entry point's arguments are given: for reports on what
// a compiled function will do. Walks from a size to the arguments, through calls; changes nothing.
#ifndef ATTN_ANALYSIS_SIZEVALUES_H
#define ATTN_ANALYSIS_SIZEVALUES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include <optional>

namespace attn {

/// The calls that lead from an entry point to the function that holds a value, outermost first.
using CallPath = llvm::SmallVector<mlir::func::CallOp>;

class SizeValues {
public:
  /// Sizes by the names that `attn.dims` has for them, and arguments of one element by their own.
  explicit SizeValues(const llvm::StringMap<int64_t> &given) : given(given) {}

  /// The size of a dimension; none where it depends on data, or on a size that was not given.
  std::optional<int64_t> getSize(mlir::Value tensor, int64_t axis, const CallPath &path);
  /// The value of an index; none as above.
  std::optional<int64_t> getIndex(mlir::Value index, const CallPath &path);

  /// The names that were asked for in vain.
  const llvm::SetVector<llvm::StringRef> &getMissing() const { return missing; }

private:
  std::optional<int64_t> getSizeOfArgument(mlir::BlockArgument argument, int64_t axis, const CallPath &path);
  std::optional<int64_t> getSizeOfResult(mlir::OpResult result, int64_t axis, const CallPath &path);
  std::optional<int64_t> getElement(mlir::tensor::ExtractOp op, const CallPath &path);
  std::optional<int64_t> get(mlir::OpFoldResult value, const CallPath &path);

  const llvm::StringMap<int64_t> &given;
  llvm::SetVector<llvm::StringRef> missing;
};

} // namespace attn

#endif // ATTN_ANALYSIS_SIZEVALUES_H
