// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What attn-run and attn-bench share: a module opened as the command line says,
// its function, threads, and one run of it.
#ifndef ATTN_RT_TOOLS_SESSION_H
#define ATTN_RT_TOOLS_SESSION_H

#include "Array.h"
#include "Options.h"
#include "States.h"
#include "attn_rt/attn_rt.hpp"

#include <memory>
#include <string>
#include <vector>

namespace attn::tool {

/// "FILE[:FUNCTION]"; a file that exists under the whole name wins.
void splitModule(const std::string &word, std::string &path, std::string &function);

/// An open module and the function to run.
struct Session {
  std::unique_ptr<attn_rt::Pool> Threads; ///< null for one thread
  std::unique_ptr<attn_rt::Module> Module;
  const attn_rt_function *Function = nullptr;
  /// Without the arguments that a session brings.
  attn_rt_function_info Info = ATTN_RT_FUNCTION_INFO_INIT;
  std::vector<attn_rt_value_info> Args; ///< what Info points to
  std::unique_ptr<States> Held;         ///< null where the function has no states
};

/// threads = 0: the CPUs this process may use.
Session openSession(const std::string &word, int threads, const std::string &variant);

/// Opens for any machine; nothing can run.
attn_rt::Module openToInspect(const std::string &word);

/// Makes Held for a function with states, of the size that its arguments imply,
/// and as --length and --capacity say.
void prepareStates(Session &session, const std::vector<Array> &args, const Options &options);

/// attn_rt_run or attn_rt_session_run.  After the latter, Held wants a reset.
attn_rt_status callFunction(const Session &session, const std::vector<attn_rt_tensor> &args, attn_rt_tensor *results,
                            const attn_rt_run_options *options, attn_rt_error *error);

/// Calls the runtime, and resets Held; throws ToolError with its sentence.
std::vector<attn_rt::Tensor> runFunction(const Session &session, std::vector<Array> &args,
                                         const attn_rt_run_options &options);

/// Runs body and turns ToolError and other exceptions into the one line on
/// stderr and the exit code.
int runMain(const char *tool, int (*body)(int argc, char **argv), int argc, char **argv);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_SESSION_H
