// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Any bytes as a text, and as a vocabulary, give ids within their bounds and
// nothing else.
#include "wordpiece.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace attn::search;

namespace {

constexpr size_t kMaxTokens = 64;

void require(bool condition) {
  if (!condition)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text(reinterpret_cast<const char *>(data), size), error;
  std::string known = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nab\n##é\n";
  for (const std::string &vocabulary : {known, known + text, text}) {
    std::optional<WordPiece> words = WordPiece::parse(vocabulary, error);
    if (!words) {
      require(!error.empty() && error.find('\n') == error.npos);
      continue;
    }
    std::vector<int64_t> ids = words->encode(text, kMaxTokens);
    require(ids.size() >= 2 && ids.size() <= kMaxTokens);
    for (int64_t id : ids)
      require(id >= 0 && id < static_cast<int64_t>(words->size()));
  }
  return 0;
}
