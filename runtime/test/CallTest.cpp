// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What happens around compiled code: executors, cancellation, trace, faults.
#include "TestSupport.h"

#include <atomic>
#include <thread>

using namespace attn::test;

namespace {

struct Counter {
  int Calls = 0, CancelAt = 0;
};

int countCalls(void *context) {
  Counter *counter = static_cast<Counter *>(context);
  return ++counter->Calls == counter->CancelAt;
}

// A loop of much work stops after the pieces that have begun: far fewer than
// all bodies have run when the third poll cancels.
TEST(Call, CancelsInsideALoop) {
  OpenModule module("toy");
  for (int threads : {1, 3}) {
    attn_rt_pool_options poolOptions = ATTN_RT_POOL_OPTIONS_INIT;
    poolOptions.threads = threads;
    attn_rt_pool *pool = nullptr;
    ASSERT_EQ(attn_rt_pool_create(&poolOptions, &pool, nullptr), ATTN_RT_OK);
    const int64_t n = 1 << 20;
    std::vector<int32_t> x(n, 20000);
    std::vector<int64_t> y(n, -1);
    std::vector<attn_rt_tensor> results = {viewOf(y, {n})};
    Counter counter = {0, 3};
    attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
    options.executor = attn_rt_pool_executor(pool);
    options.poll = countCalls;
    options.poll_context = &counter;
    EXPECT_EQ(tryRun(module.function("slow"), {viewOf(x, {n})}, results, &options),
              "cancelled|expects poll to return 0 for the run to go on, but got "
              "another value");
    int64_t done = 0;
    for (int64_t value : y)
      done += value != -1;
    EXPECT_GT(done, 0);
    EXPECT_LT(done, n / 2);
    attn_rt_pool_destroy(pool);
  }
}

// A poll that costs something is called no more often than asked: never in a
// run shorter than the interval, and again and again in a longer one.
TEST(Call, PollsAsSeldomAsAsked) {
  OpenModule module("toy");
  std::vector<int32_t> x(40, 100000);
  Counter counter;
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  options.poll = countCalls;
  options.poll_context = &counter;
  for (int64_t never : {int64_t(3600000000), INT64_MAX}) {
    std::vector<attn_rt_tensor> results(1);
    options.poll_interval_us = never;
    EXPECT_EQ(tryRun(module.function("slow"), {viewOf(x, {40})}, results, &options), "ok|");
    EXPECT_EQ(counter.Calls, 0);
    attn_rt_tensor_release(&results[0]);
  }
  std::vector<attn_rt_tensor> results(1);
  options.poll_interval_us = 1;
  EXPECT_EQ(tryRun(module.function("slow"), {viewOf(x, {40})}, results, &options), "ok|");
  EXPECT_GT(counter.Calls, 40);
  attn_rt_tensor_release(&results[0]);
}

struct Event {
  std::string Name, Kind;
  int64_t Begin, End, Done, Skipped, Flops, Bytes;
};

void keepEvent(void *context, const attn_rt_event *event) {
  EXPECT_EQ(event->struct_size, sizeof *event);
  static_cast<std::vector<Event> *>(context)->push_back({event->name, event->kind, event->begin_ns, event->end_ns,
                                                         event->tiles_done, event->tiles_skipped, event->flops,
                                                         event->bytes});
}

TEST(Call, CancelsBetweenOperations) {
  OpenModule module("toy");
  std::vector<int32_t> x(4, 10);
  std::vector<attn_rt_tensor> results(1);
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  for (int at = 1; at <= 2; ++at) {
    Counter counter = {0, at};
    options.poll = countCalls;
    options.poll_context = &counter;
    std::vector<Event> events;
    options.trace = keepEvent;
    options.trace_context = &events;
    EXPECT_EQ(tryRun(module.function("slow"), {viewOf(x, {4})}, results, &options),
              "cancelled|expects poll to return 0 for the run to go on, but "
              "got another value");
    EXPECT_EQ(counter.Calls, at);
    EXPECT_EQ(int(events.size()), at - 1); // none after the cancellation
  }
  Counter never = {0, -1};
  options.poll_context = &never;
  options.trace = nullptr;
  EXPECT_EQ(tryRun(module.function("slow"), {viewOf(x, {4})}, results, &options), "ok|");
  attn_rt_tensor_release(&results[0]);
}

TEST(Call, TracesOperations) {
  OpenModule module("toy");
  std::vector<int32_t> x(4, 10);
  std::vector<attn_rt_tensor> results(1);
  std::vector<Event> events;
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  options.trace = keepEvent;
  options.trace_context = &events;
  EXPECT_EQ(tryRun(module.function("slow"), {viewOf(x, {4})}, results, &options), "ok|");
  attn_rt_tensor_release(&results[0]);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].Name, "first");
  EXPECT_EQ(events[0].Kind, "attention");
  EXPECT_EQ(events[0].Done, 4);
  EXPECT_EQ(events[0].Flops, 20);
  EXPECT_EQ(events[0].Bytes, 32);
  EXPECT_EQ(events[1].Flops, 0);
  EXPECT_EQ(events[1].Bytes, 0);
  EXPECT_EQ(events[1].Name, "second");
  EXPECT_EQ(events[1].Skipped, 10);
  EXPECT_LE(events[0].Begin, events[0].End);
  EXPECT_LE(events[0].End, events[1].Begin);
  EXPECT_LE(events[1].Begin, events[1].End);
}

