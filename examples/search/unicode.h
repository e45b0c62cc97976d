// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The first half of BERT's uncased tokenizer: text of any kind to the words
// that WordPiece then cuts. A word is clean (no control characters), lower
// case, without accents, and either one punctuation mark, one ideograph, or a
// run of anything else between spaces. The vocabulary is wordpiece.h's matter.
#ifndef ATTN_EXAMPLES_SEARCH_UNICODE_H
#define ATTN_EXAMPLES_SEARCH_UNICODE_H

#include <cstddef>
#include <string>
#include <string_view>

namespace attn::search {

/// Reads one code point at `position`, which is inside `text`, and steps over
/// it. Bytes that are not UTF-8 give U+FFFD, one for each longest prefix of a
/// sequence that could have become valid, as the Unicode standard recommends.
char32_t decodeUtf8(std::string_view text, size_t &position);

/// Appends a code point, which is not a surrogate, as UTF-8.
void appendUtf8(std::string &text, char32_t codePoint);

/// Splits a text, word for word, so that a caller who has enough tokens need
/// not wait for the end of a long one.
class WordReader {
public:
  /// `text` must outlive the reader; any bytes are welcome.
  explicit WordReader(std::string_view text) : text(text) {}

  /// Stores the next word as UTF-8, or returns false at the end of the text.
  bool next(std::string &word);

private:
  bool refill();
  void normalise(char32_t codePoint);
  void order(char32_t codePoint);
  void flushMarks();

  std::string_view text;
  size_t position = 0;
  /// Combining characters that survive accent stripping, until a starter
  /// fixes their canonical order.
  std::u32string marks;
  /// Normalised and not yet part of a word; `taken` of them are used up.
  std::u32string ready;
  size_t taken = 0;
};

} // namespace attn::search

#endif
