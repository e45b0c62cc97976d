// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the tools end: the exit codes (a contract with scripts) and the exception
// that carries one with its one-line message to main.
#ifndef ATTN_RT_TOOLS_TOOLERROR_H
#define ATTN_RT_TOOLS_TOOLERROR_H

#include "attn_rt/attn_rt.h"

#include <stdexcept>
#include <string>

namespace attn::tool {

enum ExitCode {
  ExitOk = 0,
  ExitRefused = 1, ///< the runtime or a reader refused its input
  ExitUsage = 2,   ///< wrong command line
  ExitBug = 3,     ///< our mistake
  ExitSystem = 4,  ///< the operating system: files, memory
  ExitDiffers = 5  ///< a comparison failed
};

class ToolError : public std::runtime_error {
public:
  ToolError(ExitCode code, const std::string &message) : std::runtime_error(message), Code(code) {}
  ExitCode code() const { return Code; }

private:
  ExitCode Code;
};

/// The exit code of a failed call of the runtime.
inline ExitCode exitCodeOf(attn_rt_status status) {
  if (status == ATTN_RT_INTERNAL)
    return ExitBug;
  if (status == ATTN_RT_IO || status == ATTN_RT_OUT_OF_MEMORY)
    return ExitSystem;
  return ExitRefused;
}

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_TOOLERROR_H
