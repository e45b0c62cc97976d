/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Prints how many GB/s this core reads at best right now from as many bytes as the argument says: the measure of a
 * decoder's shares.
 *
 * The bytes are read in order and added up, as two streams one after the other like keys and values, with and without a
 * prefetch some lines ahead; the faster way counts, and of a few passes the fastest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE 64
#define AHEAD (64 * LINE)

typedef float wide __attribute__((vector_size(64)));

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float sum(const char *bytes, size_t size, int ahead) {
  wide sums[8] = {0};
  if (ahead)
    for (size_t i = 0; i + 8 * LINE <= size; i += 8 * LINE)
      for (int line = 0; line < 8; ++line) {
        __builtin_prefetch(bytes + i + line * LINE + AHEAD, 0, 3);
        sums[line] += *(const wide *)(bytes + i + line * LINE);
      }
  else
    for (size_t i = 0; i + 8 * LINE <= size; i += 8 * LINE)
      for (int line = 0; line < 8; ++line)
        sums[line] += *(const wide *)(bytes + i + line * LINE);
  for (int line = 1; line < 8; ++line)
    sums[0] += sums[line];
  return sums[0][0] + sums[0][7];
}

int main(int argc, char **argv) {
  size_t size = argc == 2 ? (size_t)strtoull(argv[1], NULL, 10) / 4096 * 4096 : 0;
  /* The prefetches run past the end. */
  char *bytes = size ? aligned_alloc(4096, size + 2 * 4096) : NULL;
  if (!bytes)
    return fprintf(stderr, "bandwidth: expects a number of bytes that there is memory for\n"), 1;
  memset(bytes, 0, size + 2 * 4096);
  volatile float sink = 0;
  double best = 1e9, end = now() + 0.1;
  for (int pass = 0; pass < 6 || now() < end; ++pass) {
    double begin = now();
    sink = sink + sum(bytes, size, pass % 2);
    double seconds = now() - begin;
    best = seconds < best ? seconds : best;
  }
  printf("%.3f\n", (double)size / best / 1e9);
  free(bytes);
  return 0;
}
