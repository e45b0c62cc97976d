/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Embeds the runtime: opens a module of one function x -> y and runs it. */
#include "attn_rt/attn_rt.h"
#include <stdio.h>

int main(int argc, char **argv) {
  attn_rt_module *module;
  const attn_rt_function *function;
  attn_rt_error error;
  if (argc != 2 || attn_rt_module_open(argv[1], NULL, &module, &error) ||
      attn_rt_module_function(module, NULL, &function, &error))
    return fprintf(stderr, "%s\n", argc == 2 ? error.message : "usage"), 1;
  float x[3] = {1, 2, 3};
  int64_t shape[1] = {3};
  attn_rt_tensor y = {0}, arg = attn_rt_tensor_view(x, ATTN_RT_F32, 1, shape);
  if (attn_rt_run(function, &arg, 1, &y, 1, NULL, &error))
    return fprintf(stderr, "%s\n", error.message), 1;
  float *data = y.data;
  printf("%g %g %g\n", data[0], data[1], data[2]);
  attn_rt_tensor_release(&y);
  attn_rt_module_close(module);
  return 0;
}
