// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// attn-run: runs a function of a module, prints, saves or compares its results.
#include "Compare.h"
#include "File.h"
#include "Inputs.h"
#include "Npy.h"
#include "Report.h"
#include "Session.h"
#include "ToolError.h"

#include <chrono>
#include <cstdio>
#include <cstring>

using namespace attn::tool;

static const char HelpText[] =
    R"(attn-run - run a function of a module, print, save or compare its results

usage: attn-run MODULE[:FUNCTION] [INPUT...] [options]

INPUT   [NAME=]VALUE, in the order of the signature or by name.  VALUE is one of
          @file.npy            type and shape from the file
          @file.npz            every array whose name is an argument
          @file.npz:array      one of them
          1x128xf32=0.5        splat           2x3xi64=1,2,3,4,5,6   elements
          1x128xf32=random     uniform [-1, 1); integers: over the range that
                               the module states, else 0 and 1
          ...=random:7,normal  seed 7, distribution uniform or normal
          ...=iota             0, 1, 2, ... (modulo the range, if there is one)
        'random' and 'iota' alone take the declared shape; SYMBOL=N is a size:
          attn-run minilm.so seq=128 batch=1 random random

results
  -o, --output [NAME=]FILE.npy   save a result; repeatable
  --print=N              elements shown of each (default 16); 0 = type only; all

compare: exit status 5 when it differs
  --expect [NAME=]VALUE  the expected result, as INPUT; repeatable
  --tolerance=RTOL,ATOL  default: integers 0,0; f32 1e-4,1e-5; halves 2e-2,1e-3
  --min-compared=N       fail when fewer elements were compared (default 1)

how it runs
  --threads=N            default: the CPUs this process may use
  --variant=NAME         force x86-64-v3, ...
  --repeat=N             run N times; the results must be bitwise equal
  --timeout=SECONDS      cancel after this time
  --length=N             a function with states starts from N random positions
  --capacity=N           positions of its states (default: what the run takes)
  --trace=FILE           write a Chrome / Perfetto trace of the operations
  --info                 print signature, variants and weights; any architecture
  --version, --help

exit status: 0 ok; 1 refused (message on stderr); 2 usage; 3 our bug; 4 file or
memory trouble; 5 --expect or --repeat differs
)";

