// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The weights of a model directory, for the writer of modules: "file:tensor"
// becomes bytes of a mapped safetensors file.
#ifndef ATTN_TOOLS_ATTN_COMPILE_MODELWEIGHTS_H
#define ATTN_TOOLS_ATTN_COMPILE_MODELWEIGHTS_H

#include "attn/Import/ModelDirectory.h"
#include "attn/Import/Safetensors.h"
#include "attn/Target/WeightSource.h"
#include <map>
#include <optional>

namespace attn::compile {

class ModelWeights : public WeightSource {
public:
  explicit ModelWeights(std::string directory) : path(std::move(directory)) {}

  llvm::Expected<WeightTensor> find(llvm::StringRef source) override;

private:
  struct File {
    MappedFile bytes;
    Safetensors tensors;
  };
  llvm::Expected<const File *> open(llvm::StringRef name);

  std::string path;
  std::optional<ModelDirectory> directory;
  /// By name; opened once.
  std::map<std::string, File> files;
};

} // namespace attn::compile

#endif // ATTN_TOOLS_ATTN_COMPILE_MODELWEIGHTS_H
