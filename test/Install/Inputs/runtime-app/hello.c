/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs the golden module on the arguments of golden_module_test.sh and prints what it gives. */
#include <attn_rt/attn_rt.h>
#include <stdio.h>

enum { N = 5, SIZE = 4, COUNT = N * SIZE };

int main(int argc, char **argv) {
  attn_rt_module *module;
  const attn_rt_function *function;
  attn_rt_error error;
  if (argc != 2)
    return 2;
  if (attn_rt_module_open(argv[1], NULL, &module, &error) ||
      attn_rt_module_function(module, "attention", &function, &error))
    return fprintf(stderr, "%s\n", error.message), 1;

  float q[COUNT], k[COUNT], v[COUNT];
  for (int i = 0; i < COUNT; ++i) {
    q[i] = (float)(7 * i % 11 - 5) / 4;
    k[i] = (float)(5 * i % 13 - 6) / 4;
    v[i] = (float)(3 * i % 17 - 8) / 2;
  }
  int64_t shape[4] = {1, 1, N, SIZE}, length = 3;
  attn_rt_tensor args[4] = {attn_rt_tensor_view(q, ATTN_RT_F32, 4, shape), attn_rt_tensor_view(k, ATTN_RT_F32, 4, shape),
                            attn_rt_tensor_view(v, ATTN_RT_F32, 4, shape), attn_rt_tensor_view(&length, ATTN_RT_I64, 0, NULL)};
  attn_rt_tensor result = {0};
  if (attn_rt_run(function, args, 4, &result, 1, NULL, &error))
    return fprintf(stderr, "%s\n", error.message), 1;
  for (int i = 0; i < COUNT; ++i)
    printf("%.7f\n", ((float *)result.data)[i]);
  attn_rt_tensor_release(&result);
  attn_rt_module_close(module);
  return 0;
}
