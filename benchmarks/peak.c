/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Prints how many GFLOP/s of f32 fused multiply-adds this core does at best right now: the measure of all shares in the
 * tables.
 *
 * A loop in assembly over independent accumulators, more of them than latency times ports (4 x 2): the same loop in C
 * intrinsics measures how the compiler spills. Best of a few short repeats: what a disturbed repeat says is about the
 * disturbance. */
#include <stdio.h>
#include <time.h>

#define REPEATS 5

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fma_zmm(long count) {
  __asm__ volatile("1:\n"
                   ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23\n"
                   "  vfmadd231ps %%zmm30, %%zmm31, %%zmm\\i\n"
                   ".endr\n"
                   "  dec %0\n"
                   "  jnz 1b\n"
                   : "+r"(count)
                   :
                   : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#ifdef __AVX512F__
                     ,
                     "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm30", "xmm31"
#endif
  );
}

static void fma_ymm(long count) {
  __asm__ volatile("1:\n"
                   ".irp i,0,1,2,3,4,5,6,7,8,9,10,11\n"
                   "  vfmadd231ps %%ymm14, %%ymm15, %%ymm\\i\n"
                   ".endr\n"
                   "  dec %0\n"
                   "  jnz 1b\n"
                   : "+r"(count)
                   :
                   : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                     "xmm11", "xmm14", "xmm15");
}

int main(void) {
  int wide = __builtin_cpu_supports("avx512f");
  if (!wide && !__builtin_cpu_supports("fma"))
    return fprintf(stderr, "peak: expects a CPU with FMA, but got one without\n"), 1;
  /* Multiply-adds count as two operations per element. */
  double flops_per_pass = wide ? 24.0 * 16 * 2 : 12.0 * 8 * 2;
  long count = wide ? 1000000 : 2000000;
  double best = 1e9;
  for (int repeat = 0; repeat < REPEATS; ++repeat) {
    double begin = now();
    if (wide)
      fma_zmm(count);
    else
      fma_ymm(count);
    double seconds = now() - begin;
    best = seconds < best ? seconds : best;
  }
  printf("%s %.2f\n", wide ? "avx512" : "avx2", (double)count * flops_per_pass / best / 1e9);
  return 0;
}
