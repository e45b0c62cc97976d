// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parameters that a graph needs, checked against the tensors that the files
// have, and declared as globals that name them. Private to lib/Import.
#ifndef ATTN_IMPORT_WEIGHTTABLE_H
#define ATTN_IMPORT_WEIGHTTABLE_H

#include "WeightFiles.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Builders.h"
#include <string>
#include <vector>

namespace attn {

/// A tensor of the files and its first dimension there, where that differs from
/// tensor to tensor.
struct ParameterPart {
  std::string tensor;
  int64_t rows;
};

/// One global: one tensor of the files, or several that agree behind their
/// first dimension, stacked along it.
struct Parameter {
  std::string symbol;
  std::vector<ParameterPart> parts;
  /// Behind the first dimension.
  llvm::SmallVector<int64_t, 2> columns;
  /// The files hold the matrix transposed: inputs x outputs.
  bool isTransposed = false;
  /// How the files spell the elements' type; WeightTable::check sets it.
  std::string dtype = "F32";

  /// The parameter that is one tensor of this name and shape.
  static Parameter of(std::string symbol, std::string tensor, llvm::ArrayRef<int64_t> shape);

  mlir::RankedTensorType getType(mlir::MLIRContext *context) const;
};

/// The parameters of a model in the order in which they are declared.
class WeightTable {
public:
  /// `prefix` stands before every tensor's name in the files; `dtypes` are the
  /// element types that the graph can read.
  WeightTable(const WeightFiles &files, std::string prefix, llvm::ArrayRef<llvm::StringRef> dtypes)
      : files(files), prefix(std::move(prefix)), dtypes(dtypes) {}

  void add(Parameter parameter) { parameters.push_back(std::move(parameter)); }

  /// Emits errors about tensors that are missing or not as expected, and a
  /// warning about those that a model of this kind should not have: below
  /// `owned`, but not asked for.
  mlir::LogicalResult check(llvm::ArrayRef<llvm::StringRef> owned, mlir::Location loc);

  /// In the order in which they were added; after check() with their types.
  llvm::ArrayRef<Parameter> getParameters() const { return parameters; }

  /// Declares all globals.
  void declare(mlir::OpBuilder &builder) const;

private:
  WeightFiles::Place find(llvm::StringRef tensor) const;
  mlir::LogicalResult checkPresent(mlir::Location loc) const;
  mlir::LogicalResult checkParameter(Parameter &parameter, mlir::Location loc) const;
  mlir::LogicalResult checkPart(const Parameter &parameter, const ParameterPart &part, mlir::Location loc) const;
  void warnAboutUnused(llvm::ArrayRef<llvm::StringRef> owned, mlir::Location loc) const;

  const WeightFiles &files;
  std::string prefix;
  llvm::ArrayRef<llvm::StringRef> dtypes;
  std::vector<Parameter> parameters;
};

} // namespace attn

#endif // ATTN_IMPORT_WEIGHTTABLE_H
