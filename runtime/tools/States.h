// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The runtime's session behind a function that has states: filled up to the
// length that the command line asks for, from which every run starts.
#ifndef ATTN_RT_TOOLS_STATES_H
#define ATTN_RT_TOOLS_STATES_H

#include "attn_rt/attn_rt.hpp"

#include <memory>
#include <vector>

namespace attn::tool {

/// Takes the arguments that a session brings out of `info`; it then points into
/// the vector.
std::vector<attn_rt_value_info> leaveOutStates(attn_rt_function_info &info);

class States {
public:
  /// Fills `length` positions with random ones, by calls of the functions that
  /// take the most of them.  Throws ToolError.
  States(const attn_rt::Module &module, int64_t batch, int64_t capacity, int64_t length);

  attn_rt_session *get() const { return Work.get(); }

  /// To be called after each run: back to the length.
  void reset();

private:
  void fill(const attn_rt_function *function, int64_t batch, int64_t step);

  int64_t Length;
  attn_rt::Session Work;
  /// What a recurrence, which cannot go back, is forked from.
  std::unique_ptr<attn_rt::Session> Filled;
};

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_STATES_H
