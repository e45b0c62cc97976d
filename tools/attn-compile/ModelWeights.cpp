// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ModelWeights.h"
#include "attn/Analysis/Signature.h"
#include "llvm/ADT/SmallVector.h"

using llvm::StringRef;

namespace attn::compile {

llvm::Expected<const ModelWeights::File *> ModelWeights::open(StringRef name) {
  auto known = files.find(name.str());
  if (known != files.end())
    return &known->second;
  if (!directory) {
    llvm::Expected<ModelDirectory> opened = ModelDirectory::open(path);
    if (!opened)
      return opened.takeError();
    directory.emplace(std::move(*opened));
  }
  llvm::Expected<MappedFile> bytes = directory->map(name, /*maxBytes=*/UINT64_MAX);
  if (!bytes)
    return bytes.takeError();
  llvm::Expected<Safetensors> tensors = Safetensors::parse(bytes->getBytes(), bytes->getPath());
  if (!tensors)
    return tensors.takeError();
  return &files.emplace(name.str(), File{std::move(*bytes), std::move(*tensors)}).first->second;
}

llvm::Expected<WeightTensor> ModelWeights::find(StringRef source) {
  auto [name, tensor] = source.split(':');
  if (name.empty() || tensor.empty())
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "expects attn.source to be 'file:tensor', but got '" + source + "'");
  llvm::Expected<const File *> file = open(name);
  if (!file)
    return file.takeError();
  const SafetensorsEntry *entry = (*file)->tensors.find(tensor);
  if (!entry)
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "expects '" + (*file)->bytes.getPath() +
                                                                       "' to hold tensor '" + tensor +
                                                                       "', but got none");
  // "F32", "BF16", "BOOL" are the runtime's names in upper case.
  std::optional<attn_rt_dtype> dtype = findDtype(StringRef(entry->dtype).lower());
  if (!dtype)
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "expects the elements of '" + source +
                                                                       "' to be of a type of the runtime, but got " +
                                                                       entry->dtype);
  return WeightTensor{*dtype, llvm::SmallVector<int64_t>(entry->shape.begin(), entry->shape.end()), entry->bytes};
}

} // namespace attn::compile
