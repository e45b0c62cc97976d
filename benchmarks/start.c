/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Prints what a program pays that starts, opens a sentence model and runs it once: milliseconds to open, of the first
 * and of the second run, and the peak of its memory. One process per answer, so that nothing is warm but the system's
 * file cache. */
#include "attn_rt/attn_rt.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

enum { TOKENS = 128 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
  attn_rt_module *module;
  const attn_rt_function *function;
  attn_rt_error error;
  if (argc != 2)
    return fprintf(stderr, "usage: start MODULE\n"), 2;
  double begin = now();
  if (attn_rt_module_open(argv[1], NULL, &module, &error) || attn_rt_module_function(module, NULL, &function, &error))
    return fprintf(stderr, "start: %s\n", error.message), 1;
  double opened = now() - begin;
  static int64_t ids[TOKENS], mask[TOKENS], types[TOKENS];
  for (int i = 0; i < TOKENS; ++i) {
    ids[i] = 1000 + i;
    mask[i] = 1;
  }
  int64_t shape[2] = {1, TOKENS};
  attn_rt_tensor arguments[3] = {attn_rt_tensor_view(ids, ATTN_RT_I64, 2, shape),
                                 attn_rt_tensor_view(mask, ATTN_RT_I64, 2, shape),
                                 attn_rt_tensor_view(types, ATTN_RT_I64, 2, shape)};
  double run[2];
  for (int i = 0; i < 2; ++i) {
    attn_rt_tensor results[2] = {{0}, {0}};
    begin = now();
    if (attn_rt_run(function, arguments, 3, results, 2, NULL, &error))
      return fprintf(stderr, "start: %s\n", error.message), 1;
    run[i] = now() - begin;
    for (int j = 0; j < 2; ++j)
      attn_rt_tensor_release(&results[j]);
  }
  attn_rt_module_close(module);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("%.3f %.3f %.3f %.1f\n", opened, run[0], run[1], (double)usage.ru_maxrss / 1024);
  return 0;
}
