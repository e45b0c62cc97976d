// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of sessions share: a session of modules/cache.c beside a plain
// record of all it was given, from which follows what it must answer.
#ifndef ATTN_RT_TEST_SESSIONSUPPORT_H
#define ATTN_RT_TEST_SESSIONSUPPORT_H

#include "TestSupport.h"

#include <cmath>

namespace attn::test {

/// "status name|message" of attn_rt_session_create; destroys what it made.
inline std::string tryCreate(attn_rt_module *module, int64_t batch, int64_t capacity) {
  attn_rt_session_options options = ATTN_RT_SESSION_OPTIONS_INIT;
  options.batch = batch;
  options.capacity = capacity;
  attn_rt_session *session = nullptr;
  attn_rt_error error = {{0}};
  attn_rt_status status = attn_rt_session_create(module, &options, &session, &error);
  EXPECT_EQ(status == ATTN_RT_OK, session != nullptr);
  attn_rt_session_destroy(session);
  return std::string(attn_rt_status_name(status)) + "|" + error.message;
}

class CacheSession {
public:
  CacheSession(const OpenModule &module, int64_t batch, int64_t capacity, bool recurrent = false)
      : Module(module.get()), Recurrent(recurrent), Rows(size_t(batch)), Y(size_t(batch)) {
    attn_rt_session_options options = ATTN_RT_SESSION_OPTIONS_INIT;
    options.batch = batch;
    options.capacity = capacity;
    attn_rt_error error = {{0}};
    EXPECT_EQ(attn_rt_session_create(Module, &options, &Handle, &error), ATTN_RT_OK) << error.message;
  }
  /// Takes over a fork.
  CacheSession(const CacheSession &origin, attn_rt_session *fork)
      : Module(origin.Module), Recurrent(origin.Recurrent), Rows(origin.Rows), Y(origin.Y), Handle(fork) {}
  CacheSession(const CacheSession &) = delete;
  CacheSession &operator=(const CacheSession &) = delete;
  ~CacheSession() { destroy(); }

  void destroy() {
    attn_rt_session_destroy(Handle);
    Handle = nullptr;
  }
  attn_rt_session *get() const { return Handle; }
  int64_t batch() const { return int64_t(Rows.size()); }
  int64_t length() const { return attn_rt_session_length(Handle); }

  /// One call with `step` positions of each row, whose values follow from
  /// `seed`; keeps them where it succeeds.  "status name|message".
  std::string run(const char *name, int64_t step, int seed, const attn_rt_run_options *options = nullptr,
                  float poison = 0) {
    std::vector<float> x(size_t(batch() * step));
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float((seed * 7 + int(i) * 3) % 11) + 0.5f;
    if (poison != 0)
      x.back() = poison;
    attn_rt_tensor arg = viewOf(x, {batch(), step}), result = viewOf(Y, {batch()});
    const attn_rt_function *function = nullptr;
    attn_rt_error error = {{0}};
    EXPECT_EQ(attn_rt_module_function(Module, name, &function, &error), ATTN_RT_OK) << error.message;
    attn_rt_status status = attn_rt_session_run(Handle, function, &arg, 1, &result, 1, options, &error);
    for (int64_t b = 0; status == ATTN_RT_OK && b < batch(); ++b)
      Rows[size_t(b)].insert(Rows[size_t(b)].end(), x.begin() + b * step, x.begin() + (b + 1) * step);
    return std::string(attn_rt_status_name(status)) + "|" + error.message;
  }

  /// The last answer, the length and all states are what was given implies.
  /// How many elements were compared.
  int check() const {
    int compared = 1;
    EXPECT_EQ(size_t(length()), Rows[0].size());
    for (int64_t b = 0; b < batch(); ++b) {
      double y = 0, sum = 0;
      for (float x : Rows[size_t(b)]) {
        y += (2.0 * x + 2.0) * std::floor(x);
        sum += x;
      }
      EXPECT_EQ(Y[size_t(b)], float(y + (Recurrent ? sum : 0))) << "row " << b;
      compared += 1 + checkKeys(b) + checkValues(b);
      if (Recurrent) {
        EXPECT_EQ(static_cast<double *>(state("sum").data)[b], sum);
        ++compared;
      }
    }
    return compared;
  }

  std::string rewind(int64_t length) {
    attn_rt_error error = {{0}};
    attn_rt_status status = attn_rt_session_rewind(Handle, length, &error);
    for (std::vector<float> &row : Rows)
      if (!status)
        row.resize(size_t(length));
    return std::string(attn_rt_status_name(status)) + "|" + error.message;
  }

  attn_rt_session *fork() const {
    attn_rt_session *copy = nullptr;
    attn_rt_error error = {{0}};
    EXPECT_EQ(attn_rt_session_fork(Handle, &copy, &error), ATTN_RT_OK) << error.message;
    return copy;
  }

  attn_rt_tensor state(const char *name) const {
    attn_rt_tensor view;
    attn_rt_error error = {{0}};
    EXPECT_EQ(attn_rt_session_state(Handle, name, &view, &error), ATTN_RT_OK) << error.message;
    return view;
  }

private:
  int checkKeys(int64_t b) const {
    attn_rt_tensor keys = state("keys");
    EXPECT_EQ(keys.shape[2], length());
    for (int64_t h = 0; h < 2; ++h)
      for (int64_t p = 0; p < keys.shape[2]; ++p)
        for (int64_t c = 0; c < 3; ++c)
          EXPECT_EQ(
              static_cast<float *>(keys.data)[b * keys.strides[0] + h * keys.strides[1] + p * keys.strides[2] + c],
              float(h + 1) * Rows[size_t(b)][size_t(p)] + float(c));
    return int(6 * keys.shape[2]);
  }
  int checkValues(int64_t b) const {
    attn_rt_tensor values = state("values");
    EXPECT_EQ(values.shape[0], length());
    for (int64_t p = 0; p < values.shape[0]; ++p)
      EXPECT_EQ(static_cast<int32_t *>(values.data)[p * values.strides[0] + b], int32_t(Rows[size_t(b)][size_t(p)]));
    return int(values.shape[0]);
  }

  attn_rt_module *Module;
  bool Recurrent;
  std::vector<std::vector<float>> Rows;
  std::vector<float> Y;
  attn_rt_session *Handle = nullptr;
};

} // namespace attn::test

#endif // ATTN_RT_TEST_SESSIONSUPPORT_H
