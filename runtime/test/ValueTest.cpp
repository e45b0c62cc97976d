// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The value syntax, generators and matching of inputs to a signature.
#include "Value.h"
#include "Inputs.h"
#include "TestSupport.h"
#include "ToolError.h"

using namespace attn::tool;

namespace {

template <typename Function> std::string refusal(Function &&function) {
  try {
    function();
    return "ok";
  } catch (const ToolError &error) {
    EXPECT_EQ(error.code(), ExitUsage) << error.what();
    return error.what();
  }
}

Array make(const std::string &text, const Declared &declared = {}) { return makeValue(parseValue(text), declared); }

TEST(Value, MakesElements) {
  Array splat = make("2x2xf32=0.5");
  EXPECT_EQ(splat.Shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(elementAsDouble(splat, 3), 0.5);
  EXPECT_EQ(elementAsDouble(make("2x3xi64=1,2,3,4,5,6"), 5), 6);
  EXPECT_EQ(elementAsDouble(make("f64=-inf"), 0), -INFINITY);
  EXPECT_EQ(make("0x3xf32=").count(), 0);
  EXPECT_EQ(elementAsDouble(make("3xf32=iota"), 2), 2);
  EXPECT_EQ(elementAsText(make("u64=7"), 0), "7");
}

TEST(Value, RefusesBadText) {
  auto parse = [](const std::string &text) { return refusal([&] { make(text); }); };
  std::string syntax = "expects a value to be @FILE, random, iota or a type and "
                       "elements such as 2x3xf32=0.5, but got '";
  EXPECT_EQ(parse("hello"), syntax + "hello'");
  EXPECT_EQ(parse("2x3=1"), syntax + "2x3=1'");
  EXPECT_EQ(parse("2x3xf99=1"), syntax + "2x3xf99=1'");
  EXPECT_EQ(parse("1x1x1x1x1x1x1x1x1xf32=1"), syntax + "1x1x1x1x1x1x1x1x1xf32=1'");
  EXPECT_EQ(parse("99999999999999999999xf32=1"), syntax + "99999999999999999999xf32=1'");
  EXPECT_EQ(parse(""), syntax + "'");
  EXPECT_EQ(parse("2x2xf32=1,2,3"), "expects 2x2xf32 to have 4 elements, but got 3");
  EXPECT_EQ(parse("2xf32="), "expects 2xf32 to have 2 elements, but got 0");
  EXPECT_EQ(parse("2xf32=1,x"), "expects a number, but got 'x'");
  EXPECT_EQ(parse("2xi8=1,128"), "expects an integer of type i8, but got '128'");
  EXPECT_EQ(parse("u8=-1"), "expects an integer of type u8, but got '-1'");
  EXPECT_EQ(parse("bool=2"), "expects an integer of type bool, but got '2'");
  EXPECT_EQ(parse("i64=9223372036854775808"), "expects an integer of type i64, but got '9223372036854775808'");
  EXPECT_EQ(parse("f32=random:cauchy"), "expects the distribution to be "
                                        "uniform or normal, but got 'cauchy'");
  EXPECT_EQ(parse("f32=random:7;normal"), "expects random:SEED,DISTRIBUTION, but got 'random:7;normal'");
  EXPECT_EQ(parse("f32=random:99999999999999999999"), "expects a seed below 2^64, but got '99999999999999999999'");
  EXPECT_EQ(parse("@"), "expects a file name after '@', but got none");
  EXPECT_EQ(parse("@a.npz:"), "expects an array name after '.npz:', but got none");
}

TEST(Value, SplitsNames) {
  std::string name, value;
  splitName("q=2xf32=1", name, value);
  EXPECT_EQ(name + "|" + value, "q|2xf32=1");
  splitName("2xf32=1", name, value);
  EXPECT_EQ(name + "|" + value, "|2xf32=1");
  splitName("@a=b.npy", name, value);
  EXPECT_EQ(name + "|" + value, "|@a=b.npy");
  splitName("out=dir/x=y.npy", name, value);
  EXPECT_EQ(name + "|" + value, "out|dir/x=y.npy");
}

TEST(Value, RandomIsReproducibleAndInRange) {
  Declared declared;
  declared.DType = ATTN_RT_I64;
  declared.Shape = {1000};
  declared.HasRange = true;
  declared.Min = -3;
  declared.Max = 4;
  Array ids = make("random:1", declared);
  bool seen[8] = {};
  for (int64_t i = 0; i < 1000; ++i) {
    double value = elementAsDouble(ids, i);
    ASSERT_TRUE(value >= -3 && value <= 4);
    seen[int(value) + 3] = true;
  }
  for (bool hit : seen)
    EXPECT_TRUE(hit);
  EXPECT_EQ(make("random:1", declared).Bytes, ids.Bytes);
  EXPECT_NE(make("random:2", declared).Bytes, ids.Bytes);
  declared.Stream = 1;
  EXPECT_NE(make("random:1", declared).Bytes, ids.Bytes);
  declared.Min = INT64_MIN;
  declared.Max = INT64_MAX;
  EXPECT_EQ(make("random:1", declared).count(), 1000);
  Array uniform = make("10000xf32=random"), normal = make("10000xf64=random:0,normal");
  double low = 0, high = 0, mean = 0, square = 0;
  for (int64_t i = 0; i < 10000; ++i) {
    low = std::min(low, elementAsDouble(uniform, i));
    high = std::max(high, elementAsDouble(uniform, i));
    mean += elementAsDouble(normal, i) / 10000;
    square += elementAsDouble(normal, i) * elementAsDouble(normal, i) / 10000;
  }
  EXPECT_GE(low, -1);
  EXPECT_LT(high, 1);
  EXPECT_LT(low, -0.99);
  EXPECT_GT(high, 0.99);
  // The standard error of the mean is 0.01, of the variance 0.014: five sigma.
  EXPECT_NEAR(mean, 0, 0.05);
  EXPECT_NEAR(square, 1, 0.07);
}

TEST(Value, IotaWrapsAtTheRange) {
  Declared declared;
  declared.DType = ATTN_RT_I32;
  declared.Shape = {5};
  declared.HasRange = true;
  declared.Min = 2;
  declared.Max = 4;
  Array array = make("iota", declared);
  EXPECT_EQ(elementAsDouble(array, 0), 2);
  EXPECT_EQ(elementAsDouble(array, 3), 2);
}

class InputsTest : public testing::Test {
protected:
  attn::test::OpenModule Module{"toy"};
  attn_rt_function_info Info = [&] {
    attn_rt_function_info info = ATTN_RT_FUNCTION_INFO_INIT;
    attn_rt_function_get_info(Module.function("embed"), &info);
    return info;
  }();

  std::string match(const std::vector<std::string> &words) {
    return refusal([&] {
      Inputs inputs(Info);
      for (const std::string &word : words)
        inputs.add(word);
      inputs.make(false);
    });
  }
};

TEST_F(InputsTest, MatchesByOrderNameAndSymbol) {
  Inputs inputs(Info);
  for (const char *word : {"bias=3xf32=1", "2x4xf32=iota", "random"})
    inputs.add(word);
  std::vector<Array> args = inputs.make(false);
  EXPECT_EQ(args[0].Shape, (std::vector<int64_t>{2, 4}));
  EXPECT_EQ(args[1].Shape, (std::vector<int64_t>{2, 4})); // from x's symbols
  EXPECT_EQ(args[1].DType, ATTN_RT_I64);
  EXPECT_EQ(elementAsDouble(args[2], 0), 1);
  Inputs sizes(Info);
  sizes.add("batch=3");
  sizes.add("seq=5");
  EXPECT_EQ(sizes.make(true)[1].Shape, (std::vector<int64_t>{3, 5}));
}

TEST_F(InputsTest, RefusesWhatDoesNotMatch) {
  EXPECT_EQ(match({"random"}), "expects a value for argument 'ids' (batch x "
                               "seq x i64 in [0, 30521]), but got none");
  EXPECT_EQ(match({"random", "random", "random"}), "expects a size for symbol 'batch' (batch=N), but got none");
  EXPECT_EQ(match({"nobody=random"}), "expects 'nobody' to be an argument or a symbol of the function, "
                                      "but got none of that name");
  EXPECT_EQ(match({"x=random", "x=random"}), "expects one value for argument 'x', but got two");
  EXPECT_EQ(match({"random", "random", "random", "iota"}), "expects at most 3 values, but got one more: 'iota'");
  EXPECT_EQ(match({"seq=9999999999999999999"}), "expects symbol 'seq' to be a number from 0 to below 10^18, but got "
                                                "'9999999999999999999'");
  EXPECT_EQ(match({"seq=-1"}), "expects symbol 'seq' to be a number from 0 to below 10^18, but got '-1'");
  // A type that is misspelt.
  EXPECT_EQ(match({"3xf33=1"}), "expects '3xf33' to be an argument or a symbol of the function, "
                                "but got none of that name");
  EXPECT_EQ(match({"1x1xf32=0", "1x1xi64=0", "3xf32=1,x,3"}), "argument 'bias': expects a number, but got 'x'");
  EXPECT_EQ(match({"@a.txt", "batch=1", "seq=1", "random", "random"}),
            "expects an input file to end in .npy or .npz, but got 'a.txt'");
}

} // namespace
