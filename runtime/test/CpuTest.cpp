// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CPU features, the choice of a variant, and the number of CPUs.
#include "TestSupport.h"
#include "ToyNotes.h"

extern "C" {
#include "cpu.h"
#include "cpu_count.h"
}

using namespace attn::test;

namespace {

TEST(Cpu, DetectsWhatTheCompilerSees) {
  attn_rti_cpu cpu;
  attn_rti_cpu_detect(&cpu);
  auto has = [&](int feature) { return int(cpu.features[0] >> feature & 1); };
  __builtin_cpu_init();
  EXPECT_EQ(has(ATTN_RT_X86_SSE42), __builtin_cpu_supports("sse4.2") != 0);
  EXPECT_EQ(has(ATTN_RT_X86_POPCNT), __builtin_cpu_supports("popcnt") != 0);
  EXPECT_EQ(has(ATTN_RT_X86_AVX), __builtin_cpu_supports("avx") != 0);
  EXPECT_EQ(has(ATTN_RT_X86_AVX2), __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(has(ATTN_RT_X86_FMA), __builtin_cpu_supports("fma") != 0);
  EXPECT_EQ(has(ATTN_RT_X86_BMI), __builtin_cpu_supports("bmi") != 0);
  EXPECT_EQ(has(ATTN_RT_X86_BMI2), __builtin_cpu_supports("bmi2") != 0);
  EXPECT_EQ(has(ATTN_RT_X86_AVX512F), __builtin_cpu_supports("avx512f") != 0);
  EXPECT_EQ(has(ATTN_RT_X86_AVX512BW), __builtin_cpu_supports("avx512bw") != 0);
  EXPECT_EQ(has(ATTN_RT_X86_AVX512VL), __builtin_cpu_supports("avx512vl") != 0);
}

/// The choice among v4, v3, v2 on a CPU with these features.
std::string choose(uint64_t features, const char *name = nullptr, bool withBaseline = false) {
  const char *names[] = {"x86-64-v4", "x86-64-v3", "x86-64-v2", "baseline"};
  attn_rti_variant variants[] = {
      {{ATTN_RT_X86_64_V4, 0, 0, 0}}, {{ATTN_RT_X86_64_V3, 0, 0, 0}}, {{ATTN_RT_X86_64_V2, 0, 0, 0}}, {{0, 0, 0, 0}}};
  attn_rti_note note = {};
  note.variant_names = names;
  note.variants = variants;
  note.variant_count = withBaseline ? 4 : 3;
  attn_rti_cpu cpu = {{features, 0, 0, 0}};
  uint32_t chosen = 99;
  attn_rt_error error = {{0}};
  attn_rt_status status = attn_rti_choose_variant(&note, &cpu, name, &chosen, &error);
  return status ? error.message : names[chosen];
}

TEST(Cpu, TakesTheFirstVariantThatFits) {
  EXPECT_EQ(choose(ATTN_RT_X86_64_V4), "x86-64-v4");
  EXPECT_EQ(choose(ATTN_RT_X86_64_V4 & ~(1u << ATTN_RT_X86_AVX512VL)), "x86-64-v3");
  EXPECT_EQ(choose(ATTN_RT_X86_64_V3 & ~(1u << ATTN_RT_X86_FMA)), "x86-64-v2");
  EXPECT_EQ(choose(0, nullptr, true), "baseline");
  EXPECT_EQ(choose(ATTN_RT_X86_64_V4, "x86-64-v2"), "x86-64-v2");
}

TEST(Cpu, SaysWhatIsMissing) {
  EXPECT_EQ(choose(ATTN_RT_X86_64_V2 & ~(1u << ATTN_RT_X86_SSE42)),
            "expects a CPU with sse4.2 for variant 'x86-64-v2', but got one up "
            "to x86-64: recompile with --target=x86-64");
  EXPECT_EQ(choose(ATTN_RT_X86_64_V3, "x86-64-v4"), "expects a CPU with avx512f avx512bw avx512cd avx512dq avx512vl "
                                                    "for variant 'x86-64-v4', but got one up to x86-64-v3: recompile "
                                                    "with --target=x86-64-v3");
  EXPECT_EQ(choose(ATTN_RT_X86_64_V3, "avx10"), "expects the variant to be one of 'x86-64-v4', 'x86-64-v3', "
                                                "'x86-64-v2', but got 'avx10'");
}

TEST(Cpu, ForcesAVariant) {
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.variant = "baseline";
  OpenModule module("toy", &options);
  attn_rt_module_info info = ATTN_RT_MODULE_INFO_INIT;
  attn_rt_module_get_info(module.get(), &info);
  EXPECT_STREQ(info.variant, "baseline");
  options.variant = "future";
  attn_rt_module *none = nullptr;
  attn_rt_error error = {{0}};
  EXPECT_EQ(attn_rt_module_open(modulePath("toy").c_str(), &options, &none, &error), ATTN_RT_UNSUPPORTED_CPU);
  EXPECT_NE(std::string(error.message)
                .find("expects a CPU with feature 255 for variant 'future', "
                      "but got one up to "),
            std::string::npos)
      << error.message;
}

TEST(Cpu, ReadsQuotas) {
  EXPECT_EQ(attn_rti_parse_quota("max 100000\n"), 0);
  EXPECT_EQ(attn_rti_parse_quota("200000 100000\n"), 2);
  EXPECT_EQ(attn_rti_parse_quota("150000 100000\n"), 1);
  EXPECT_EQ(attn_rti_parse_quota("50000 100000\n"), 1);
  EXPECT_EQ(attn_rti_parse_quota("9223372036854775807 1"), 65536);
  EXPECT_EQ(attn_rti_parse_quota("100000 0"), 0);
  EXPECT_EQ(attn_rti_parse_quota("-1 100000"), 0);
  EXPECT_EQ(attn_rti_parse_quota(""), 0);
  EXPECT_GE(attn_rti_cpu_count(), 1);
}

} // namespace
