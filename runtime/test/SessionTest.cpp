// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sessions on one thread: what they hold after calls, rewinds and forks, and
// the full text of everything they refuse.
#include "LinkedNote.h"
#include "SessionSupport.h"

using namespace attn::test;

namespace {

TEST(Session, TwoFunctionsContinueEachOther) {
  for (bool recurrent : {false, true}) {
    OpenModule module(recurrent ? "recurrent" : "cache");
    CacheSession session(module, 3, 40, recurrent);
    EXPECT_EQ(attn_rt_session_capacity(session.get()), 40);
    EXPECT_EQ(session.length(), 0);
    EXPECT_EQ(session.run("prefill", 5, 1), "ok|");
    int compared = session.check();
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(session.run("decode", 1, 2 + i), "ok|");
      compared += session.check();
    }
    EXPECT_EQ(session.run("prefill", 16, 9), "ok|");
    EXPECT_EQ(session.run("prefill", 0, 9), "ok|");
    compared += session.check();
    EXPECT_EQ(session.length(), 27);
    EXPECT_GT(compared, 1000);
  }
}

// The least of all maxima that fits every multiple, and one row.
TEST(Session, HasDefaults) {
  OpenModule module("cache");
  for (bool null : {false, true}) {
    attn_rt_session_options options = ATTN_RT_SESSION_OPTIONS_INIT;
    attn_rt_session *session = nullptr;
    ASSERT_EQ(attn_rt_session_create(module.get(), null ? nullptr : &options, &session, nullptr), ATTN_RT_OK);
    EXPECT_EQ(attn_rt_session_capacity(session), 65534);
    EXPECT_EQ(attn_rt_session_length(session), 0);
    attn_rt_tensor keys;
    ASSERT_EQ(attn_rt_session_state(session, "keys", &keys, nullptr), ATTN_RT_OK);
    EXPECT_EQ(keys.rank, 4);
    EXPECT_EQ(keys.dtype, ATTN_RT_F32);
    EXPECT_EQ(keys.shape[0], 1);
    EXPECT_EQ(keys.shape[2], 0);
    EXPECT_EQ(keys.strides[1], 65534 * 3);
    attn_rt_session_destroy(session);
  }
  attn_rt_session_destroy(nullptr);
}

TEST(Session, RefusesBadOptions) {
  OpenModule cache("cache"), hello("hello");
  EXPECT_EQ(tryCreate(cache.get(), 4, 65534), "ok|");
  EXPECT_EQ(tryCreate(cache.get(), 0, 65536), "invalid argument|expects the capacity of a session to be in [2, 65535] "
                                              "('capacity' of function 'decode'), but got 65536");
  std::string prefill =
      "invalid argument|expects the capacity of a session to be in [2, 70000] ('capacity' of function "
      "'prefill'), but got ";
  for (int64_t capacity : {int64_t(70001), int64_t(1), int64_t(-1), INT64_MIN, INT64_MAX})
    EXPECT_EQ(tryCreate(cache.get(), 0, capacity), prefill + std::to_string(capacity));
  EXPECT_EQ(tryCreate(cache.get(), 0, 33), "invalid argument|expects the capacity of a session to be a multiple of 2 "
                                           "('capacity' of function 'decode'), but got 33");
  std::string batch =
      "invalid argument|expects the batch of a session to be in [1, 4] ('batch' of function 'prefill'), "
      "but got ";
  for (int64_t rows : {int64_t(5), INT64_MIN})
    EXPECT_EQ(tryCreate(cache.get(), rows, 0), batch + std::to_string(rows));
  EXPECT_EQ(tryCreate(hello.get(), 0, 0),
            "invalid argument|expects a module with a function that has states, but got 'hello', which has none");
  attn_rt_session_options small = {4, 0, 0};
  attn_rt_session *session = nullptr;
  attn_rt_error error;
  EXPECT_EQ(attn_rt_session_create(cache.get(), &small, &session, &error), ATTN_RT_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "expects session options to be made with ATTN_RT_SESSION_OPTIONS_INIT, but got size 4");
  attn_rt_open_options inspect = ATTN_RT_OPEN_OPTIONS_INIT;
  inspect.inspect = 1;
  OpenModule inspected("cache", &inspect);
  EXPECT_EQ(tryCreate(inspected.get(), 0, 0),
            "incompatible|expects a module opened to run, but got one opened to inspect");
}

