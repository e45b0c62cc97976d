// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which CPU variants a list names, for CPUs that this machine need not be.
#include "attn/Analysis/TargetVariant.h"
#include "llvm/ADT/Twine.h"
#include "gtest/gtest.h"

namespace {

std::string parse(llvm::StringRef list, uint64_t host) {
  llvm::SmallVector<const attn::TargetVariant *> variants;
  std::string text = attn::parseTargetList(list, {host}, variants);
  for (const attn::TargetVariant *variant : variants)
    text += (variant->name + ";").str();
  return text;
}

TEST(TargetVariantTest, NativeIsTheBestThatRuns) {
  EXPECT_EQ(parse("native", ATTN_RT_X86_64_V4), "x86-64-v4;");
  EXPECT_EQ(parse("native", ATTN_RT_X86_64_V3), "x86-64-v3;");
  EXPECT_EQ(parse("native", ATTN_RT_X86_64_V4 & ~(uint64_t(1) << ATTN_RT_X86_AVX512CD)), "x86-64-v3;");
  EXPECT_EQ(parse("native", ATTN_RT_X86_64_V2 & 1), "expects the CPU of --target=native to run at least x86-64-v2, but "
                                                    "got an older one");
}

TEST(TargetVariantTest, ListsAreBestFirstAndEachOnce) {
  EXPECT_EQ(parse("portable", 0), "x86-64-v4;x86-64-v3;x86-64-v2;");
  EXPECT_EQ(parse("x86-64-v2,x86-64-v4,x86-64-v2", 0), "x86-64-v4;x86-64-v2;");
  EXPECT_EQ(parse("native,x86-64-v2", ATTN_RT_X86_64_V3), "x86-64-v3;x86-64-v2;");
  EXPECT_EQ(parse("", 0), "expects a target to be one of portable, native, x86-64-v4, x86-64-v3, "
                          "x86-64-v2, but got ''");
}

TEST(TargetVariantTest, PropertiesFollowFromFeatures) {
  int64_t lanes[] = {16, 8, 4}, registers[] = {32, 16, 16};
  bool fma[] = {true, true, false};
  ASSERT_EQ(attn::getTargetVariants().size(), 3u);
  for (int i = 0; i < 3; ++i) {
    const attn::TargetVariant &variant = attn::getTargetVariants()[i];
    EXPECT_EQ(variant.getF32Lanes(), lanes[i]);
    EXPECT_EQ(variant.getVectorRegisters(), registers[i]);
    EXPECT_EQ(variant.hasFma(), fma[i]);
    EXPECT_TRUE(attn::runsOn(variant, variant.features));
  }
}

} // namespace
