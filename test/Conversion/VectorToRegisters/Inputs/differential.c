/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs each function of differential.mlir as this project and as upstream lowered it, and compares the bits of all that
 * they wrote. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { N = 64 * 64 };
#define FUNCTIONS(F)                                                                                                   \
  F(contract)                                                                                                          \
  F(outer)                                                                                                             \
  F(reduce) F(nan) F(transpose) F(transpose3) F(shape) F(parts) F(broadcast) F(maps) F(positions) F(masks) F(gather)   \
      F(control) F(bytes) F(constants) F(dot) F(rows)
#define DECLARE(name) void run_##name(float *, float *), want_##name(float *, float *);
FUNCTIONS(DECLARE)
#define ENTRY(name) {#name, run_##name, want_##name},
static const struct {
  const char *name;
  void (*run)(float *, float *), (*want)(float *, float *);
} functions[] = {FUNCTIONS(ENTRY)};

static _Alignas(64) float in[N], got[N], want[N];

int main(void) {
  uint32_t seed = 1;
  for (int i = 0; i < N; i++) {
    seed = seed * 1664525u + 1013904223u;
    in[i] = (float)((int)(seed >> 16 & 15) - 7);
  }
  in[0] = 6, in[1] = -5;
  long compared = 0, different = 0;
  for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
    memset(got, 0x55, sizeof got);
    memset(want, 0x55, sizeof want);
    functions[f].run(in, got);
    functions[f].want(in, want);
    for (int i = 0; i < N; i++, compared++)
      if (memcmp(&got[i], &want[i], 4) && !(got[i] == 0 && want[i] == 0)) {
        if (different++ < 10)
          printf("%s[%d, %d] is %g, not %g\n", functions[f].name, i / 64, i % 64, got[i], want[i]);
      }
  }
  printf("%zu functions, %ld elements compared, %ld different\n", sizeof functions / sizeof *functions, compared,
         different);
  return different != 0 || compared == 0;
}