TEST(Session, RefusesWhatDoesNotFit) {
  for (bool recurrent : {false, true}) {
    OpenModule module(recurrent ? "recurrent" : "cache");
    CacheSession session(module, 2, 12, recurrent);
    EXPECT_EQ(session.run("prefill", 10, 1), "ok|");
    EXPECT_EQ(session.run("prefill", 5, 2),
              "out of range|expects room for 5 more positions, but got length 10 of capacity 12");
    EXPECT_GT(session.check(), 100);
    EXPECT_EQ(session.run("prefill", 2, 3), "ok|");
    EXPECT_EQ(session.run("decode", 1, 4),
              "out of range|expects room for 1 more positions, but got length 12 of capacity 12");
    EXPECT_EQ(session.run("prefill", 0, 4), "ok|");
    EXPECT_GT(session.check(), 100);
  }
}

TEST(Session, RewindsAndContinues) {
  OpenModule module("cache");
  CacheSession session(module, 2, 30);
  EXPECT_EQ(session.run("prefill", 12, 1), "ok|");
  std::string range = "invalid argument|expects a session to rewind to a length in [0, 12], but got ";
  EXPECT_EQ(session.rewind(13), range + "13");
  EXPECT_EQ(session.rewind(-1), range + "-1");
  EXPECT_EQ(session.rewind(12), "ok|");
  EXPECT_EQ(session.rewind(7), "ok|");
  EXPECT_EQ(session.length(), 7);
  EXPECT_EQ(session.run("decode", 1, 5), "ok|");
  EXPECT_GT(session.check(), 100);
  EXPECT_EQ(session.rewind(0), "ok|");
  EXPECT_EQ(session.run("prefill", 3, 8), "ok|");
  EXPECT_GT(session.check(), 40);
}

TEST(Session, ARecurrenceRewindsToZeroOnly) {
  OpenModule module("recurrent");
  CacheSession session(module, 2, 30, true);
  EXPECT_EQ(session.run("prefill", 4, 1), "ok|");
  EXPECT_EQ(session.rewind(3),
            "invalid argument|expects a session with the recurrence 'sum' to rewind to 0, or to stay "
            "at 4, but got 3");
  EXPECT_EQ(session.rewind(5), "invalid argument|expects a session to rewind to a length in [0, 4], but got 5");
  EXPECT_EQ(session.rewind(4), "ok|");
  EXPECT_GT(session.check(), 50);
  EXPECT_EQ(session.run("decode", 1, 2), "ok|");
  EXPECT_GT(session.check(), 50);
  EXPECT_EQ(session.rewind(0), "ok|");
  EXPECT_EQ(session.run("prefill", 3, 8), "ok|");
  EXPECT_GT(session.check(), 40);
}

TEST(Session, ForksAreIndependent) {
  for (bool recurrent : {false, true}) {
    OpenModule module(recurrent ? "recurrent" : "cache");
    CacheSession session(module, 3, 64, recurrent);
    EXPECT_EQ(session.run("prefill", 9, 1), "ok|");
    CacheSession fork(session, session.fork());
    EXPECT_EQ(attn_rt_session_capacity(fork.get()), 64);
    EXPECT_GT(fork.check(), 100);
    EXPECT_EQ(fork.run("prefill", 3, 2), "ok|");
    EXPECT_EQ(session.run("decode", 1, 3), "ok|");
    EXPECT_GT(fork.check() + session.check(), 200);
    EXPECT_EQ(session.rewind(0), "ok|");
    session.destroy();
    EXPECT_EQ(fork.run("decode", 1, 4), "ok|");
    EXPECT_GT(fork.check(), 100);
  }
}

TEST(Session, AFailedRunChangesNothing) {
  for (bool recurrent : {false, true}) {
    OpenModule module(recurrent ? "recurrent" : "cache");
    CacheSession session(module, 2, 64, recurrent);
    EXPECT_EQ(session.run("prefill", 9, 1), "ok|");
    for (const char *function : {"prefill", "decode"})
      EXPECT_EQ(session.run(function, 1, 2, nullptr, -700), "out of range|expects x to be at least -100, but got -700");
    EXPECT_EQ(session.length(), 9);
    EXPECT_EQ(session.run("decode", 1, 3), "ok|");
    EXPECT_GT(session.check(), 100);
  }
}

