/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CPUID and XCR0, and the choice of a variant.  Detected again at every open:
 * no global remembers it, and it takes microseconds. */
#include "cpu.h"

#include "error.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

uint32_t attn_rti_host_machine(void) { return EM_X86_64; }

static uint64_t read_xcr0(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((uint64_t)high << 32) | low;
}

static void set_if(attn_rti_cpu *cpu, int feature, uint32_t word, int bit) {
  if (word >> bit & 1)
    cpu->features[feature / 64] |= UINT64_C(1) << (feature % 64);
}

static void detect_avx512(attn_rti_cpu *cpu, uint32_t ebx) {
  set_if(cpu, ATTN_RT_X86_AVX512F, ebx, 16);
  set_if(cpu, ATTN_RT_X86_AVX512DQ, ebx, 17);
  set_if(cpu, ATTN_RT_X86_AVX512CD, ebx, 28);
  set_if(cpu, ATTN_RT_X86_AVX512BW, ebx, 30);
  set_if(cpu, ATTN_RT_X86_AVX512VL, ebx, 31);
}

void attn_rti_cpu_detect(attn_rti_cpu *cpu) {
  uint32_t a = 0, b = 0, c = 0, d = 0;
  uint64_t state = 0;
  memset(cpu, 0, sizeof *cpu);
  if (__get_cpuid(0x80000001, &a, &b, &c, &d)) {
    set_if(cpu, ATTN_RT_X86_SAHF, c, 0);
    set_if(cpu, ATTN_RT_X86_LZCNT, c, 5);
  }
  if (!__get_cpuid(1, &a, &b, &c, &d))
    return;
  set_if(cpu, ATTN_RT_X86_SSE3, c, 0);
  set_if(cpu, ATTN_RT_X86_SSSE3, c, 9);
  set_if(cpu, ATTN_RT_X86_CX16, c, 13);
  set_if(cpu, ATTN_RT_X86_SSE41, c, 19);
  set_if(cpu, ATTN_RT_X86_SSE42, c, 20);
  set_if(cpu, ATTN_RT_X86_MOVBE, c, 22);
  set_if(cpu, ATTN_RT_X86_POPCNT, c, 23);
  if (c >> 27 & 1) /* OSXSAVE: XCR0 can be read */
    state = read_xcr0();
  int has_ymm = (state & 0x06) == 0x06, has_zmm = (state & 0xe6) == 0xe6;
  if (has_ymm) {
    set_if(cpu, ATTN_RT_X86_FMA, c, 12);
    set_if(cpu, ATTN_RT_X86_AVX, c, 28);
    set_if(cpu, ATTN_RT_X86_F16C, c, 29);
  }
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
    return;
  set_if(cpu, ATTN_RT_X86_BMI, b, 3);
  set_if(cpu, ATTN_RT_X86_BMI2, b, 8);
  if (has_ymm)
    set_if(cpu, ATTN_RT_X86_AVX2, b, 5);
  if (has_zmm)
    detect_avx512(cpu, b);
}

#else

uint32_t attn_rti_host_machine(void) { return 0; }

void attn_rti_cpu_detect(attn_rti_cpu *cpu) { memset(cpu, 0, sizeof *cpu); }

#endif

#define FEATURE_TEXT(bit, name, text) text,
static const char *const feature_names[] = {ATTN_RT_X86_FEATURES(FEATURE_TEXT)};

static int fits(const attn_rti_variant *variant, const attn_rti_cpu *cpu) {
  for (int w = 0; w < ATTN_RT_FEATURE_WORDS; ++w)
    if (variant->features[w] & ~cpu->features[w])
      return 0;
  return 1;
}

/* "avx512f avx512bw", or "feature 77" for one this library does not know. */
static void list_missing(const attn_rti_variant *variant, const attn_rti_cpu *cpu, char *text, size_t size) {
  size_t used = 0;
  for (int bit = 0; bit < 64 * ATTN_RT_FEATURE_WORDS; ++bit) {
    if (!((variant->features[bit / 64] & ~cpu->features[bit / 64]) >> (bit % 64) & 1))
      continue;
    int known = bit < ATTN_RT_X86_FEATURE_COUNT;
    int wrote = known ? snprintf(text + used, size - used, "%s%s", used ? " " : "", feature_names[bit])
                      : snprintf(text + used, size - used, "%sfeature %d", used ? " " : "", bit);
    if (wrote < 0 || (size_t)wrote >= size - used)
      break;
    used += (size_t)wrote;
  }
}

static const char *level_name(const attn_rti_cpu *cpu) {
  uint64_t word = cpu->features[0];
  if ((word & ATTN_RT_X86_64_V4) == ATTN_RT_X86_64_V4)
    return "x86-64-v4";
  if ((word & ATTN_RT_X86_64_V3) == ATTN_RT_X86_64_V3)
    return "x86-64-v3";
  if ((word & ATTN_RT_X86_64_V2) == ATTN_RT_X86_64_V2)
    return "x86-64-v2";
  return "x86-64";
}

static attn_rt_status refuse_cpu(const attn_rti_note *note, uint32_t variant, const attn_rti_cpu *cpu,
                                 attn_rt_error *error) {
  char missing[160] = "";
  list_missing(&note->variants[variant], cpu, missing, sizeof missing);
  return attn_rti_fail(error, ATTN_RT_UNSUPPORTED_CPU,
                       "expects a CPU with %s for variant '%s', but got one up "
                       "to %s: recompile with --target=%s",
                       missing, note->variant_names[variant], level_name(cpu), level_name(cpu));
}

static attn_rt_status refuse_name(const attn_rti_note *note, const char *name, attn_rt_error *error) {
  char list[256] = "";
  size_t used = 0;
  for (uint32_t i = 0; i < note->variant_count; ++i) {
    int wrote = snprintf(list + used, sizeof list - used, "%s'%s'", i ? ", " : "", note->variant_names[i]);
    if (wrote < 0 || (size_t)wrote >= sizeof list - used)
      break;
    used += (size_t)wrote;
  }
  return attn_rti_fail(error, ATTN_RT_NOT_FOUND, "expects the variant to be one of %s, but got '%s'", list, name);
}

attn_rt_status attn_rti_choose_variant(const attn_rti_note *note, const attn_rti_cpu *cpu, const char *name,
                                       uint32_t *chosen, attn_rt_error *error) {
  for (uint32_t i = 0; i < note->variant_count; ++i) {
    *chosen = i;
    if (name && strcmp(name, note->variant_names[i]) == 0)
      return fits(&note->variants[i], cpu) ? ATTN_RT_OK : refuse_cpu(note, i, cpu, error);
    if (!name && fits(&note->variants[i], cpu))
      return ATTN_RT_OK;
  }
  /* The last variant is the least demanding one. */
  return name ? refuse_name(note, name, error) : refuse_cpu(note, note->variant_count - 1, cpu, error);
}
