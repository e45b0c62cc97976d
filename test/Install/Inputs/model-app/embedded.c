/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs the model that is linked into it, on two rows. */
#include "linked-model.h"
#include <stdio.h>

int main(void) {
  attn_rt_module *module;
  const attn_rt_function *function;
  attn_rt_error error;
  if (linked_model_open(NULL, &module, &error) || attn_rt_module_function(module, NULL, &function, &error))
    return fprintf(stderr, "%s\n", error.message), 1;
  float x[4] = {1, 2, 3, 4}, y[4];
  int64_t shape[2] = {2, 2};
  attn_rt_tensor arg = attn_rt_tensor_view(x, ATTN_RT_F32, 2, shape), result = attn_rt_tensor_view(y, ATTN_RT_F32, 2, shape);
  if (attn_rt_run(function, &arg, 1, &result, 1, NULL, &error))
    return fprintf(stderr, "%s\n", error.message), 1;
  printf("%g %g %g %g\n", y[0], y[1], y[2], y[3]);
  attn_rt_module_close(module);
  return 0;
}
