// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lines of text on their way in and out: a file's sentences, and what of one
// may be shown.
#ifndef ATTN_EXAMPLES_SEARCH_SENTENCES_H
#define ATTN_EXAMPLES_SEARCH_SENTENCES_H

#include <string>
#include <vector>

namespace attn::search {

/// The lines of a text; a line may end in CR LF and the last one in nothing.
std::vector<std::string> splitLines(const std::string &text);

/// The lines of a file ("-": standard input) that are not blank. Throws a
/// Failure where there are none.
std::vector<std::string> readSentences(const std::string &path);

/// The text as valid UTF-8 with a space for each control character: those
/// could move a terminal's cursor or rename its window.
std::string printable(const std::string &text);

} // namespace attn::search

#endif
