// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Greedy longest match from the left. A lookup never tries more bytes than the
// longest piece has, so that a text costs time in proportion to its length.
#include "wordpiece.h"

#include "hash.h"
#include "unicode.h"

#include <algorithm>

namespace attn::search {
namespace {

/// A longer word is unknown without being looked at, as in `tokenizers`.
constexpr size_t kMaxWordLength = 100;
/// Far above every vocabulary in use; keeps memory bounded for a wrong file.
constexpr size_t kMaxLines = size_t(1) << 20;

bool isContinuationByte(char byte) { return (byte & 0xC0) == 0x80; }

size_t countCodePoints(std::string_view text) {
  return text.size() - std::count_if(text.begin(), text.end(), isContinuationByte);
}

} // namespace

std::optional<WordPiece> WordPiece::parse(std::string text, std::string &error) {
  WordPiece result;
  result.contents = std::make_unique<const std::string>(std::move(text));
  std::string_view rest = *result.contents;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.empty() && line.back() == '\r')
      line.remove_suffix(1);
    if (!result.addLine(line, error))
      return std::nullopt;
  }
  std::pair<const char *, int64_t *> required[] = {
      {"[PAD]", &result.pad}, {"[UNK]", &result.unknown}, {"[CLS]", &result.begin}, {"[SEP]", &result.end}};
  for (auto [name, id] : required) {
    auto found = result.starts.find(name);
    if (found == result.starts.end()) {
      error = "expects the vocabulary to contain " + std::string(name) + ", but got none in " +
              std::to_string(result.lines) + " lines";
      return std::nullopt;
    }
    *id = found->second;
  }
  for (const char *name : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
    auto found = result.starts.find(name);
    if (found != result.starts.end())
      result.special.push_back(*found);
  }
  return result;
}

bool WordPiece::addLine(std::string_view line, std::string &error) {
  if (lines == kMaxLines) {
    error = "expects the vocabulary to have at most " + std::to_string(kMaxLines) + " lines, but got more";
    return false;
  }
  bool continues = line.size() > 2 && line.substr(0, 2) == "##";
  std::string_view piece = continues ? line.substr(2) : line;
  auto [entry, isNew] = (continues ? continuations : starts).emplace(piece, static_cast<int64_t>(lines));
  if (!isNew) {
    error = "expects vocabulary line " + std::to_string(lines + 1) + " to be new, but got the same as line " +
            std::to_string(entry->second + 1);
    return false;
  }
  longest = std::max(longest, piece.size());
  ++lines;
  return true;
}

uint64_t WordPiece::fingerprint() const { return fnv1a(*contents); }

std::vector<int64_t> WordPiece::encode(std::string_view text, size_t maxTokens) const {
  size_t limit = maxTokens - 1; // leaves room for [SEP]
  std::vector<int64_t> ids{begin};
  size_t plainFrom = 0;
  for (size_t at = text.find('['); at != text.npos && ids.size() < limit; at = text.find('[', at)) {
    auto here = std::find_if(special.begin(), special.end(),
                             [&](auto &token) { return text.compare(at, token.first.size(), token.first) == 0; });
    if (here == special.end()) {
      ++at;
      continue;
    }
    encodePlain(text.substr(plainFrom, at - plainFrom), limit, ids);
    ids.push_back(here->second);
    at += here->first.size();
    plainFrom = at;
  }
  encodePlain(text.substr(plainFrom), limit, ids);
  ids.resize(std::min(ids.size(), limit));
  ids.push_back(end);
  return ids;
}

void WordPiece::encodePlain(std::string_view text, size_t limit, std::vector<int64_t> &ids) const {
  WordReader reader(text);
  std::string word;
  while (ids.size() < limit && reader.next(word))
    encodeWord(word, ids);
}

void WordPiece::encodeWord(std::string_view word, std::vector<int64_t> &ids) const {
  size_t before = ids.size();
  bool known = countCodePoints(word) <= kMaxWordLength;
  for (size_t from = 0; known && from < word.size();) {
    const Pieces &pieces = from == 0 ? starts : continuations;
    size_t length = std::min(longest, word.size() - from);
    auto found = pieces.find(word.substr(from, length));
    while (found == pieces.end() && length > 1)
      found = pieces.find(word.substr(from, --length));
    known = found != pieces.end();
    if (known)
      ids.push_back(found->second);
    from += length;
  }
  if (!known) { // one piece missing makes the whole word unknown
    ids.resize(before);
    ids.push_back(unknown);
  }
}

} // namespace attn::search