TEST(Session, RefusesOtherFunctions) {
  OpenModule module("cache"), other("cache"), recurrent("recurrent");
  CacheSession session(module, 1, 8);
  attn_rt_error error = {{0}};
  attn_rt_tensor none[6] = {};
  auto run = [&](const attn_rt_function *function, int32_t args, int32_t results) {
    attn_rt_status status = attn_rt_session_run(session.get(), function, none, args, none, results, nullptr, &error);
    return std::string(attn_rt_status_name(status)) + "|" + error.message;
  };
  EXPECT_EQ(run(other.function("decode"), 1, 1),
            "invalid argument|expects a function of the session's own module 'cache', but got 'decode' of another "
            "('cache')");
  EXPECT_EQ(run(recurrent.function("prefill"), 1, 1),
            "invalid argument|expects a function of the session's own module 'cache', but got 'prefill' of another "
            "('recurrent')");
  EXPECT_EQ(run(module.function("last"), 1, 1),
            "invalid argument|expects a session to run a function with states, but got 'last', which has none");
  EXPECT_EQ(run(module.function("decode"), 4, 1),
            "invalid argument|expects function 'decode' to be called with 1 arguments beside the 3 of the session, but "
            "got 4");
  EXPECT_EQ(run(module.function("decode"), 1, 0),
            "invalid argument|expects function 'decode' to be called with 1 results, but got 0");
}

TEST(Session, RefusesArgumentsThatDoNotMatchIt) {
  OpenModule module("cache");
  CacheSession session(module, 2, 8);
  std::vector<float> x(64), y(2);
  attn_rt_error error = {{0}};
  auto run = [&](attn_rt_tensor arg, attn_rt_tensor result) {
    attn_rt_status status =
        attn_rt_session_run(session.get(), module.function("decode"), &arg, 1, &result, 1, nullptr, &error);
    return std::string(attn_rt_status_name(status)) + "|" + error.message;
  };
  EXPECT_EQ(run(viewOf(x, {3, 1}), viewOf(y, {2})),
            "invalid argument|expects argument 'x' dimension 0 to be 2 ('batch' of the session), but got 3");
  EXPECT_EQ(run(viewOf(x, {2, 2}), viewOf(y, {2})),
            "invalid argument|expects argument 'x' dimension 1 to be 1, but got 2");
  attn_rt_tensor cuda = viewOf(x, {2, 1});
  cuda.device = ATTN_RT_CUDA;
  cuda.device_index = 3;
  EXPECT_EQ(run(cuda, viewOf(y, {2})),
            "invalid argument|expects argument 'x' to be in the memory of the CPU, which the "
            "module runs on, but got device cuda:3");
  attn_rt_tensor result = viewOf(y, {2});
  result.device = ATTN_RT_CUDA;
  EXPECT_EQ(run(viewOf(x, {2, 1}), result), "invalid argument|expects result 'y' to be in the memory of the CPU, which "
                                            "the module runs on, but got device cuda:0");
}

// All that a session owns: the current states, and the spare of a recurrence.
TEST(Session, RefusesTensorsInItsMemory) {
  OpenModule module("recurrent");
  CacheSession session(module, 2, 8, true);
  EXPECT_EQ(session.run("prefill", 3, 1), "ok|");
  attn_rt_tensor keys = session.state("keys"), oldSum = session.state("sum");
  EXPECT_EQ(session.run("decode", 1, 2), "ok|");
  int64_t shape[2] = {2, 1};
  std::vector<float> x(2), y(2);
  attn_rt_error error = {{0}};
  auto run = [&](void *arg, void *result) {
    attn_rt_tensor a = attn_rt_tensor_view(arg, ATTN_RT_F32, 2, shape);
    attn_rt_tensor r = attn_rt_tensor_view(result, ATTN_RT_F32, 1, shape);
    attn_rt_status status =
        attn_rt_session_run(session.get(), module.function("decode"), &a, 1, &r, 1, nullptr, &error);
    return std::string(attn_rt_status_name(status)) + "|" + error.message;
  };
  std::string apart = " to lie apart from the states of the session, but got overlapping memory";
  EXPECT_EQ(run(keys.data, y.data()), "invalid argument|expects argument 'x' to lie apart from the states of the "
                                      "session, but got overlapping memory");
  EXPECT_EQ(run(x.data(), oldSum.data), "invalid argument|expects result 'y' to lie apart from argument 'sum', but got "
                                        "overlapping memory");
  EXPECT_EQ(run(x.data(), session.state("sum").data), "invalid argument|expects result 'y'" + apart);
  EXPECT_EQ(session.length(), 4);
}

TEST(Session, NamesItsStates) {
  OpenModule module("recurrent");
  CacheSession session(module, 2, 8, true);
  attn_rt_tensor view;
  attn_rt_error error;
  EXPECT_EQ(attn_rt_session_state(session.get(), "key", &view, &error), ATTN_RT_NOT_FOUND);
  EXPECT_STREQ(error.message, "expects the state to be one of 'keys', 'values', 'sum', but got 'key'");
  EXPECT_EQ(view.data, nullptr);
}

