// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements, 16-bit floats, comparison, printed arrays, times.
#include "Array.h"
#include "Compare.h"
#include "HalfFloat.h"
#include "Report.h"
#include "Samples.h"
#include "ToolError.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace attn::tool;

namespace {

Array floats(const std::vector<double> &values) {
  Array array = makeArray(ATTN_RT_F32, {int64_t(values.size())});
  for (size_t i = 0; i < values.size(); ++i)
    storeDouble(array, int64_t(i), values[i]);
  return array;
}

// All 65536 halves there and back, and the midpoints between neighbours, which
// must go to the even one.
TEST(HalfFloat, RoundsToNearestEven) {
  int compared = 0;
  for (uint32_t half = 0; half < 0x7c00; ++half, ++compared) {
    float value = halfToFloat(uint16_t(half));
    ASSERT_EQ(floatToHalf(value), half);
    ASSERT_EQ(floatToHalf(-value), half | 0x8000);
    float next = half + 1 < 0x7c00 ? halfToFloat(uint16_t(half + 1)) : 65536;
    float middle = value + (next - value) / 2;
    ASSERT_EQ(floatToHalf(middle), (half + 1) & ~1u);
    ASSERT_EQ(floatToHalf(std::nextafter(middle, 0.0f)), half);
    ASSERT_EQ(floatToHalf(std::nextafter(middle, 1e9f)), half + 1);
  }
  EXPECT_EQ(compared, 0x7c00);
  EXPECT_EQ(floatToHalf(1e9f), 0x7c00);
  EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(NAN))));
  EXPECT_EQ(floatToBfloat(1.0f), 0x3f80);
  EXPECT_EQ(floatToBfloat(floatFromBits(0x3f808000)), 0x3f80);
  EXPECT_EQ(floatToBfloat(floatFromBits(0x3f818000)), 0x3f82);
  EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(NAN))));
}

TEST(Array, RefusesRanks) {
  try {
    makeArray(ATTN_RT_F32, std::vector<int64_t>(9, 1));
    ADD_FAILURE() << "a rank of 9";
  } catch (const ToolError &error) {
    EXPECT_STREQ(error.what(), "expects an array to have rank 0 to 8, but got 9");
    EXPECT_EQ(error.code(), ExitRefused);
  }
}

TEST(Compare, CountsAndMeasures) {
  Comparison same = compareArrays(floats({1, 2}), floats({1, 2}), {});
  EXPECT_TRUE(same.Matches);
  EXPECT_EQ(same.Compared, 2);
  EXPECT_EQ(same.Summary, "2 elements compared, 0 differ; max abs 0, max rel "
                          "0; NaN 0 got, 0 expected");
  Comparison off = compareArrays(floats({1, 2.5}), floats({1, 2}), {0.1, 0.1});
  EXPECT_FALSE(off.Matches);
  EXPECT_EQ(off.Summary, "2 elements compared, 1 differ; max abs 0.5, max rel 0.25; NaN 0 "
                         "got, 0 expected; first at [1]: expects 2, but got 2.5");
  EXPECT_TRUE(compareArrays(floats({1, 2.5}), floats({1, 2}), {0.2, 0.1}).Matches);
}

TEST(Compare, TreatsSpecialValues) {
  double nan = NAN, inf = INFINITY;
  EXPECT_TRUE(compareArrays(floats({nan, inf, -inf}), floats({nan, inf, -inf}), {}).Matches);
  EXPECT_FALSE(compareArrays(floats({nan}), floats({1}), {9, 9}).Matches);
  EXPECT_FALSE(compareArrays(floats({1}), floats({nan}), {9, 9}).Matches);
  EXPECT_FALSE(compareArrays(floats({inf}), floats({-inf}), {9, 9}).Matches);
  EXPECT_FALSE(compareArrays(floats({inf}), floats({1e30}), {9, 9}).Matches);
  Array a = makeArray(ATTN_RT_I64, {1}), b = makeArray(ATTN_RT_I64, {1});
  storeInteger(a, 0, (int64_t(1) << 53) + 1);
  storeInteger(b, 0, int64_t(1) << 53);
  EXPECT_FALSE(compareArrays(a, b, {}).Matches);
  EXPECT_EQ(compareArrays(a, makeArray(ATTN_RT_I64, {2}), {}).Summary, "expects 2xi64, but got 1xi64");
  EXPECT_EQ(compareArrays(makeArray(ATTN_RT_F32, {0}), makeArray(ATTN_RT_F32, {0}), {}).Compared, 0);
}

TEST(Report, PrintsArrays) {
  Array array = floats({1, 2, 3, 4, 5});
  EXPECT_EQ(arrayText(array, 16), "5xf32=1,2,3,4,5");
  EXPECT_EQ(arrayText(array, 5), "5xf32=1,2,3,4,5");
  EXPECT_EQ(arrayText(array, 3), "5xf32=1,2,...,5");
  EXPECT_EQ(arrayText(array, 0), "5xf32");
  EXPECT_EQ(elementAsText(floats({0.1}), 0), "0.100000001");
  Array u64 = makeArray(ATTN_RT_U64, {1});
  storeInteger(u64, 0, -1);
  EXPECT_EQ(elementAsText(u64, 0), "18446744073709551615");
}

TEST(Report, WritesTraces) {
  EXPECT_EQ(chromeTrace({{"a\"b", "matmul", 1000, 3500, 1, 2, 3, 4}}),
            "{\"traceEvents\": [\n{\"name\": \"a\\\"b\", \"cat\": "
            "\"matmul\", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, "
            "\"ts\": 0.000, \"dur\": 2.500, \"args\": {\"tiles_done\": "
            "1, \"tiles_skipped\": 2, \"flops\": 3, \"bytes\": 4}}\n]}\n");
}

TEST(Samples, RankAndText) {
  std::vector<int64_t> sorted = sortedSamples({5, 1, 3, 2, 4});
  EXPECT_EQ(percentile(sorted, 50), 3);
  EXPECT_EQ(percentile(sorted, 99), 5);
  EXPECT_EQ(percentile(sorted, 0), 1);
  EXPECT_EQ(percentile({7}, 50), 7);
  EXPECT_EQ(durationText(999), "999ns");
  EXPECT_EQ(durationText(1234), "1.23us");
  EXPECT_EQ(durationText(45600000), "45.6ms");
  EXPECT_EQ(durationText(999700), "1.00ms");
  EXPECT_EQ(durationText(int64_t(7200) * 1000000000), "7200s");
}

TEST(MakeArray, RefusesHugeShapes) {
  try {
    makeArray(ATTN_RT_F32, {int64_t(1) << 40, 4});
    FAIL() << "expected a refusal";
  } catch (const ToolError &error) {
    EXPECT_STREQ(error.what(), "expects an array to have less than 2^40 bytes, "
                               "but got shape 1099511627776x4xf32");
  }
}

} // namespace
