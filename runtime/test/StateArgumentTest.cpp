// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions with states, run without a session: the caller's states are updated
// in place, and refused where that could harm; and modules of the first ABI.
#include "TestSupport.h"

using namespace attn::test;

namespace {

/// All arguments of recurrent's decode: values, past, x, keys, sum.
struct DecodeInputs {
  std::vector<int32_t> Values = std::vector<int32_t>(8);
  std::vector<int64_t> Past = {0};
  std::vector<float> X = {1.5f, 2.5f}, Keys = std::vector<float>(48), Y = {0, 0};
  std::vector<double> Sum = {10, 20};
  std::vector<attn_rt_tensor> Args = {viewOf(Values, {4, 2}), viewOf(Past, {}), viewOf(X, {2, 1}),
                                      viewOf(Keys, {2, 2, 4, 3}), viewOf(Sum, {2})};
  std::vector<attn_rt_tensor> Results = {viewOf(Y, {2})};
};

TEST(StateArgument, IsUpdatedInPlace) {
  OpenModule module("recurrent");
  DecodeInputs in;
  const attn_rt_function *decode = module.function("decode");
  EXPECT_EQ(tryRun(decode, in.Args, in.Results), "ok|");
  EXPECT_EQ(in.Y[0], 5.0f + 11.5f); // (2 * 1.5 + 2) * 1 + 10 + 1.5
  EXPECT_EQ(in.Sum[1], 22.5);
  in.Past[0] = 3;
  in.X = {4, 5};
  EXPECT_EQ(tryRun(decode, in.Args, in.Results), "ok|");
  EXPECT_EQ(in.Values[0], 1);
  EXPECT_EQ(in.Values[6], 4);
  EXPECT_EQ(in.Values[7], 5);
  EXPECT_EQ(in.Keys[((1 * 2 + 1) * 4 + 3) * 3 + 2], 12.0f);
  EXPECT_EQ(in.Sum[0], 15.5);
  size_t workspace = 0;
  attn_rt_tensor planned;
  for (attn_rt_tensor &arg : in.Args)
    arg.data = nullptr;
  EXPECT_EQ(attn_rt_function_plan(decode, in.Args.data(), 5, &planned, 1, nullptr, &workspace, nullptr), ATTN_RT_OK);
  EXPECT_EQ(workspace, 64u);
}

TEST(StateArgument, RefusesLengthsThatDoNotFit) {
  OpenModule module("recurrent");
  DecodeInputs in;
  in.Past[0] = -1;
  EXPECT_EQ(tryRun(module.function("decode"), in.Args, in.Results),
            "out of range|expects argument 'past' to be at least 0, but got -1");
  for (int64_t past : {int64_t(4), int64_t(5), INT64_MAX}) {
    in.Past[0] = past;
    EXPECT_EQ(tryRun(module.function("decode"), in.Args, in.Results),
              "out of range|expects room for 1 more positions, but got length " + std::to_string(past) +
                  " of capacity 4");
  }
  EXPECT_EQ(in.Sum[0], 10);
}

TEST(StateArgument, RefusesMemoryThatCannotBeUpdated) {
  OpenModule module("recurrent");
  const attn_rt_function *decode = module.function("decode");
  DecodeInputs in;
  in.Args[3].strides[0] = 0;
  EXPECT_EQ(tryRun(decode, in.Args, in.Results),
            "invalid argument|expects state 'keys' to be dense and row-major, but got other strides");
  in.Args[3] = viewOf(in.Keys, {2, 2, 4, 3});
  in.Args[4].data = reinterpret_cast<char *>(in.Sum.data()) + 4;
  in.Args[4].shape[0] = in.Args[0].shape[1] = 2;
  EXPECT_EQ(tryRun(decode, in.Args, in.Results),
            "invalid argument|expects state 'sum' to be aligned to 8 bytes, but got an address with remainder 4");
  in.Args[4] = viewOf(in.Sum, {2});
  EXPECT_EQ(tryRun(decode, in.Args, in.Results), "ok|");
}

TEST(StateArgument, RefusesOverlaps) {
  OpenModule module("recurrent");
  const attn_rt_function *decode = module.function("decode");
  std::string apart = " to lie apart from argument '", end = "', but got overlapping memory";
  DecodeInputs in;
  in.Args[2].data = in.Keys.data() + 47;
  in.Args[2].strides[0] = -3;
  EXPECT_EQ(tryRun(decode, in.Args, in.Results),
            "invalid argument|expects state 'keys' to lie apart from argument 'x', but got overlapping memory");
  in.Args[2] = viewOf(in.X, {2, 1});
  in.Args[4].data = in.Keys.data() + 2;
  EXPECT_EQ(tryRun(decode, in.Args, in.Results), "invalid argument|expects state 'keys'" + apart + "sum" + end);
  in.Args[4] = viewOf(in.Sum, {2});
  in.Args[1].data = in.Sum.data();
  EXPECT_EQ(tryRun(decode, in.Args, in.Results), "invalid argument|expects state 'sum'" + apart + "past" + end);
  in.Args[1] = viewOf(in.Past, {});
  in.Results[0].data = in.Keys.data() + 40;
  EXPECT_EQ(tryRun(decode, in.Args, in.Results), "invalid argument|expects result 'y'" + apart + "keys" + end);
}

TEST(StateArgument, IsBoundLikeOthers) {
  OpenModule module("recurrent");
  DecodeInputs in;
  in.Args[3].shape[2] = 2;
  EXPECT_EQ(tryRun(module.function("decode"), in.Args, in.Results),
            "invalid argument|expects argument 'keys' dimension 2 to be 4 ('capacity', as in argument 'values' "
            "dimension 0), but got 2");
  in.Args[3].device = ATTN_RT_CUDA;
  EXPECT_EQ(tryRun(module.function("decode"), in.Args, in.Results),
            "invalid argument|expects argument 'keys' to be in the memory of the CPU, which the module runs on, but "
            "got device cuda:0");
}

TEST(FirstABI, StillOpensAndRuns) {
  OpenModule module("minor0");
  attn_rt_module_info info = ATTN_RT_MODULE_INFO_INIT;
  attn_rt_module_get_info(module.get(), &info);
  EXPECT_EQ(info.abi_minor, 0);
  std::vector<float> x = {1, 2, 3}, y(3);
  std::vector<attn_rt_tensor> results = {viewOf(y, {3})};
  EXPECT_EQ(tryRun(module.function("twice"), {viewOf(x, {3})}, results), "ok|");
  EXPECT_EQ(y, (std::vector<float>{2, 4, 6}));
}

} // namespace
