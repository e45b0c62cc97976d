// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tensors of a model directory, whether they lie in one safetensors file or in several that an index names.
// Private to lib/Import.
#ifndef ATTN_IMPORT_WEIGHTFILES_H
#define ATTN_IMPORT_WEIGHTFILES_H

#include "attn/Import/Json.h"
#include "attn/Import/ModelDirectory.h"
#include "attn/Import/Safetensors.h"
#include "mlir/IR/Diagnostics.h"
#include <memory>

namespace attn {

class WeightFiles {
public:
  /// A tensor and the file that it lies in, named as in the directory.
  struct Place {
    const SafetensorsEntry *entry = nullptr;
    llvm::StringRef file, path;
  };

  /// Opens `model.safetensors`, or what `model.safetensors.index.json` names. Emits an error for what is wrong.
  static mlir::FailureOr<WeightFiles> open(const ModelDirectory &directory, mlir::Location loc);

  /// The tensor of that name; without an entry when there is none.
  Place find(llvm::StringRef name) const;
  /// File by file, in the order of their bytes.
  std::vector<Place> all() const;
  /// What messages about all files begin with.
  llvm::StringRef getPath() const { return path; }

private:
  struct File {
    std::string name;
    MappedFile bytes;
    Safetensors tensors;
  };

  mlir::LogicalResult openFile(const ModelDirectory &directory, llvm::StringRef name, mlir::Location loc);
  mlir::LogicalResult openIndex(const ModelDirectory &directory, mlir::Location loc);
  mlir::LogicalResult openShards(const ModelDirectory &directory, const JsonValue &map, mlir::Location loc);
  mlir::LogicalResult checkTensors(const JsonValue &map, mlir::Location loc);
  void checkTotal(const JsonValue &index, mlir::Location loc) const;

  std::string path;
  std::vector<std::unique_ptr<File>> files;
};

} // namespace attn

#endif // ATTN_IMPORT_WEIGHTFILES_H
