// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parameters that a graph needs, checked against the tensors that a file
// has, and declared as globals that name them. Private to lib/Import.
#ifndef ATTN_IMPORT_WEIGHTTABLE_H
#define ATTN_IMPORT_WEIGHTTABLE_H

#include "attn/Import/Safetensors.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Builders.h"
#include <string>
#include <vector>

namespace attn {

/// One global: one tensor of the file, or several of equal shape, stacked along
/// their first dimension.
struct Parameter {
  std::string symbol;
  std::vector<std::string> tensors;
  llvm::SmallVector<int64_t, 2> shape;

  mlir::RankedTensorType getType(mlir::MLIRContext *context) const;
};

/// The parameters of a model in the order in which they are declared.
class WeightTable {
public:
  /// `prefix` stands before every tensor's name in this file; `fileName` is
  /// its name in the model directory, `path` that name in messages.
  WeightTable(const Safetensors &file, std::string prefix, std::string fileName, llvm::StringRef path)
      : file(file), prefix(std::move(prefix)), fileName(std::move(fileName)), path(path) {}

  void add(Parameter parameter) { parameters.push_back(std::move(parameter)); }

  /// Emits errors about tensors that are missing or not as expected, and a
  /// warning about those that a model of this kind should not have: below
  /// `owned`, but not asked for.
  mlir::LogicalResult check(llvm::ArrayRef<llvm::StringRef> owned, mlir::Location loc) const;

  /// Declares all globals.
  void declare(mlir::OpBuilder &builder) const;

private:
  const SafetensorsEntry *find(llvm::StringRef tensor) const;
  mlir::LogicalResult checkPresent(mlir::Location loc) const;
  mlir::LogicalResult checkTensor(const SafetensorsEntry &entry, llvm::ArrayRef<int64_t> shape,
                                  mlir::Location loc) const;
  void warnAboutUnused(llvm::ArrayRef<llvm::StringRef> owned, mlir::Location loc) const;

  const Safetensors &file;
  std::string prefix, fileName;
  llvm::StringRef path;
  std::vector<Parameter> parameters;
};

} // namespace attn

#endif // ATTN_IMPORT_WEIGHTTABLE_H
