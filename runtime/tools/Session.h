// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What attn-run and attn-bench share: a module opened as the command line says,
// its function, threads, and one run of it.
#ifndef ATTN_RT_TOOLS_SESSION_H
#define ATTN_RT_TOOLS_SESSION_H

#include "Array.h"
#include "Options.h"
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
  attn_rt_function_info Info = ATTN_RT_FUNCTION_INFO_INIT;
};

/// threads = 0: the CPUs this process may use.
Session openSession(const std::string &word, int threads, const std::string &variant);

/// Opens for any machine; nothing can run.
attn_rt::Module openToInspect(const std::string &word);

/// Calls the runtime; throws ToolError with its sentence.
std::vector<attn_rt::Tensor> runFunction(const Session &session, std::vector<Array> &args,
                                         const attn_rt_run_options &options);

/// Runs body and turns ToolError and other exceptions into the one line on
/// stderr and the exit code.
int runMain(const char *tool, int (*body)(int argc, char **argv), int argc, char **argv);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_SESSION_H
