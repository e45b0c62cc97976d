// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs: values, memory in and out, workspaces, lifetimes, faults.
#include "TestSupport.h"

#include <cstring>

using namespace attn::test;

namespace {

void expectEmbed(const EmbedInputs &inputs, const std::vector<attn_rt_tensor> &results) {
  const float *y = static_cast<const float *>(results[0].data);
  const double *sum = static_cast<const double *>(results[1].data);
  int64_t compared = 0;
  for (int64_t b = 0; b < inputs.Batch; ++b) {
    double total = 0.5;
    for (int64_t s = 0; s < inputs.Seq; ++s, ++compared) {
      ASSERT_EQ(y[b * inputs.Seq + s], inputs.expected(b, s));
      total += inputs.expected(b, s);
    }
    ASSERT_EQ(sum[b], total);
  }
  EXPECT_EQ(compared, inputs.Batch * inputs.Seq);
  EXPECT_GT(compared, 0);
}

void release(std::vector<attn_rt_tensor> &results) {
  for (attn_rt_tensor &result : results)
    attn_rt_tensor_release(&result);
}

TEST(Run, AllocatesResults) {
  OpenModule module("toy");
  EmbedInputs inputs(3, 7);
  std::vector<attn_rt_tensor> results(2);
  EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results), "ok|");
  EXPECT_EQ(results[0].rank, 2);
  EXPECT_EQ(results[0].shape[0], 3);
  EXPECT_EQ(results[0].shape[1], 7);
  EXPECT_EQ(results[0].strides[0], 7);
  EXPECT_EQ(results[0].dtype, ATTN_RT_F32);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(results[0].data) % 64, 0u);
  expectEmbed(inputs, results);
  release(results);
  EXPECT_EQ(results[0].data, nullptr);
  release(results); // twice is harmless
}

TEST(Run, CopiesStridedAndUnalignedArguments) {
  OpenModule module("toy");
  EmbedInputs inputs(4, 6);
  std::vector<attn_rt_tensor> args = inputs.args(), results(2);
  // x transposed in memory; ids reversed; bias unaligned.
  std::vector<float> turned(24);
  std::vector<int64_t> reversed(24);
  for (int64_t b = 0; b < 4; ++b)
    for (int64_t s = 0; s < 6; ++s) {
      turned[size_t(s * 4 + b)] = inputs.X[size_t(b * 6 + s)];
      reversed[size_t(23 - (b * 6 + s))] = inputs.Ids[size_t(b * 6 + s)];
    }
  args[0].data = turned.data();
  args[0].strides[0] = 1;
  args[0].strides[1] = 4;
  args[1].data = &reversed[23];
  args[1].strides[0] = -6;
  args[1].strides[1] = -1;
  std::vector<char> bytes(16);
  memcpy(bytes.data() + 1, inputs.Bias.data(), 12);
  args[2].data = bytes.data() + 1;
  EXPECT_EQ(tryRun(module.function("embed"), args, results), "ok|");
  expectEmbed(inputs, results);
  release(results);
}

TEST(Run, BroadcastsWithStrideZero) {
  OpenModule module("toy");
  EmbedInputs inputs(4, 6);
  std::fill(inputs.X.begin(), inputs.X.end(), 3.0f);
  std::vector<attn_rt_tensor> args = inputs.args(), results(2);
  float three = 3;
  args[0].data = &three;
  args[0].strides[0] = args[0].strides[1] = 0;
  EXPECT_EQ(tryRun(module.function("embed"), args, results), "ok|");
  expectEmbed(inputs, results);
  release(results);
}

TEST(Run, PlansFromShapesAlone) {
  OpenModule module("toy");
  EmbedInputs inputs(3, 7);
  std::vector<attn_rt_tensor> args = inputs.args(), results(2);
  for (attn_rt_tensor &arg : args)
    arg.data = nullptr;
  size_t workspace = 0;
  attn_rt_error error = {{0}};
  ASSERT_EQ(
      attn_rt_function_plan(module.function("embed"), args.data(), 3, results.data(), 2, nullptr, &workspace, &error),
      ATTN_RT_OK)
      << error.message;
  EXPECT_EQ(workspace, sizeof(double));
  EXPECT_EQ(results[0].data, nullptr);
  EXPECT_EQ(attn_rt_tensor_bytes(&results[0]), 3 * 7 * 4);
  EXPECT_EQ(attn_rt_tensor_bytes(&results[1]), 3 * 8);
  args[1].shape[1] = 8;
  EXPECT_EQ(
      attn_rt_function_plan(module.function("embed"), args.data(), 3, results.data(), 2, nullptr, &workspace, nullptr),
      ATTN_RT_INVALID_ARGUMENT);
}

