// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Report/Escape.h"
#include "llvm/Support/JSON.h"

using namespace attn;

static constexpr llvm::StringLiteral kReplacement = "\xEF\xBF\xBD";

/// The bytes of the first character of valid UTF-8.
static size_t getLength(llvm::StringRef text) {
  unsigned char first = text.front();
  return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static bool isHarmless(llvm::StringRef character) {
  unsigned char first = character[0];
  if (first < 0x20 || first == 0x7F)
    return false;
  // U+0080 to U+009F; marks, embeddings and isolates of direction, separators of lines (U+200E, U+200F, U+2028 to
  // U+202E, U+2066 to U+2069); U+FFFE and U+FFFF, which XML forbids.
  unsigned char second = character.size() > 1 ? character[1] : 0, third = character.size() > 2 ? character[2] : 0;
  if (first == 0xC2)
    return second >= 0xA0;
  if (first == 0xE2 && second == 0x80)
    return third != 0x8E && third != 0x8F && (third < 0xA8 || third > 0xAE);
  if (first == 0xE2 && second == 0x81)
    return third < 0xA6 || third > 0xA9;
  return !(first == 0xEF && second == 0xBF && third >= 0xBE);
}

std::string attn::makePrintable(llvm::StringRef text) {
  std::string valid = llvm::json::fixUTF8(text), result;
  llvm::StringRef rest = valid;
  while (!rest.empty()) {
    llvm::StringRef character = rest.take_front(getLength(rest));
    rest = rest.drop_front(character.size());
    result += isHarmless(character) ? character : llvm::StringRef(kReplacement);
  }
  return result;
}

std::string attn::escapeXml(llvm::StringRef text) {
  std::string result;
  for (char c : makePrintable(text)) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else if (c == '\'')
      result += "&#39;";
    else
      result += c;
  }
  return result;
}
