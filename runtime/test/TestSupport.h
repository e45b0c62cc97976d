// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of the library share: module bytes, opening them, messages.
#ifndef ATTN_RT_TEST_TESTSUPPORT_H
#define ATTN_RT_TEST_TESTSUPPORT_H

#include "attn_rt/attn_rt.h"

#include "gtest/gtest.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace attn::test {

inline std::string modulePath(const std::string &name) {
  return std::string(ATTN_RT_TEST_MODULES) + "/" + name + ".so";
}

inline std::string readBytes(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

inline std::string moduleBytes(const std::string &name) {
  std::string bytes = readBytes(modulePath(name));
  EXPECT_GT(bytes.size(), 4096u) << name;
  return bytes;
}

/// Opens bytes, closes again, and gives "status name|message".
inline std::string tryOpen(const std::string &bytes, int32_t inspect = 0) {
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.inspect = inspect;
  attn_rt_module *module = nullptr;
  attn_rt_error error = {{0}};
  attn_rt_status status = attn_rt_module_open_memory(bytes.data(), bytes.size(), &options, &module, &error);
  EXPECT_EQ(status == ATTN_RT_OK, module != nullptr);
  attn_rt_module_close(module);
  return std::string(attn_rt_status_name(status)) + "|" + error.message;
}

/// Overwrites an integer in place, little-endian.
inline void patch(std::string &bytes, size_t offset, uint64_t value, int size) {
  for (int i = 0; i < size; ++i)
    bytes[offset + size_t(i)] = char(value >> (8 * i) & 0xff);
}

/// An open module, closed with the test; fails the test when it cannot open.
class OpenModule {
public:
  explicit OpenModule(const std::string &name, const attn_rt_open_options *options = nullptr) {
    attn_rt_error error = {{0}};
    attn_rt_status status = attn_rt_module_open(modulePath(name).c_str(), options, &Module, &error);
    EXPECT_EQ(status, ATTN_RT_OK) << error.message;
  }
  OpenModule(const OpenModule &) = delete;
  OpenModule &operator=(const OpenModule &) = delete;
  ~OpenModule() { attn_rt_module_close(Module); }

  attn_rt_module *get() const { return Module; }
  const attn_rt_function *function(const char *name) const {
    const attn_rt_function *function = nullptr;
    attn_rt_error error = {{0}};
    EXPECT_EQ(attn_rt_module_function(Module, name, &function, &error), ATTN_RT_OK) << error.message;
    return function;
  }
  /// The caller closes it now.
  void close() {
    attn_rt_module_close(Module);
    Module = nullptr;
  }

private:
  attn_rt_module *Module = nullptr;
};

template <typename T> attn_rt_dtype dtypeOf();
template <> inline attn_rt_dtype dtypeOf<float>() { return ATTN_RT_F32; }
template <> inline attn_rt_dtype dtypeOf<double>() { return ATTN_RT_F64; }
template <> inline attn_rt_dtype dtypeOf<int32_t>() { return ATTN_RT_I32; }
template <> inline attn_rt_dtype dtypeOf<int64_t>() { return ATTN_RT_I64; }
template <> inline attn_rt_dtype dtypeOf<uint32_t>() { return ATTN_RT_U32; }

template <typename T> attn_rt_tensor viewOf(std::vector<T> &data, std::vector<int64_t> shape) {
  return attn_rt_tensor_view(data.data(), dtypeOf<T>(), int32_t(shape.size()), shape.data());
}

/// Runs and gives "status name|message".
inline std::string tryRun(const attn_rt_function *function, const std::vector<attn_rt_tensor> &args,
                          std::vector<attn_rt_tensor> &results, const attn_rt_run_options *options = nullptr) {
  attn_rt_error error = {{0}};
  attn_rt_status status = attn_rt_run(function, args.data(), int32_t(args.size()), results.data(),
                                      int32_t(results.size()), options, &error);
  return std::string(attn_rt_status_name(status)) + "|" + error.message;
}

/// The inputs of toy's function embed, all valid.
struct EmbedInputs {
  int64_t Batch, Seq;
  std::vector<float> X, Bias = {0.5f, 0, 0};
  std::vector<int64_t> Ids;
  EmbedInputs(int64_t batch, int64_t seq) : Batch(batch), Seq(seq), X(size_t(batch * seq)), Ids(size_t(batch * seq)) {
    for (size_t i = 0; i < X.size(); ++i) {
      X[i] = float(i) * 0.25f;
      Ids[i] = int64_t(i % 1000);
    }
  }
  std::vector<attn_rt_tensor> args() { return {viewOf(X, {Batch, Seq}), viewOf(Ids, {Batch, Seq}), viewOf(Bias, {3})}; }
  float expected(int64_t row, int64_t column) const {
    static const float weights[3] = {100, 200, 300};
    size_t at = size_t(row * Seq + column);
    return 2 * X[at] + float(Ids[at]) + weights[column % 3];
  }
};

} // namespace attn::test

#endif // ATTN_RT_TEST_TESTSUPPORT_H
