// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line of attn-search: what it accepts, and its help, which are one
// text for the user and therefore one file here.
#ifndef ATTN_EXAMPLES_SEARCH_OPTIONS_H
#define ATTN_EXAMPLES_SEARCH_OPTIONS_H

#include <optional>
#include <string>

namespace attn::search {

struct Options {
  std::string module, vocabulary;
  std::optional<std::string> query; // none: queries come from standard input
  std::optional<std::string> file;  // sentences; none: those of the index
  std::optional<std::string> index;
  int top = 5;
  int threads = 0; // all CPUs this process may use
  bool progress = false, tokens = false, help = false, version = false;
};

/// One screen.
extern const char *const kHelp;

/// Throws a Failure with Exit::Usage.
Options parseOptions(int argc, const char *const *argv);

} // namespace attn::search

#endif
