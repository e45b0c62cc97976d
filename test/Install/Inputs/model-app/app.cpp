// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the module that attn_compile made, in C++, on two rows.
#include <attn_rt/attn_rt.hpp>
#include <cstdio>
#include <exception>

int main() try {
  attn_rt::Module module(MODULE_FILE);
  float x[4] = {1, 2, 3, 4};
  std::vector<attn_rt::Tensor> args;
  args.emplace_back(x, std::vector<int64_t>{2, 2});
  auto results = module.function("biased").run(args);
  const float *y = results[0].data<float>();
  std::printf("%g %g %g %g\n", y[0], y[1], y[2], y[3]);
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
