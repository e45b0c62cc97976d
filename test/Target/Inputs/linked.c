/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs two modules that are linked into this program. */
#include "twice.h"
#include "with-weights.h"
#include <stdio.h>

static int fail(const char *what, const attn_rt_error *error) {
  fprintf(stderr, "%s: %s\n", what, error->message);
  return 1;
}

int main(void) {
  attn_rt_error error;
  attn_rt_module *twice, *weights;
  const attn_rt_function *function;
  if (twice_open(NULL, &twice, &error) || with_weights_open(NULL, &weights, &error))
    return fail("open", &error);

  float x[3] = {1, 2, 3}, y[3] = {0};
  int64_t shape[1] = {3};
  attn_rt_tensor in = attn_rt_tensor_view(x, ATTN_RT_F32, 1, shape);
  attn_rt_tensor out = attn_rt_tensor_view(y, ATTN_RT_F32, 1, shape);
  if (attn_rt_module_function(twice, NULL, &function, &error) || attn_rt_run(function, &in, 1, &out, 1, NULL, &error))
    return fail("double", &error);
  printf("double: %g %g %g\n", y[0], y[1], y[2]);

  int64_t one[1] = {1};
  float w[1] = {0};
  attn_rt_tensor first = attn_rt_tensor_view(w, ATTN_RT_F32, 1, one);
  if (attn_rt_module_function(weights, NULL, &function, &error) ||
      attn_rt_run(function, NULL, 0, &first, 1, NULL, &error))
    return fail("first", &error);
  printf("first: %g\n", w[0]);

  attn_rt_module_close(twice);
  attn_rt_module_close(weights);
  return 0;
}
