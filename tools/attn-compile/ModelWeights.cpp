// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ModelWeights.h"
#include "attn/Analysis/Signature.h"
#include "llvm/ADT/SmallVector.h"
#include <cstring>

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

/// The entry of a name; of `name:transposed` that of `name`, and says so. A tensor that is called so has its own name
/// only where there is no other to transpose: a file does not choose what a module reads.
static const SafetensorsEntry *findEntry(const Safetensors &tensors, StringRef name, bool &isTransposed) {
  StringRef stem = name;
  const SafetensorsEntry *entry = stem.consume_back(":transposed") ? tensors.find(stem) : nullptr;
  isTransposed = entry != nullptr;
  return isTransposed ? entry : tensors.find(name);
}

/// Exchanges rows and columns. The matrix is made anew each time: one at a time is in memory.
static void transpose(WeightTensor &matrix) {
  const size_t rows = matrix.shape[0], columns = matrix.shape[1], size = (matrix.dtype & 0xff) / 8;
  auto made = std::make_shared<std::string>(matrix.bytes.size(), '\0');
  for (size_t row = 0; row < rows; ++row)
    for (size_t column = 0; column < columns; ++column)
      std::memcpy(&(*made)[(column * rows + row) * size], matrix.bytes.data() + (row * columns + column) * size, size);
  std::swap(matrix.shape[0], matrix.shape[1]);
  matrix.bytes = *made;
  matrix.owner = std::move(made);
}

llvm::Expected<WeightTensor> ModelWeights::find(StringRef source) {
  auto [name, tensor] = source.split(':');
  if (name.empty() || tensor.empty())
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "expects attn.source to be 'file:tensor', but got '" + source + "'");
  llvm::Expected<const File *> file = open(name);
  if (!file)
    return file.takeError();
  bool isTransposed;
  const SafetensorsEntry *entry = findEntry((*file)->tensors, tensor, isTransposed);
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
  WeightTensor result{*dtype, llvm::SmallVector<int64_t>(entry->shape.begin(), entry->shape.end()), entry->bytes};
  if (isTransposed && result.shape.size() != 2)
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "expects '" + source +
                                                                       "' to be a matrix, but got a tensor of rank " +
                                                                       llvm::Twine(result.shape.size()));
  if (isTransposed)
    transpose(result);
  return result;
}

} // namespace attn::compile
