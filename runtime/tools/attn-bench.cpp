// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// attn-bench: measures how long a function of a module takes.  Numbers of
// threads are measured in turn (A B A B ...), so that a change of the clock or
// a noisy neighbour hits all of them alike.
#include "File.h"
#include "Inputs.h"
#include "Report.h"
#include "Samples.h"
#include "Session.h"
#include "ToolError.h"

#include <chrono>
#include <cstdio>
#include <map>

using namespace attn::tool;

static const char HelpText[] =
    R"(attn-bench - measure how long a function of a module takes

usage: attn-bench MODULE[:FUNCTION] [INPUT...] [options]

INPUT as in attn-run; arguments without one are random, so that sizes suffice:
          attn-bench minilm.so batch=1 seq=128

  --threads=LIST    1,2,4: one row each, measured in turn (default 1)
  --time=SECONDS    per row, at least (default 1)
  --min-runs=N      per row, at least (default 20)
  --variant=NAME    force x86-64-v3, ...
  --length=N        a function with states starts each run from N positions
  --capacity=N      positions that fit into its states (default: what it takes)
  --ops             also the median time of each operation
  --json=FILE       write every sample, in nanoseconds
  --version, --help

Times are of attn_rt_run, or attn_rt_session_run, with results in place; two
runs warm up first.
exit status: as attn-run
)";

