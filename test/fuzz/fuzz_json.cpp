// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any bytes as JSON: either a tree within the limits or one printable line that
// begins with the path.
#include "attn/Import/Json.h"
#include "llvm/ADT/StringExtras.h"
#include <cstdlib>

using namespace attn;

static constexpr JsonLimits kLimits = {/*maxDepth=*/8, /*maxValues=*/64};

static size_t countValues(const JsonValue &value, size_t depth) {
  if (depth > kLimits.maxDepth + 1)
    abort();
  size_t count = 1;
  for (const JsonValue &element : value.elements)
    count += countValues(element, depth + 1);
  for (const JsonMember &member : value.members) {
    if (value.find(member.key) != &member.value) // keys are unique
      abort();
    count += countValues(member.value, depth + 1);
  }
  return count;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::Expected<JsonValue> value = parseJson(text, "file", kLimits);
  if (value) {
    if (countValues(*value, /*depth=*/1) > kLimits.maxValues)
      abort();
    return 0;
  }
  std::string message = llvm::toString(value.takeError());
  if (!llvm::StringRef(message).starts_with("file: expects ") || !llvm::all_of(message, llvm::isPrint))
    abort();
  return 0;
}