TEST(Run, TakesTheCallersWorkspace) {
  OpenModule module("toy");
  EmbedInputs inputs(3, 7);
  std::vector<attn_rt_tensor> results(2);
  alignas(64) unsigned char workspace[128];
  memset(workspace, 0xee, sizeof workspace);
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  options.workspace = workspace;
  options.workspace_bytes = sizeof(double);
  EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results, &options), "ok|");
  expectEmbed(inputs, results);
  EXPECT_NE(workspace[7], 0xee);
  EXPECT_EQ(workspace[8], 0xee);
  release(results);
  options.workspace_bytes = 7;
  EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results, &options),
            "invalid argument|expects a workspace of 8 bytes aligned to 64, "
            "but got 7 bytes with remainder 0");
  options.workspace = workspace + 8;
  options.workspace_bytes = 100;
  EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results, &options),
            "invalid argument|expects a workspace of 8 bytes aligned to 64, "
            "but got 100 bytes with remainder 8");
}

TEST(Run, LeavesResultsAloneWhenItFails) {
  OpenModule module("toy");
  std::vector<float> x = {1, 2, -3};
  std::vector<attn_rt_tensor> results(1);
  memset(&results[0], 0x5a, sizeof results[0]);
  results[0].data = nullptr;
  attn_rt_tensor before = results[0];
  EXPECT_EQ(tryRun(module.function("check"), {viewOf(x, {3})}, results),
            "out of range|expects x to be at least 0, but got -3");
  EXPECT_EQ(memcmp(&before, &results[0], sizeof before), 0);
}

TEST(Run, ReportsWrongCode) {
  OpenModule module("toy");
  std::vector<attn_rt_tensor> results(1);
  std::vector<int32_t> one(1), two(2);
  EXPECT_EQ(tryRun(module.function("wrong"), {viewOf(one, {1})}, results),
            "internal error|expects function 'wrong' to return 0 or 2, but got "
            "77");
  EXPECT_EQ(tryRun(module.function("wrong"), {viewOf(two, {2})}, results),
            "internal error|expects function 'wrong' to report a fault site "
            "below 1, but got 1");
}

TEST(Run, KeepsResultsAfterClose) {
  EmbedInputs inputs(3, 7);
  std::vector<attn_rt_tensor> first(2), second(2);
  {
    OpenModule module("toy");
    const attn_rt_function *embed = module.function("embed");
    EXPECT_EQ(tryRun(embed, inputs.args(), first), "ok|");
    EXPECT_EQ(tryRun(embed, inputs.args(), second), "ok|");
    attn_rt_module_trim(module.get());
    EXPECT_EQ(tryRun(embed, inputs.args(), second), "ok|");
    // The first pair of second was overwritten in place, not leaked.
    release(first);
    EXPECT_EQ(tryRun(embed, inputs.args(), first), "ok|");
  }
  expectEmbed(inputs, first);
  expectEmbed(inputs, second);
  release(second);
  release(first);
}

TEST(Run, WithoutErrorStruct) {
  OpenModule module("toy");
  EXPECT_EQ(attn_rt_run(module.function("embed"), nullptr, 0, nullptr, 0, nullptr, nullptr), ATTN_RT_INVALID_ARGUMENT);
  attn_rt_module *none = nullptr;
  EXPECT_EQ(attn_rt_module_open("nowhere", nullptr, &none, nullptr), ATTN_RT_NOT_FOUND);
}

TEST(Run, RefusesOptionsWithoutSize) {
  OpenModule module("toy");
  EmbedInputs inputs(1, 1);
  std::vector<attn_rt_tensor> results(2);
  attn_rt_run_options options = {};
  EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results, &options),
            "invalid argument|expects run options to be made with "
            "ATTN_RT_RUN_OPTIONS_INIT, but got size 0");
  attn_rt_open_options open = {};
  attn_rt_module *none = nullptr;
  attn_rt_error error = {{0}};
  EXPECT_EQ(attn_rt_module_open(modulePath("toy").c_str(), &open, &none, &error), ATTN_RT_INVALID_ARGUMENT);
  EXPECT_EQ(std::string(error.message), "module '" + modulePath("toy") +
                                            "': expects open options to be made with "
                                            "ATTN_RT_OPEN_OPTIONS_INIT, but got size 0");
}

} // namespace
