// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How attn-search ends when it cannot go on: one exception that carries the
// one-line message and the exit status, both of which are a contract.
#ifndef ATTN_EXAMPLES_SEARCH_FAILURE_H
#define ATTN_EXAMPLES_SEARCH_FAILURE_H

#include <stdexcept>
#include <string>

namespace attn::search {

/// The exit status of every attn- tool.
enum class Exit {
  Ok = 0,
  Refused = 1, // an input is not what it should be
  Usage = 2,   // the command line is wrong
  Bug = 3,     // ours
  System = 4   // files, memory
};

struct Failure : std::runtime_error {
  Failure(Exit exit, const std::string &message) : std::runtime_error(message), exit(exit) {}
  Exit exit;
};

} // namespace attn::search

#endif
