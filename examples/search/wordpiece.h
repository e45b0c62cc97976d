// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The second half of BERT's uncased tokenizer: a vocabulary, and text to the
// token ids that the model was trained on, exactly as Hugging Face's
// `tokenizers` computes them. How a text becomes words is unicode.h's matter.
#ifndef ATTN_EXAMPLES_SEARCH_WORDPIECE_H
#define ATTN_EXAMPLES_SEARCH_WORDPIECE_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace attn::search {

/// An immutable vocabulary; any number of threads may encode with it at once.
class WordPiece {
public:
  /// Reads the contents of a vocab.txt: one piece per line, its number is its
  /// id. On failure returns nothing and stores a one-line reason in `error`.
  static std::optional<WordPiece> parse(std::string contents, std::string &error);

  /// [CLS] pieces [SEP], `maxTokens` (at least 2) at most: a longer text loses
  /// its end. Special tokens that stand in the text, such as "[MASK]", are
  /// taken as such, because the model's own tokenizer does so.
  std::vector<int64_t> encode(std::string_view text, size_t maxTokens) const;

  /// Number of ids: 0 .. size() - 1.
  size_t size() const { return lines; }
  /// Tells vocabularies apart.
  uint64_t fingerprint() const;
  /// What shorter rows of a batch are filled up with.
  int64_t padId() const { return pad; }

private:
  using Pieces = std::unordered_map<std::string_view, int64_t>;

  WordPiece() = default;
  bool addLine(std::string_view line, std::string &error);
  void encodePlain(std::string_view text, size_t limit, std::vector<int64_t> &ids) const;
  void encodeWord(std::string_view word, std::vector<int64_t> &ids) const;

  /// Owned through a pointer, so that the views in the maps survive a move.
  std::unique_ptr<const std::string> contents;
  Pieces starts;        // pieces that begin a word
  Pieces continuations; // pieces that continue one, without their "##"
  size_t longest = 0;   // bytes of the longest piece
  size_t lines = 0;
  std::vector<std::pair<std::string_view, int64_t>> special;
  int64_t pad = 0, unknown = 0, begin = 0, end = 0;
};

} // namespace attn::search

#endif