namespace {

/// One row of the table.
struct Row {
  int Threads = 1;
  Session Opened;
  std::vector<Array> Args;
  std::vector<attn_rt::Tensor> Results;
  std::vector<int64_t> Nanoseconds;
  std::vector<std::string> OpNames; ///< in the order of the run
  std::map<std::string, std::vector<int64_t>> OpNanoseconds;
};

int64_t timeRun(Row &row) {
  std::vector<attn_rt_tensor> args, results;
  for (Array &arg : row.Args)
    args.push_back(arg.view());
  for (attn_rt::Tensor &result : row.Results)
    results.push_back(result.get());
  attn_rt_error error;
  auto begin = std::chrono::steady_clock::now();
  attn_rt_status status = callFunction(row.Opened, args, results.data(), nullptr, &error);
  auto end = std::chrono::steady_clock::now();
  if (status)
    throw ToolError(exitCodeOf(status), error.message);
  if (row.Opened.Held)
    row.Opened.Held->reset();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count();
}

/// The time of each operation; in a run of its own, since tracing costs time.
void traceRun(Row &row) {
  std::vector<TraceEvent> events;
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  options.trace = collectEvent;
  options.trace_context = &events;
  runFunction(row.Opened, row.Args, options);
  for (const TraceEvent &event : events) {
    std::vector<int64_t> &samples = row.OpNanoseconds[event.Name];
    if (samples.empty())
      row.OpNames.push_back(event.Name);
    samples.push_back(event.EndNs - event.BeginNs);
  }
}

Row openRow(const Options &options, int threads) {
  Row row;
  row.Threads = threads;
  row.Opened = openSession(options.words()[0], threads, options.value("--variant"));
  Inputs inputs(row.Opened.Info);
  for (size_t i = 1; i < options.words().size(); ++i)
    inputs.add(options.words()[i]);
  row.Args = inputs.make(/*fillMissing=*/true);
  prepareStates(row.Opened, row.Args, options);
  attn_rt_run_options run = ATTN_RT_RUN_OPTIONS_INIT;
  row.Results = runFunction(row.Opened, row.Args, run);
  timeRun(row);
  return row;
}

void measure(std::vector<Row> &rows, const Options &options) {
  double seconds = parseNumber(options.value("--time", "1"), "'--time'");
  int64_t least = options.integer("--min-runs", 20, 1, 1000000);
  std::vector<double> spent(rows.size(), 0);
  bool isMore = true;
  while (isMore) {
    isMore = false;
    for (size_t i = 0; i < rows.size(); ++i) {
      int64_t time = timeRun(rows[i]);
      rows[i].Nanoseconds.push_back(time);
      spent[i] += double(time) * 1e-9;
      isMore |= spent[i] < seconds || int64_t(rows[i].Nanoseconds.size()) < least;
      if (options.has("--ops"))
        traceRun(rows[i]);
    }
  }
}

void printTable(const std::vector<Row> &rows) {
  std::printf("%8s %10s %10s %10s %10s %10s %8s\n", "threads", "min", "median", "p90", "p99", "max", "runs");
  for (const Row &row : rows) {
    std::vector<int64_t> sorted = sortedSamples(row.Nanoseconds);
    std::printf("%8d %10s %10s %10s %10s %10s %8zu\n", row.Threads, durationText(sorted.front()).c_str(),
                durationText(percentile(sorted, 50)).c_str(), durationText(percentile(sorted, 90)).c_str(),
                durationText(percentile(sorted, 99)).c_str(), durationText(sorted.back()).c_str(), sorted.size());
  }
}

void printOps(const std::vector<Row> &rows) {
  for (const Row &row : rows) {
    std::printf("\noperations with %d threads\n%10s  name\n", row.Threads, "median");
    for (const std::string &name : row.OpNames) {
      std::vector<int64_t> sorted = sortedSamples(row.OpNanoseconds.at(name));
      std::printf("%10s  %s\n", durationText(percentile(sorted, 50)).c_str(), name.c_str());
    }
  }
}

std::string listText(const std::vector<int64_t> &samples) {
  std::string text = "[";
  for (size_t i = 0; i < samples.size(); ++i)
    text += (i ? ", " : "") + std::to_string(samples[i]);
  return text + "]";
}

std::string jsonText(const std::vector<Row> &rows, const Options &options) {
  attn_rt_module_info info = rows[0].Opened.Module->info();
  std::string text = "{\"module\": " + jsonString(options.words()[0]) + ", \"uuid\": " + jsonString(info.uuid) +
                     ", \"variant\": " + jsonString(info.variant) + ", \"inputs\": [";
  for (size_t i = 1; i < options.words().size(); ++i)
    text += (i > 1 ? ", " : "") + jsonString(options.words()[i]);
  text += "], \"rows\": [";
  for (size_t i = 0; i < rows.size(); ++i) {
    text += std::string(i ? "," : "") + "\n{\"threads\": " + std::to_string(rows[i].Threads) +
            ", \"nanoseconds\": " + listText(rows[i].Nanoseconds) + ", \"operations\": {";
    for (size_t k = 0; k < rows[i].OpNames.size(); ++k)
      text += std::string(k ? ", " : "") + jsonString(rows[i].OpNames[k]) + ": " +
              listText(rows[i].OpNanoseconds.at(rows[i].OpNames[k]));
    text += "}}";
  }
  return text + "\n]}\n";
}

std::vector<Row> openRows(const Options &options) {
  std::vector<Row> rows;
  std::string list = options.value("--threads", "1");
  for (size_t begin = 0; begin <= list.size();) {
    size_t end = std::min(list.find(',', begin), list.size());
    rows.push_back(openRow(options, int(parseInteger(list.substr(begin, end - begin), "'--threads'", 1, 4096))));
    begin = end + 1;
  }
  return rows;
}

int bench(int argc, char **argv) {
  Options options(argc, argv,
                  {{"--threads", true},
                   {"--time", true},
                   {"--min-runs", true},
                   {"--variant", true},
                   {"--length", true},
                   {"--capacity", true},
                   {"--ops", false},
                   {"--json", true},
                   {"--version", false},
                   {"--help", false}});
  if (options.has("--help")) {
    std::fputs(HelpText, stdout);
    return ExitOk;
  }
  if (options.has("--version")) {
    std::printf("attn-bench %d.%d, module ABI %d.%d\n", ATTN_RT_VERSION_MAJOR, ATTN_RT_VERSION_MINOR, ATTN_RT_ABI_MAJOR,
                ATTN_RT_ABI_MINOR);
    return ExitOk;
  }
  if (options.words().empty())
    throw ToolError(ExitUsage, "expects a module, but got none");
  std::vector<Row> rows = openRows(options);
  measure(rows, options);
  printTable(rows);
  if (options.has("--ops"))
    printOps(rows);
  if (options.has("--json"))
    writeFile(options.value("--json"), jsonText(rows, options));
  return ExitOk;
}

} // namespace

int main(int argc, char **argv) { return runMain("attn-bench", bench, argc, argv); }
