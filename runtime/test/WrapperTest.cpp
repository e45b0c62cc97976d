// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// attn_rt.hpp: the common case, errors as exceptions, moves.
#include "TestSupport.h"
#include "attn_rt/attn_rt.hpp"

using namespace attn::test;

namespace {

TEST(Wrapper, RunsTheCommonCase) {
  attn_rt::Pool pool(2);
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.executor = pool.executor();
  attn_rt::Module module(modulePath("hello"), &options);
  EXPECT_STREQ(module.info().name, "hello");
  const std::vector<float> x = {1, 2, 3};
  std::vector<attn_rt::Tensor> args;
  args.emplace_back(x.data(), std::vector<int64_t>{3});
  std::vector<attn_rt::Tensor> results = module.function().run(args);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].shape(), std::vector<int64_t>{3});
  EXPECT_EQ(results[0].data<float>()[2], 6);
  attn_rt::Tensor moved = std::move(results[0]);
  EXPECT_EQ(moved.data<float>()[1], 4);
  EXPECT_EQ(results[0].get().data, nullptr);
  EXPECT_THROW(moved.data<double>(), std::invalid_argument);
}

TEST(Wrapper, ThrowsTheSentence) {
  try {
    attn_rt::Module module("nowhere.so");
    FAIL() << "expected an exception";
  } catch (const attn_rt::Error &error) {
    EXPECT_EQ(error.status(), ATTN_RT_NOT_FOUND);
    EXPECT_STREQ(error.what(), "module 'nowhere.so': expects to open the file, but got No "
                               "such file or directory");
  }
  attn_rt::Module module(modulePath("hello"));
  EXPECT_THROW(module.function("none"), attn_rt::Error);
  EXPECT_THROW(module.function().run({}), attn_rt::Error);
}

TEST(Wrapper, Sessions) {
  attn_rt::Module module(modulePath("cache"));
  attn_rt::Session session(module, 1, 8);
  std::vector<float> x = {1.5f, 2, 3};
  std::vector<attn_rt::Tensor> args;
  args.emplace_back(x.data(), std::vector<int64_t>{1, 3});
  std::vector<attn_rt::Tensor> results = session.run(module.function("prefill"), args);
  EXPECT_EQ(results[0].data<float>()[0], 5 + 12 + 24);
  EXPECT_EQ(session.length(), 3);
  EXPECT_EQ(session.capacity(), 8);
  attn_rt::Session fork = session.fork();
  session.rewind(1);
  EXPECT_EQ(session.length(), 1);
  EXPECT_EQ(fork.length(), 3);
  EXPECT_EQ(fork.state("values").shape(), (std::vector<int64_t>{3, 1}));
  EXPECT_EQ(fork.state("values").data<int32_t>()[2], 3);
  try {
    session.rewind(2);
    FAIL();
  } catch (const attn_rt::Error &error) {
    EXPECT_EQ(error.status(), ATTN_RT_INVALID_ARGUMENT);
    EXPECT_STREQ(error.what(), "expects a session to rewind to a length in [0, 1], but got 2");
  }
  EXPECT_THROW(attn_rt::Session(module, 9), attn_rt::Error);
}

} // namespace
