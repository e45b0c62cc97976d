// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Session.h.
#include "Session.h"

#include "Inputs.h"
#include "ToolError.h"

#include <algorithm>
#include <cstdio>
#include <new>
#include <unistd.h>

namespace attn::tool {

void splitModule(const std::string &word, std::string &path, std::string &function) {
  path = word;
  function.clear();
  size_t colon = word.rfind(':');
  if (colon == std::string::npos || access(word.c_str(), F_OK) == 0)
    return;
  path = word.substr(0, colon);
  function = word.substr(colon + 1);
}

static attn_rt::Module openModule(const std::string &path, const attn_rt_open_options &options) {
  try {
    return attn_rt::Module(path, &options);
  } catch (const attn_rt::Error &error) {
    bool isFileMissing = error.status() == ATTN_RT_NOT_FOUND && access(path.c_str(), F_OK) != 0;
    throw ToolError(isFileMissing ? ExitSystem : exitCodeOf(error.status()), error.what());
  }
}

attn_rt::Module openToInspect(const std::string &word) {
  std::string path, function;
  splitModule(word, path, function);
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.inspect = 1;
  return openModule(path, options);
}

Session openSession(const std::string &word, int threads, const std::string &variant) {
  Session session;
  std::string path, function;
  splitModule(word, path, function);
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.variant = variant.empty() ? nullptr : variant.c_str();
  try {
    if (threads != 1)
      session.Threads = std::make_unique<attn_rt::Pool>(threads);
    options.executor = session.Threads ? session.Threads->executor() : nullptr;
    session.Module = std::make_unique<attn_rt::Module>(openModule(path, options));
    session.Function = session.Module->function(function.empty() ? nullptr : function.c_str()).get();
  } catch (const attn_rt::Error &error) {
    throw ToolError(exitCodeOf(error.status()), error.what());
  }
  attn_rt_function_get_info(session.Function, &session.Info);
  session.Args = leaveOutStates(session.Info);
  return session;
}

/// The least capacity that all functions accept and that holds `needed`; 0, for
/// the most that they accept, where there is none or it is hard to find.
static int64_t fitCapacity(const attn_rt::Module &module, int64_t needed) {
  int64_t capacity = needed, before = -1;
  for (int round = 0; round < 100 && capacity != before; ++round) {
    before = capacity;
    for (int i = 0; const attn_rt_function *function = attn_rt_module_function_at(module.get(), i); ++i) {
      attn_rt_function_info info = attn_rt::Function(function).info();
      if (!info.capacity.symbol)
        continue;
      capacity = std::max(capacity, info.capacity.min);
      capacity += (info.capacity.multiple - capacity % info.capacity.multiple) % info.capacity.multiple;
      if (capacity > info.capacity.max)
        return 0;
    }
  }
  return capacity == before ? capacity : 0;
}

void prepareStates(Session &session, const std::vector<Array> &args, const Options &options) {
  const attn_rt_function_info &info = session.Info;
  if (info.state_count == 0 && (options.has("--length") || options.has("--capacity")))
    throw ToolError(ExitUsage, std::string("expects '--length' and '--capacity' to go with a function that has states, "
                                           "but got '") +
                                   info.name + "'");
  if (info.state_count == 0)
    return;
  int64_t length = options.integer("--length", 0, 0, int64_t(1) << 60);
  int64_t capacity = options.integer("--capacity", sizeIn(args, info, info.capacity, 0), 0, INT64_MAX);
  if (capacity == 0 && info.capacity.symbol)
    capacity = fitCapacity(*session.Module, length + sizeIn(args, info, info.step, 0));
  try {
    session.Held = std::make_unique<States>(*session.Module, sizeIn(args, info, info.batch, 1), capacity, length);
  } catch (const attn_rt::Error &error) {
    throw ToolError(exitCodeOf(error.status()), error.what());
  }
}

attn_rt_status callFunction(const Session &session, const std::vector<attn_rt_tensor> &args, attn_rt_tensor *results,
                            const attn_rt_run_options *options, attn_rt_error *error) {
  int32_t count = int32_t(args.size());
  if (session.Held)
    return attn_rt_session_run(session.Held->get(), session.Function, args.data(), count, results,
                               session.Info.result_count, options, error);
  return attn_rt_run(session.Function, args.data(), count, results, session.Info.result_count, options, error);
}

std::vector<attn_rt::Tensor> runFunction(const Session &session, std::vector<Array> &args,
                                         const attn_rt_run_options &options) {
  std::vector<attn_rt_tensor> views;
  for (Array &arg : args)
    views.push_back(arg.view());
  std::vector<attn_rt::Tensor> results(size_t(session.Info.result_count));
  attn_rt_error error;
  attn_rt_status status = callFunction(session, views, results.empty() ? nullptr : &results[0].get(), &options, &error);
  if (status)
    throw ToolError(exitCodeOf(status), error.message);
  if (session.Held)
    session.Held->reset();
  return results;
}

int runMain(const char *tool, int (*body)(int, char **), int argc, char **argv) {
  int code = ExitBug;
  std::string message;
  try {
    code = body(argc, argv);
  } catch (const ToolError &error) {
    code = error.code();
    message = error.what();
  } catch (const std::bad_alloc &) {
    code = ExitSystem;
    message = "expects more memory, but got none";
  } catch (const std::exception &error) {
    message = error.what();
  }
  if (!message.empty())
    std::fprintf(stderr, "%s: %s\n", tool, message.c_str());
  if (code == ExitUsage)
    std::fprintf(stderr, "%s: note: see %s --help\n", tool, tool);
  if (std::fflush(stdout) != 0 && code == ExitOk) {
    std::fprintf(stderr,
                 "%s: expects to write its output, but got a full or "
                 "closed stdout\n",
                 tool);
    code = ExitSystem;
  }
  return code;
}

} // namespace attn::tool
