// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a run must not change: floating-point state (also with unmasked
// exceptions), errno, locale, signal mask; and fork.
#include "TestSupport.h"

#include <cerrno>
#include <clocale>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

using namespace attn::test;

namespace {

/// Compiled code's state: exceptions masked, FTZ, DAZ.
constexpr uint32_t CompiledState = 0x9fc0;

/// Runs "state" in the caller's csr, on 1 and 3 threads.
void expectStateKept(uint32_t csr) {
  OpenModule module("toy");
  for (int threads : {1, 3}) {
    attn_rt_pool_options poolOptions = ATTN_RT_POOL_OPTIONS_INIT;
    poolOptions.threads = threads;
    attn_rt_pool *pool = nullptr;
    ASSERT_EQ(attn_rt_pool_create(&poolOptions, &pool, nullptr), ATTN_RT_OK);
    const int64_t n = 64;
    std::vector<float> x(n, 1.0f);
    std::vector<uint32_t> seen(n, 0);
    std::vector<attn_rt_tensor> results = {viewOf(seen, {n})};
    attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
    options.executor = attn_rt_pool_executor(pool);
    std::vector<uint32_t> during;
    options.poll_context = &during;
    options.poll = [](void *context) {
      static_cast<std::vector<uint32_t> *>(context)->push_back(_mm_getcsr());
      return 0;
    };
    uint32_t saved = _mm_getcsr();
    _mm_setcsr(csr);
    std::string outcome = tryRun(module.function("state"), {viewOf(x, {n})}, results, &options);
    uint32_t after = _mm_getcsr();
    _mm_setcsr(saved);
    EXPECT_EQ(outcome, "ok|");
    EXPECT_EQ(after, csr);
    for (uint32_t value : during)
      EXPECT_EQ(value, csr);
    for (uint32_t value : seen)
      EXPECT_EQ(value & ~0x3fu, CompiledState);
    attn_rt_pool_destroy(pool);
  }
}

TEST(Environment, KeepsFloatingPointState) {
  expectStateKept(0x1f80);
  expectStateKept(0x7f80); // rounding toward zero
  expectStateKept(0x1fbf); // all flags raised
}

// With unmasked exceptions, one that leaked out of compiled code (it divides by
// zero everywhere) would kill the process.
TEST(Environment, SurvivesUnmaskedExceptions) { expectStateKept(0x0000); }

TEST(Environment, KeepsErrnoLocaleAndSignals) {
  const char *locale = setlocale(LC_ALL, nullptr);
  std::string before = locale ? locale : "";
  sigset_t mask, maskAfter;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  errno = 4242;
  {
    OpenModule module("toy");
    EXPECT_EQ(errno, 4242);
    attn_rt_module *none = nullptr;
    EXPECT_EQ(attn_rt_module_open("nowhere", nullptr, &none, nullptr), ATTN_RT_NOT_FOUND);
    EXPECT_EQ(errno, 4242);
    attn_rt_pool *pool = nullptr;
    EXPECT_EQ(attn_rt_pool_create(nullptr, &pool, nullptr), ATTN_RT_OK);
    EmbedInputs inputs(2, 2);
    std::vector<attn_rt_tensor> results(2);
    EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results), "ok|");
    for (attn_rt_tensor &result : results)
      attn_rt_tensor_release(&result);
    attn_rt_pool_destroy(pool);
    EXPECT_EQ(errno, 4242);
  }
  EXPECT_EQ(errno, 4242);
  EXPECT_EQ(before, setlocale(LC_ALL, nullptr));
  sigprocmask(SIG_SETMASK, nullptr, &maskAfter);
  for (int signal = 1; signal < NSIG; ++signal)
    EXPECT_EQ(sigismember(&mask, signal), sigismember(&maskAfter, signal));
}

/// Runs embed on a pool and says whether the last element is right.
bool runOnPool(const OpenModule &module, attn_rt_pool *pool) {
  EmbedInputs inputs(8, 16);
  std::vector<attn_rt_tensor> results(2);
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  options.executor = attn_rt_pool_executor(pool);
  if (tryRun(module.function("embed"), inputs.args(), results, &options) != "ok|")
    return false;
  bool isRight = static_cast<float *>(results[0].data)[127] == inputs.expected(7, 15);
  for (attn_rt_tensor &result : results)
    attn_rt_tensor_release(&result);
  return isRight;
}

// Modules and a parent's pool work in a forked child, whose workers are gone;
// the pool can be destroyed there too.
TEST(Environment, WorksInAForkedChild) {
  OpenModule module("toy");
  attn_rt_pool_options poolOptions = ATTN_RT_POOL_OPTIONS_INIT;
  poolOptions.threads = 3;
  attn_rt_pool *pool = nullptr;
  ASSERT_EQ(attn_rt_pool_create(&poolOptions, &pool, nullptr), ATTN_RT_OK);
  EXPECT_TRUE(runOnPool(module, pool));
  pid_t child = fork();
  ASSERT_NE(child, -1);
  if (child == 0) {
    alarm(60); // a hang is a failure
    bool isRight = runOnPool(module, pool) && runOnPool(module, pool);
    attn_rt_pool_destroy(pool);
    _exit(isRight ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(runOnPool(module, pool));
  attn_rt_pool_destroy(pool);
}

} // namespace
