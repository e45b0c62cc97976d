// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Splitting and cleaning of lines.
#include "sentences.h"

#include "failure.h"
#include "files.h"
#include "unicode.h"

#include <algorithm>

namespace attn::search {
namespace {

constexpr size_t kMaxBytes = size_t(1) << 30;

bool isBlank(const std::string &line) { return line.find_first_not_of(" \t") == line.npos; }

} // namespace

std::vector<std::string> splitLines(const std::string &text) {
  std::vector<std::string> lines;
  for (size_t from = 0; from < text.size();) {
    size_t end = std::min(text.find('\n', from), text.size());
    bool carriageReturn = end > from && text[end - 1] == '\r';
    lines.push_back(text.substr(from, end - from - carriageReturn));
    from = end + 1;
  }
  return lines;
}

std::vector<std::string> readSentences(const std::string &path) {
  std::vector<std::string> lines = splitLines(readFile(path, kMaxBytes));
  lines.erase(std::remove_if(lines.begin(), lines.end(), isBlank), lines.end());
  if (lines.empty())
    throw Failure(Exit::Refused, "expects '" + path + "' to have at least one sentence, but got 0");
  return lines;
}

std::string printable(const std::string &text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    char32_t codePoint = decodeUtf8(text, at);
    bool control = codePoint < 0x20 || (codePoint >= 0x7F && codePoint < 0xA0);
    appendUtf8(result, control ? U' ' : codePoint);
  }
  return result;
}

} // namespace attn::search
