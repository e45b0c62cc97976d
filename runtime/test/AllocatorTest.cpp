// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The application's allocator: fails at the n-th call for every n, and gets
// back everything, with the size it was asked for.
#include "FailingAllocator.h"
#include "TestSupport.h"

#include <regex>
#include <set>

using namespace attn::test;

namespace {

/// How many bytes it is depends on the build; every number becomes N.
std::string withoutNumbers(std::string text) {
  size_t colon = text.find("': ");
  return std::regex_replace(colon == std::string::npos ? text : text.substr(colon + 3), std::regex("[0-9]+"), "N");
}

/// Opens, plans, runs twice (with a strided argument), releases, closes.
attn_rt_status useEverything(const attn_rt_allocator &allocator, std::set<std::string> *messages = nullptr) {
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.allocator = &allocator;
  attn_rt_module *module = nullptr;
  attn_rt_error error = {{0}};
  attn_rt_status status = attn_rt_module_open(modulePath("toy").c_str(), &options, &module, &error);
  if (status) {
    if (messages)
      messages->insert(withoutNumbers(error.message));
    return status;
  }
  const attn_rt_function *embed = attn_rt_module_function_at(module, 0);
  EmbedInputs inputs(4, 4);
  std::vector<attn_rt_tensor> args = inputs.args();
  std::swap(args[0].strides[0], args[0].strides[1]);
  size_t workspace = 0;
  for (int run = 0; run < 2 && !status; ++run) {
    attn_rt_tensor results[2] = {};
    status = attn_rt_function_plan(embed, args.data(), 3, results, 2, nullptr, &workspace, &error);
    if (!status)
      status = attn_rt_run(embed, args.data(), 3, results, 2, nullptr, &error);
    for (attn_rt_tensor &result : results) {
      EXPECT_TRUE(!status || !result.data);
      attn_rt_tensor_release(&result);
    }
  }
  if (status) {
    EXPECT_NE(std::string(error.message).find("from the allocator"), std::string::npos) << error.message;
    if (messages)
      messages->insert(withoutNumbers(error.message));
  }
  attn_rt_module_close(module);
  return status;
}

TEST(Allocator, FailsAtEveryCall) {
  int failures = 0;
  std::set<std::string> messages;
  for (int n = 1;; ++n) {
    FailingAllocator allocator;
    allocator.FailAt = n;
    attn_rt_status status = useEverything(allocator.get(), &messages);
    EXPECT_EQ(allocator.Live.size(), 0u) << "leaked at call " << n;
    EXPECT_EQ(allocator.Mistakes, 0);
    if (allocator.Calls < n) {
      EXPECT_EQ(status, ATTN_RT_OK);
      break;
    }
    EXPECT_EQ(status, ATTN_RT_OUT_OF_MEMORY) << "call " << n;
    ++failures;
  }
  EXPECT_GE(failures, 7); // module, note, arena, tables, results, copy, ...
  for (const char *message : {"expects N bytes for a module, but got none from the allocator",
                              "expects N bytes for the module description, but got none from the "
                              "allocator"})
    EXPECT_EQ(messages.count(message), 1u) << message;
}

// After the first run, a run with results in place allocates nothing.
TEST(Allocator, SteadyStateAllocatesNothing) {
  FailingAllocator counting;
  attn_rt_allocator allocator = counting.get();
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.allocator = &allocator;
  {
    OpenModule module("toy", &options);
    EmbedInputs inputs(4, 4);
    std::vector<float> y(16);
    std::vector<double> sum(4);
    std::vector<attn_rt_tensor> results = {viewOf(y, {4, 4}), viewOf(sum, {4})};
    const attn_rt_function *embed = module.function("embed");
    EXPECT_EQ(tryRun(embed, inputs.args(), results), "ok|");
    int before = counting.Calls;
    for (int run = 0; run < 5; ++run)
      EXPECT_EQ(tryRun(embed, inputs.args(), results), "ok|");
    EXPECT_EQ(counting.Calls, before);
    attn_rt_module_trim(module.get());
    EXPECT_EQ(tryRun(embed, inputs.args(), results), "ok|");
    EXPECT_GT(counting.Calls, before);
  }
  EXPECT_EQ(counting.Live.size(), 0u);
}

TEST(Allocator, RefusesAHalfOne) {
  attn_rt_allocator half = {};
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.allocator = &half;
  attn_rt_module *module = nullptr;
  attn_rt_error error = {{0}};
  EXPECT_EQ(attn_rt_module_open_memory("", 0, &options, &module, &error), ATTN_RT_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "module in memory: expects an allocator to have allocate and "
                              "free, but got NULL");
}

} // namespace
