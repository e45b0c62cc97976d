// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// attn-guarded-run: what the numeric tests run modules with. It does what
// attn-run does with files, but runs the function once for each number of
// threads and for each end of the memory, with every argument, result,
// workspace and the weights flush against a protected page there; arguments and
// weights are read-only, results and workspace are full of NaN or of zeros
// before. All runs have to agree bit for bit.
#include "GuardedModule.h"
#include "Inputs.h"
#include "Npy.h"
#include "Report.h"
#include "Session.h"
#include "ToolError.h"

#include <cstdio>
#include <cstring>
#include <list>

using namespace attn::tool;
using namespace attn::test;

static const char HelpText[] =
    R"(attn-guarded-run - run the function of a module with all memory beside protected pages

usage: attn-guarded-run MODULE [NAME=]@FILE.npy... [-o NAME=FILE.npy]... [--threads=1,2,3,7] [--variant=NAME]
       attn-guarded-run MODULE --info

exit status: 0 ok; 1 refused; 2 usage; 3 our bug; 4 file or memory trouble; 5 a run left its memory, or two runs differ
)";

namespace {

const char *const kToolName = "attn-guarded-run";

/// One way to run: everything that must not change a bit of the results.
struct Setting {
  Flush End;
  int Threads;
  unsigned char Filler; ///< of results and workspace before the run; 0xff makes
                        ///< every float a NaN

  std::string text() const {
    return std::string(End == Flush::Front ? "behind" : "before") + " a protected page, " + std::to_string(Threads) +
           " threads, memory full of " + std::to_string(Filler);
  }
};

std::vector<int> parseThreads(const std::string &text) {
  std::vector<int> threads;
  for (size_t at = 0; at <= text.size();) {
    size_t comma = std::min(text.find(',', at), text.size());
    threads.push_back(int(parseInteger(text.substr(at, comma - at), "'--threads'", 1, 4096)));
    at = comma + 1;
  }
  return threads;
}

/// A view of the array's copy in a block of its own.
attn_rt_tensor placeArgument(const Array &array, const char *name, Flush end, std::list<GuardedBlock> &blocks) {
  GuardedBlock &block = blocks.emplace_back("argument '" + std::string(name) + "'", array.Bytes.size(), end);
  if (!array.Bytes.empty())
    std::memcpy(block.data(), array.Bytes.data(), array.Bytes.size());
  block.makeReadOnly();
  return attn_rt_tensor_view(block.data(), attn_rt_dtype(array.DType), int32_t(array.Shape.size()), array.Shape.data());
}

GuardedBlock &makeFilled(const std::string &what, size_t bytes, const Setting &setting, size_t alignment,
                         std::list<GuardedBlock> &blocks) {
  GuardedBlock &block = blocks.emplace_back(what, bytes, setting.End, alignment);
  std::memset(block.data(), setting.Filler, bytes);
  return block;
}

void check(attn_rt_status status, const attn_rt_error &error) {
  if (status)
    throw ToolError(exitCodeOf(status), error.message);
}

std::vector<Array> runOnce(const GuardedModule &module, const std::vector<attn_rt_tensor> &args,
                           const Setting &setting) {
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  attn_rt::Pool pool(setting.Threads);
  options.executor = pool.executor();
  std::vector<attn_rt_tensor> results(size_t(module.info().result_count));
  auto argCount = int32_t(args.size()), resultCount = int32_t(results.size());
  attn_rt_error error;
  check(attn_rt_function_plan(module.function(), args.data(), argCount, results.data(), resultCount, &options,
                              &options.workspace_bytes, &error),
        error);
  std::list<GuardedBlock> blocks;
  options.workspace = makeFilled("the workspace", options.workspace_bytes, setting, 64, blocks).data();
  for (size_t i = 0; i < results.size(); ++i) {
    std::string name = "result '" + std::string(module.info().results[i].name) + "'";
    results[i].data = makeFilled(name, size_t(attn_rt_tensor_bytes(&results[i])), setting, 1, blocks).data();
  }
  check(attn_rt_run(module.function(), args.data(), argCount, results.data(), resultCount, &options, &error), error);
  std::vector<Array> copies;
  for (const attn_rt_tensor &result : results)
    copies.push_back(copyTensor(result));
  return copies;
}

/// The runs so far: the results of the first, and how much was found equal to
/// them.
struct Agreement {
  std::vector<Array> First;
  Setting FirstSetting;
  int64_t Runs = 0, Compared = 0;

  void add(std::vector<Array> results, const Setting &setting, const attn_rt_function_info &info) {
    if (Runs++ == 0) {
      First = std::move(results);
      FirstSetting = setting;
      return;
    }
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i].Bytes != First[i].Bytes)
        throw ToolError(ExitDiffers, "expects result '" + std::string(info.results[i].name) + "' to be bitwise as " +
                                         FirstSetting.text() + ", but got another " + setting.text());
      Compared += results[i].count();
    }
  }
};

void saveResults(const Options &options, const attn_rt_function_info &info, const std::vector<Array> &results) {
  for (const std::string &word : options.values("-o")) {
    std::string name, path;
    splitName(word, name, path);
    int found = -1;
    for (int i = 0; i < info.result_count; ++i)
      if (name == info.results[i].name)
        found = i;
    if (found < 0)
      throw ToolError(ExitUsage, "expects '-o' to name a result of the function, but got '" + word + "'");
    writeNpy(path, results[size_t(found)]);
  }
}

int runModule(const Options &options) {
  std::vector<int> threads = parseThreads(options.value("--threads", "1"));
  Agreement agreement;
  for (Flush end : {Flush::Back, Flush::Front}) {
    GuardedModule module(options.words()[0], options.value("--variant"), end);
    Inputs inputs(module.info());
    for (size_t i = 1; i < options.words().size(); ++i)
      inputs.add(options.words()[i]);
    std::list<GuardedBlock> blocks;
    std::vector<attn_rt_tensor> args;
    for (const Array &array : inputs.make(/*fillMissing=*/false))
      args.push_back(placeArgument(array, module.info().args[args.size()].name, end, blocks));
    for (int count : threads) {
      Setting setting{end, count, (unsigned char)(agreement.Runs % 2 ? 0 : 0xff)};
      agreement.add(runOnce(module, args, setting), setting, module.info());
    }
    if (end == Flush::Front)
      saveResults(options, module.info(), agreement.First);
  }
  std::printf("%lld runs, %lld elements compared bit for bit\n", (long long)agreement.Runs,
              (long long)agreement.Compared);
  return ExitOk;
}

int run(int argc, char **argv) {
  Options options(argc, argv,
                  {{"-o", true}, {"--threads", true}, {"--variant", true}, {"--info", false}, {"--help", false}});
  if (options.has("--help")) {
    std::fputs(HelpText, stdout);
    return ExitOk;
  }
  if (options.words().empty())
    throw ToolError(ExitUsage, "expects a module, but got none");
  if (options.has("--info")) {
    std::fputs(moduleText(openToInspect(options.words()[0])).c_str(), stdout);
    return ExitOk;
  }
  reportGuardedAccesses(kToolName);
  return runModule(options);
}

} // namespace

int main(int argc, char **argv) { return runMain(kToolName, run, argc, argv); }
