// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sessions and time: many at once, two calls on one, cancelled calls, and
// closing in any order.
#include "SessionSupport.h"

#include <atomic>
#include <thread>

using namespace attn::test;

namespace {

TEST(SessionThread, ManySessionsOnOneModule) {
  OpenModule module("recurrent");
  std::atomic<int> compared{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t)
    threads.emplace_back([&module, &compared, t] {
      CacheSession session(module, 1 + t % 4, 100, true);
      for (int round = 0; round < 4; ++round) {
        EXPECT_EQ(session.run("prefill", 1 + (t + round) % 16, t), "ok|");
        CacheSession fork(session, session.fork());
        EXPECT_EQ(fork.run("decode", 1, t + round), "ok|");
        EXPECT_EQ(session.run("decode", 1, t - round + 4), "ok|");
        compared += fork.check() + session.check();
        if (round == 2)
          EXPECT_EQ(session.rewind(0), "ok|");
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_GT(compared.load(), 64 * 100);
}

const char *const Busy = "invalid argument|expects calls on a session to come one after another, but got one during "
                         "another";

/// Tries every call on the session that is running, from inside its run.
struct Inside {
  CacheSession *Session;
  int Tried = 0;
};

int callInside(void *context) {
  Inside *inside = static_cast<Inside *>(context);
  attn_rt_session *session = inside->Session->get(), *copy = session;
  attn_rt_error error = {{0}};
  attn_rt_tensor view;
  EXPECT_EQ(inside->Session->run("decode", 1, 1), Busy);
  EXPECT_EQ(inside->Session->rewind(0), Busy);
  EXPECT_EQ(attn_rt_session_fork(session, &copy, &error), ATTN_RT_INVALID_ARGUMENT);
  EXPECT_EQ(copy, nullptr);
  EXPECT_EQ("invalid argument|" + std::string(error.message), Busy);
  EXPECT_EQ(attn_rt_session_state(session, "keys", &view, &error), ATTN_RT_INVALID_ARGUMENT);
  EXPECT_EQ("invalid argument|" + std::string(error.message), Busy);
  EXPECT_EQ(attn_rt_session_length(session), 4);
  ++inside->Tried;
  return 0;
}

TEST(SessionThread, RefusesASecondCall) {
  OpenModule module("recurrent");
  CacheSession session(module, 2, 16, true);
  EXPECT_EQ(session.run("prefill", 4, 1), "ok|");
  Inside inside = {&session};
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  options.poll = callInside;
  options.poll_context = &inside;
  EXPECT_EQ(session.run("decode", 1, 2, &options), "ok|");
  EXPECT_GE(inside.Tried, 2);
  EXPECT_GT(session.check(), 50);
}

// Each call either does all of its work or is refused; none is half done.
TEST(SessionThread, SurvivesCallsFromManyThreads) {
  OpenModule module("recurrent");
  attn_rt_session_options options = ATTN_RT_SESSION_OPTIONS_INIT;
  options.capacity = 4000;
  attn_rt_session *session = nullptr;
  ASSERT_EQ(attn_rt_session_create(module.get(), &options, &session, nullptr), ATTN_RT_OK);
  std::atomic<int> done{0}, refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        std::vector<float> x = {2}, y(1);
        attn_rt_tensor arg = viewOf(x, {1, 1}), result = viewOf(y, {1});
        attn_rt_error error;
        attn_rt_status status =
            attn_rt_session_run(session, module.function("decode"), &arg, 1, &result, 1, nullptr, &error);
        ++(status ? refused : done);
        EXPECT_TRUE(!status || std::string("invalid argument|") + error.message == Busy) << error.message;
        EXPECT_LE(attn_rt_session_length(session), 1600);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(done + refused, 1600);
  EXPECT_GE(done, 200);
  EXPECT_EQ(attn_rt_session_length(session), done);
  attn_rt_tensor sum;
  ASSERT_EQ(attn_rt_session_state(session, "sum", &sum, nullptr), ATTN_RT_OK);
  EXPECT_EQ(*static_cast<double *>(sum.data), 2.0 * done);
  attn_rt_session_destroy(session);
}

struct Countdown {
  int Left;
};

int cancelAtZero(void *context) { return static_cast<Countdown *>(context)->Left-- == 0; }

// The first question comes before anything is written, the second after.
TEST(SessionThread, ACancelledRunChangesNothing) {
  for (bool recurrent : {false, true})
    for (const char *function : {"prefill", "decode"}) {
      OpenModule module(recurrent ? "recurrent" : "cache");
      CacheSession session(module, 2, 16, recurrent);
      EXPECT_EQ(session.run("prefill", 4, 1), "ok|");
      for (int at : {0, 1}) {
        Countdown countdown = {at};
        attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
        options.poll = cancelAtZero;
        options.poll_context = &countdown;
        EXPECT_EQ(session.run(function, 1, 2, &options),
                  "cancelled|expects poll to return 0 for the run to go on, but got another value");
        EXPECT_EQ(countdown.Left, -1);
        EXPECT_EQ(session.length(), 4);
      }
      EXPECT_EQ(session.run(function, 1, 3), "ok|");
      EXPECT_GT(session.check(), 50);
    }
}

TEST(SessionThread, ClosesInAnyOrder) {
  for (int order = 0; order < 6; ++order) {
    OpenModule module("recurrent");
    CacheSession session(module, 2, 16, true);
    EXPECT_EQ(session.run("prefill", 4, 1), "ok|");
    CacheSession fork(session, session.fork());
    std::vector<float> x(2, 1.5f);
    attn_rt_tensor arg = viewOf(x, {2, 1}), owned = {};
    const attn_rt_function *decode = module.function("decode");
    ASSERT_EQ(attn_rt_session_run(fork.get(), decode, &arg, 1, &owned, 1, nullptr, nullptr), ATTN_RT_OK);
    if (order % 2 == 0)
      module.close();
    if (order < 2)
      session.destroy();
    if (order % 2 != 0)
      module.close();
    if (order < 4)
      attn_rt_tensor_release(&owned);
    EXPECT_EQ(attn_rt_session_length(fork.get()), 5);
    if (order >= 2)
      EXPECT_GT(session.check(), 50); // its states live without the module's handle
    fork.destroy();
    session.destroy();
    attn_rt_tensor_release(&owned);
  }
}

// Functions of a closed module may not be named any more, but running calls and
// other sessions go on: only the handle is gone.
TEST(SessionThread, RunsAfterTheModuleWasClosed) {
  OpenModule module("cache");
  const attn_rt_function *decode = module.function("decode");
  CacheSession session(module, 1, 8);
  module.close();
  std::vector<float> x = {3}, y(1);
  attn_rt_tensor arg = viewOf(x, {1, 1}), result = viewOf(y, {1});
  EXPECT_EQ(attn_rt_session_run(session.get(), decode, &arg, 1, &result, 1, nullptr, nullptr), ATTN_RT_OK);
  EXPECT_EQ(y[0], 24);
}

} // namespace