/// One function whose only state is a recurrence of one row.
class RecurrenceOnly : public LinkedNote {
protected:
  static NoteModule note() {
    NoteModule module;
    module.Variants = {{"baseline"}};
    NoteFunction next;
    next.Name = "next";
    next.Args = {{"past", ATTN_RT_I64, {}, ATTN_RT_VALUE_LENGTH}, {"sum", ATTN_RT_F64, {}, ATTN_RT_VALUE_STATE}};
    next.Step = staticDim(3);
    module.Functions = {next};
    return module;
  }
  RecurrenceOnly() : LinkedNote(note()) {}
};

TEST_F(RecurrenceOnly, HasNoBoundOfPositions) {
  ASSERT_EQ(open(), "ok");
  attn_rt_session *session = nullptr;
  ASSERT_EQ(attn_rt_session_create(Module, nullptr, &session, nullptr), ATTN_RT_OK);
  EXPECT_EQ(attn_rt_session_capacity(session), INT64_MAX);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(
        attn_rt_session_run(session, attn_rt_module_function_at(Module, 0), nullptr, 0, nullptr, 0, nullptr, nullptr),
        ATTN_RT_OK);
    EXPECT_EQ(attn_rt_session_length(session), 3 * i);
  }
  attn_rt_session_destroy(session);
  EXPECT_EQ(tryCreate(Module, 1, 0), "ok|");
  EXPECT_EQ(tryCreate(Module, 0, 5),
            "invalid argument|expects the capacity of a session to be 0 for states that have none, but got 5");
  EXPECT_EQ(tryCreate(Module, 2, 0),
            "invalid argument|expects the batch of a session to be 0 for states that have none, but got 2");
}

/// The cache, with symbols without a bound.
class UnboundedCache : public LinkedNote {
protected:
  static NoteModule note() {
    NoteModule module = cacheNote();
    for (NoteFunction &function : module.Functions)
      for (NoteSymbol &symbol : function.Symbols)
        symbol.Max = INT64_MAX;
    return module;
  }
  UnboundedCache() : LinkedNote(note()) {}
};

TEST_F(UnboundedCache, RefusesSizesThatOverflow) {
  ASSERT_EQ(open(), "ok");
  std::string start =
      "invalid argument|expects the states of a session to have a size below 2^62 bytes, but got batch ";
  EXPECT_EQ(tryCreate(Module, 0, 0), start + "1 and capacity 9223372036854775806");
  EXPECT_EQ(tryCreate(Module, int64_t(1) << 30, int64_t(1) << 31), start + "1073741824 and capacity 2147483648");
  // Each state is below 2^62 alone.
  EXPECT_EQ(tryCreate(Module, 1, 177372539170284150),
            "invalid argument|expects the states of a session to have a size below 2^62 bytes, but got batch 1 and "
            "capacity 177372539170284150");
  std::string outcome = tryCreate(Module, 1, int64_t(1) << 55);
  EXPECT_EQ(outcome.substr(0, 14), "out of memory|") << outcome;
}

TEST(Session, FunctionsTellAboutStates) {
  OpenModule module("recurrent");
  attn_rt_function_info info = ATTN_RT_FUNCTION_INFO_INIT;
  attn_rt_function_get_info(module.function("prefill"), &info);
  EXPECT_EQ(info.state_count, 3);
  EXPECT_STREQ(info.step.symbol, "seq");
  EXPECT_EQ(info.step.max, 16);
  EXPECT_STREQ(info.capacity.symbol, "capacity");
  EXPECT_EQ(info.capacity.max, 70000);
  EXPECT_STREQ(info.batch.symbol, "batch");
  EXPECT_EQ(info.args[1].flags, unsigned(ATTN_RT_VALUE_STATE));
  EXPECT_EQ(info.args[2].flags, unsigned(ATTN_RT_VALUE_LENGTH));
  attn_rt_function_get_info(module.function("decode"), &info);
  EXPECT_EQ(info.step.symbol, nullptr);
  EXPECT_EQ(info.step.min, 1);
  attn_rt_function_get_info(module.function("last"), &info);
  EXPECT_EQ(info.state_count, 0);
  EXPECT_EQ(info.step.max, 0);
  EXPECT_EQ(info.capacity.symbol, nullptr);
}

} // namespace