/// An executor of the application: one thread for each body, backwards.
struct OwnThreads {
  int Begins = 0, Ends = 0, Loops = 0;
  int64_t WorkerOffset = 0;
};

void ownParallelFor(void *context, int64_t count, attn_rt_body body, void *arg) {
  OwnThreads *own = static_cast<OwnThreads *>(context);
  ++own->Loops;
  std::vector<std::thread> threads;
  for (int64_t i = count; i-- > 0;)
    threads.emplace_back([=] { body(arg, i, i % 8 + own->WorkerOffset); });
  for (std::thread &thread : threads)
    thread.join();
}

TEST(Call, RunsOnTheApplicationsThreads) {
  OpenModule module("toy");
  OwnThreads own;
  attn_rt_executor executor = {&own, 8, ownParallelFor,
                               [](void *context) { ++static_cast<OwnThreads *>(context)->Begins; },
                               [](void *context) { ++static_cast<OwnThreads *>(context)->Ends; }};
  EmbedInputs inputs(7, 9);
  std::vector<attn_rt_tensor> results(2);
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  options.executor = &executor;
  EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results, &options), "ok|");
  EXPECT_EQ(own.Begins, 1);
  EXPECT_EQ(own.Ends, 1);
  EXPECT_EQ(own.Loops, 1);
  EXPECT_EQ(static_cast<float *>(results[0].data)[62], inputs.expected(6, 8));
  for (attn_rt_tensor &result : results)
    attn_rt_tensor_release(&result);
  own.WorkerOffset = 8;
  // Which of the bodies is the first to be refused is the threads' affair.
  std::string sentence = "invalid argument|expects the executor to number "
                         "workers below its concurrency 8, but got ";
  EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results, &options).substr(0, sentence.size()), sentence);
}

TEST(Call, RefusesBadExecutors) {
  OpenModule module("toy");
  EmbedInputs inputs(1, 1);
  std::vector<attn_rt_tensor> results(2);
  attn_rt_executor executor = {nullptr, 0, ownParallelFor, nullptr, nullptr};
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  options.executor = &executor;
  EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results, &options),
            "invalid argument|expects an executor to have a concurrency in [1, "
            "65536], but got 0");
  executor.concurrency = 2;
  executor.parallel_for = nullptr;
  EXPECT_EQ(tryRun(module.function("embed"), inputs.args(), results, &options),
            "invalid argument|expects an executor to have parallel_for, but "
            "got NULL");
}

} // namespace