namespace {

/// [NAME=]TEXT of -o and --expect: which result is meant.
int findResult(const attn_rt_function_info &info, const std::string &word, const std::string &option,
               std::string &text) {
  std::string name;
  splitName(word, name, text);
  for (int i = 0; i < info.result_count; ++i)
    if (name == info.results[i].name)
      return i;
  if (name.empty() && info.result_count == 1)
    return 0;
  throw ToolError(ExitUsage, "expects " + option + " to name a result of the function, but got '" + word + "'");
}

struct Deadline {
  std::chrono::steady_clock::time_point Time;
};

int isPast(void *context) { return std::chrono::steady_clock::now() >= static_cast<Deadline *>(context)->Time; }

/// One run with timeout and trace as the options say.
std::vector<Array> runOnce(const Session &session, std::vector<Array> &args, const Options &options,
                           std::vector<TraceEvent> *events) {
  attn_rt_run_options run = ATTN_RT_RUN_OPTIONS_INIT;
  Deadline deadline;
  if (options.has("--timeout")) {
    double seconds = parseNumber(options.value("--timeout"), "'--timeout'");
    deadline.Time = std::chrono::steady_clock::now() + std::chrono::microseconds(int64_t(std::min(seconds, 1e9) * 1e6));
    run.poll = isPast;
    run.poll_context = &deadline;
  }
  if (events) {
    run.trace = collectEvent;
    run.trace_context = events;
  }
  std::vector<Array> results;
  for (const attn_rt::Tensor &tensor : runFunction(session, args, run))
    results.push_back(copyTensor(tensor.get()));
  return results;
}

/// Runs --repeat times; false when a later run gave other bytes.
bool runAll(const Session &session, std::vector<Array> &args, const Options &options, std::vector<Array> &results) {
  std::vector<TraceEvent> events;
  int64_t repeat = options.integer("--repeat", 1, 1, 1000000);
  bool wantsTrace = options.has("--trace");
  results = runOnce(session, args, options, wantsTrace ? &events : nullptr);
  if (wantsTrace)
    writeFile(options.value("--trace"), chromeTrace(events));
  for (int64_t run = 2; run <= repeat; ++run) {
    std::vector<Array> again = runOnce(session, args, options, nullptr);
    for (size_t i = 0; i < again.size(); ++i)
      if (again[i].Bytes != results[i].Bytes) {
        std::fprintf(stderr,
                     "attn-run: expects run %lld to give result '%s' of run 1 "
                     "bit for bit, but got another\n",
                     static_cast<long long>(run), session.Info.results[i].name);
        return false;
      }
  }
  return true;
}

Tolerance parseTolerance(const Options &options, int32_t dtype) {
  if (!options.has("--tolerance"))
    return defaultTolerance(dtype);
  std::string text = options.value("--tolerance");
  size_t comma = text.find(',');
  if (comma == std::string::npos)
    throw ToolError(ExitUsage, "expects '--tolerance' to be RTOL,ATOL, but got '" + text + "'");
  return {parseNumber(text.substr(0, comma), "RTOL"), parseNumber(text.substr(comma + 1), "ATOL")};
}

/// All --expect; false when one differs or too little was compared.
bool compareAll(const Session &session, const std::vector<Array> &results, const Options &options) {
  bool matches = true;
  int64_t compared = 0;
  int64_t least = options.integer("--min-compared", 1, 1, INT64_MAX);
  for (const std::string &word : options.values("--expect")) {
    std::string text;
    int index = findResult(session.Info, word, "'--expect'", text);
    const Array &got = results[size_t(index)];
    Value value = parseValue(text);
    Declared declared;
    declared.DType = got.DType;
    declared.Shape = got.Shape;
    Array expected = value.Kind == Value::File ? readArray(value) : makeValue(value, declared);
    Comparison comparison = compareArrays(got, expected, parseTolerance(options, got.DType));
    const char *name = session.Info.results[index].name;
    std::fprintf(comparison.Matches ? stdout : stderr, "%s%s: %s\n",
                 comparison.Matches ? "" : "attn-run: differs: ", name, comparison.Summary.c_str());
    matches &= comparison.Matches;
    compared += comparison.Compared;
  }
  if (options.has("--expect") && matches && compared < least) {
    std::fprintf(stderr,
                 "attn-run: expects at least %lld elements to be compared, but "
                 "got %lld\n",
                 static_cast<long long>(least), static_cast<long long>(compared));
    return false;
  }
  return matches;
}

int64_t printLimit(const Options &options) {
  std::string print = options.value("--print", "16");
  return print == "all" ? INT64_MAX : parseInteger(print, "'--print'", 0, INT64_MAX);
}

void printAndSave(const Session &session, const std::vector<Array> &results, const Options &options) {
  int64_t limit = printLimit(options);
  for (size_t i = 0; i < results.size(); ++i)
    std::printf("%s=%s\n", session.Info.results[i].name, arrayText(results[i], limit).c_str());
  for (const char *option : {"-o", "--output"})
    for (const std::string &word : options.values(option)) {
      std::string path;
      int index = findResult(session.Info, word, "'-o'", path);
      writeNpy(path, results[size_t(index)]);
    }
}

/// Refuses what is wrong about outputs before the work is done.
void checkOutputs(const Session &session, const Options &options) {
  for (const char *option : {"-o", "--output"})
    for (const std::string &word : options.values(option)) {
      std::string path;
      findResult(session.Info, word, "'-o'", path);
      if (path.size() < 5 || path.compare(path.size() - 4, 4, ".npy") != 0)
        throw ToolError(ExitUsage, "expects an output file to end in .npy, but got '" + path + "'");
    }
  for (const std::string &word : options.values("--expect")) {
    std::string text;
    findResult(session.Info, word, "'--expect'", text);
    parseValue(text);
  }
  parseTolerance(options, ATTN_RT_F32);
  printLimit(options);
}

const std::vector<OptionName> KnownOptions = {{"-o", true},         {"--output", true},    {"--print", true},
                                              {"--expect", true},   {"--tolerance", true}, {"--min-compared", true},
                                              {"--threads", true},  {"--variant", true},   {"--repeat", true},
                                              {"--timeout", true},  {"--trace", true},     {"--info", false},
                                              {"--length", true},   {"--capacity", true},
                                              {"--version", false}, {"--help", false}};

int runModule(const Options &options) {
  Session session =
      openSession(options.words()[0], int(options.integer("--threads", 0, 1, 4096)), options.value("--variant"));
  checkOutputs(session, options);
  Inputs inputs(session.Info);
  for (size_t i = 1; i < options.words().size(); ++i)
    inputs.add(options.words()[i]);
  std::vector<Array> args = inputs.make(/*fillMissing=*/false), results;
  prepareStates(session, args, options);
  bool isRepeatable = runAll(session, args, options, results);
  printAndSave(session, results, options);
  bool matches = compareAll(session, results, options);
  return matches && isRepeatable ? ExitOk : ExitDiffers;
}

int run(int argc, char **argv) {
  Options options(argc, argv, KnownOptions);
  if (options.has("--help")) {
    std::fputs(HelpText, stdout);
    return ExitOk;
  }
  if (options.has("--version")) {
    std::printf("attn-run %d.%d, module ABI %d.%d\n", ATTN_RT_VERSION_MAJOR, ATTN_RT_VERSION_MINOR, ATTN_RT_ABI_MAJOR,
                ATTN_RT_ABI_MINOR);
    return ExitOk;
  }
  if (options.words().empty())
    throw ToolError(ExitUsage, "expects a module, but got none");
  if (!options.has("--info"))
    return runModule(options);
  std::fputs(moduleText(openToInspect(options.words()[0])).c_str(), stdout);
  return ExitOk;
}

} // namespace

int main(int argc, char **argv) { return runMain("attn-run", run, argc, argv); }
