// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The thread pool: every index once, workers numbered, bitwise equal results,
// many callers at once.
#include "TestSupport.h"

#include <atomic>
#include <cstring>
#include <sched.h>
#include <thread>

using namespace attn::test;

namespace {

class Pool {
public:
  explicit Pool(int threads, int spin = 0) {
    attn_rt_pool_options options = ATTN_RT_POOL_OPTIONS_INIT;
    options.threads = threads;
    options.spin_us = spin;
    attn_rt_error error = {{0}};
    EXPECT_EQ(attn_rt_pool_create(&options, &Handle, &error), ATTN_RT_OK) << error.message;
  }
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;
  ~Pool() { attn_rt_pool_destroy(Handle); }
  const attn_rt_executor *executor() const { return attn_rt_pool_executor(Handle); }

private:
  attn_rt_pool *Handle = nullptr;
};

struct Visits {
  std::vector<std::atomic<int>> Counts;
  std::vector<std::atomic<int>> Busy; ///< by worker
  std::atomic<int> Mistakes{0};
  Visits(int64_t count, int workers) : Counts(size_t(count)), Busy(size_t(workers)) {}
};

void visit(void *arg, int64_t index, int64_t worker) {
  Visits *visits = static_cast<Visits *>(arg);
  if (worker < 0 || size_t(worker) >= visits->Busy.size()) {
    ++visits->Mistakes;
    return;
  }
  visits->Mistakes += visits->Busy[size_t(worker)]++ != 0;
  ++visits->Counts[size_t(index)];
  --visits->Busy[size_t(worker)];
}

TEST(PoolTest, VisitsEveryIndexOnce) {
  for (int threads : {1, 2, 5})
    for (int spin : {-1, 0})
      for (int64_t count : {0, 1, 2, 3, 1000}) {
        Pool pool(threads, spin);
        const attn_rt_executor *executor = pool.executor();
        EXPECT_EQ(executor->concurrency, threads);
        executor->begin(executor->context);
        for (int round = 0; round < 20; ++round) {
          Visits visits(count, threads);
          executor->parallel_for(executor->context, count, visit, &visits);
          EXPECT_EQ(visits.Mistakes, 0);
          for (std::atomic<int> &visited : visits.Counts)
            ASSERT_EQ(visited, 1);
        }
        executor->end(executor->context);
      }
}

// More pieces than one ticket holds.
TEST(PoolTest, SplitsLongLoops) {
  Pool pool(2);
  const int64_t count = (int64_t(1) << 23) * 2 + 5;
  std::atomic<int64_t> sum{0}, calls{0};
  struct Sums {
    std::atomic<int64_t> *Sum, *Calls;
  } sums = {&sum, &calls};
  pool.executor()->parallel_for(
      pool.executor()->context, count,
      [](void *arg, int64_t index, int64_t) {
        Sums *own = static_cast<Sums *>(arg);
        own->Sum->fetch_add(index, std::memory_order_relaxed);
        own->Calls->fetch_add(1, std::memory_order_relaxed);
      },
      &sums);
  EXPECT_EQ(calls, count);
  EXPECT_EQ(sum, count * (count - 1) / 2);
}

TEST(PoolTest, GivesBitwiseEqualResults) {
  OpenModule module("toy");
  EmbedInputs inputs(37, 91);
  std::vector<std::string> bytes;
  for (int threads : {1, 2, 3, 7}) {
    Pool pool(threads);
    attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
    options.executor = pool.executor();
    std::vector<attn_rt_tensor> results(2);
    EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results, &options), "ok|");
    bytes.emplace_back();
    for (attn_rt_tensor &result : results) {
      bytes.back().append(static_cast<char *>(result.data), size_t(attn_rt_tensor_bytes(&result)));
      attn_rt_tensor_release(&result);
    }
  }
  EXPECT_EQ(bytes[0].size(), 37u * 91 * 4 + 37 * 8);
  for (const std::string &other : bytes)
    EXPECT_EQ(other, bytes[0]);
}

// 64 threads run one module on one pool and keep results beyond its close.
TEST(PoolTest, ServesManyThreads) {
  Pool pool(3);
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.executor = pool.executor();
  OpenModule module("toy", &options);
  const attn_rt_function *embed = module.function("embed");
  std::atomic<int> failures{0}, finished{0};
  std::vector<std::vector<attn_rt_tensor>> kept(64);
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t)
    threads.emplace_back([&, t] {
      EmbedInputs inputs(1 + t % 7, 1 + t);
      for (int round = 0; round < 20; ++round) {
        std::vector<attn_rt_tensor> results(2);
        failures += tryRun(embed, inputs.args(), results) != "ok|";
        const float *y = static_cast<const float *>(results[0].data);
        for (int64_t b = 0; b < inputs.Batch; ++b)
          for (int64_t s = 0; s < inputs.Seq; ++s)
            failures += y[b * inputs.Seq + s] != inputs.expected(b, s);
        for (attn_rt_tensor &old : kept[size_t(t)])
          attn_rt_tensor_release(&old);
        kept[size_t(t)] = results;
      }
      ++finished;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(finished, 64);
  EXPECT_EQ(failures, 0);
  module.close();
  for (std::vector<attn_rt_tensor> &results : kept)
    for (attn_rt_tensor &result : results)
      attn_rt_tensor_release(&result);
}

TEST(PoolTest, RefusesBadOptions) {
  attn_rt_pool_options options = ATTN_RT_POOL_OPTIONS_INIT;
  attn_rt_pool *pool = nullptr;
  attn_rt_error error = {{0}};
  options.threads = -1;
  EXPECT_EQ(attn_rt_pool_create(&options, &pool, &error), ATTN_RT_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "expects a pool to have threads in [0, 4096], "
                              "but got -1");
  options.threads = 2;
  options.cpu_count = 3;
  EXPECT_EQ(attn_rt_pool_create(&options, &pool, &error), ATTN_RT_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "expects a pool's CPU list to have cpu_count "
                              "entries, but got 3 and NULL");
  int32_t nowhere = 1 << 20;
  options.cpus = &nowhere;
  options.cpu_count = 1;
  EXPECT_EQ(attn_rt_pool_create(&options, &pool, &error), ATTN_RT_IO);
  EXPECT_STREQ(error.message, "expects to start 1 threads, but got Invalid argument");
  EXPECT_EQ(pool, nullptr);
}

TEST(PoolTest, CountsOnlyCpusThatMayBeUsed) {
  cpu_set_t all, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  int first = 0;
  while (!CPU_ISSET(first, &all))
    ++first;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  {
    Pool pool(0);
    EXPECT_EQ(pool.executor()->concurrency, 1);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
}

TEST(PoolTest, PinsWorkers) {
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  int32_t first = 0;
  while (!CPU_ISSET(first, &all))
    ++first;
  attn_rt_pool_options options = ATTN_RT_POOL_OPTIONS_INIT;
  options.threads = 3;
  options.cpus = &first;
  options.cpu_count = 1;
  attn_rt_pool *pool = nullptr;
  ASSERT_EQ(attn_rt_pool_create(&options, &pool, nullptr), ATTN_RT_OK);
  const attn_rt_executor *executor = attn_rt_pool_executor(pool);
  Visits visits(100, 3);
  executor->parallel_for(executor->context, 100, visit, &visits);
  EXPECT_EQ(visits.Mistakes, 0);
  attn_rt_pool_destroy(pool);
}

} // namespace
