// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any bytes as a safetensors file: either entries that tile the data, or one
// printable line that begins with the path.
#include "attn/Import/Safetensors.h"
#include "llvm/ADT/StringExtras.h"
#include <cstdlib>
#include <cstring>

using namespace attn;

/// The fuzzer seldom guesses the 8 bytes of the header's size: the first byte
/// stands for them, unless it is 255.
static std::string makeFile(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  if (size == 0 || data[0] == 255)
    return text.str();
  uint64_t header = text.rfind('}') == llvm::StringRef::npos ? data[0] : text.rfind('}');
  std::string file(sizeof(header), '\0');
  std::memcpy(file.data(), &header, sizeof(header));
  return file + text.drop_front().str();
}

static void checkTiling(const Safetensors &tensors, llvm::StringRef file) {
  uint64_t header;
  std::memcpy(&header, file.data(), sizeof(header));
  const char *at = file.data() + sizeof(header) + header;
  size_t sum = 0;
  for (const SafetensorsEntry &entry : tensors.getEntries()) {
    bool isInside = entry.bytes.begin() >= file.begin() && entry.bytes.end() <= file.end();
    if (!isInside || entry.bytes.begin() != at)
      abort();
    if (tensors.find(entry.name) != &entry)
      abort();
    at = entry.bytes.end();
    for (char byte : entry.bytes) // every byte can be read
      sum += static_cast<unsigned char>(byte);
  }
  if (at != file.end() || sum == size_t(-1))
    abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string file = makeFile(data, size);
  llvm::Expected<Safetensors> tensors = Safetensors::parse(file, "file");
  if (tensors) {
    checkTiling(*tensors, file);
    return 0;
  }
  std::string message = llvm::toString(tensors.takeError());
  if (!llvm::StringRef(message).starts_with("file: expects ") || !llvm::all_of(message, llvm::isPrint))
    abort();
  return 0;
}
