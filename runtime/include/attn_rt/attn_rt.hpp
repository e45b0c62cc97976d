// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// C++17 over attn_rt.h, header only: RAII handles, tensors of spans, and one
// exception type that carries the status.  Everything else is in attn_rt.h,
// whose handles `get` returns.
#ifndef ATTN_RT_ATTN_RT_HPP
#define ATTN_RT_ATTN_RT_HPP

#include "attn_rt/attn_rt.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace attn_rt {

/// What a failed call throws; what() is the runtime's sentence.
class Error : public std::runtime_error {
public:
  Error(attn_rt_status status, const attn_rt_error &error)
      : std::runtime_error(error.message), Status(status) {}
  attn_rt_status status() const { return Status; }

private:
  attn_rt_status Status;
};

/// Runs call(&error) and throws when it returns a failure.
template <typename Call> void check(Call &&call) {
  attn_rt_error error;
  error.message[0] = '\0';
  if (attn_rt_status status = call(&error))
    throw Error(status, error);
}

/// The element type of a C++ type.
template <typename T> struct DType;
template <> struct DType<bool> {
  static constexpr attn_rt_dtype value = ATTN_RT_BOOL;
};
template <> struct DType<int8_t> {
  static constexpr attn_rt_dtype value = ATTN_RT_I8;
};
template <> struct DType<int32_t> {
  static constexpr attn_rt_dtype value = ATTN_RT_I32;
};
template <> struct DType<int64_t> {
  static constexpr attn_rt_dtype value = ATTN_RT_I64;
};
template <> struct DType<uint8_t> {
  static constexpr attn_rt_dtype value = ATTN_RT_U8;
};
template <> struct DType<float> {
  static constexpr attn_rt_dtype value = ATTN_RT_F32;
};
template <> struct DType<double> {
  static constexpr attn_rt_dtype value = ATTN_RT_F64;
};

/// Owns what the runtime allocated and borrows everything else; move-only.
class Tensor {
public:
  Tensor() : Value{} {}

  /// A dense view of data that must outlive it.
  template <typename T>
  Tensor(T *data, const std::vector<int64_t> &shape) : Value{} {
    using Element = std::remove_const_t<T>;
    if (shape.size() > ATTN_RT_MAX_RANK)
      throw std::invalid_argument("tensor rank above ATTN_RT_MAX_RANK");
    Value =
        attn_rt_tensor_view(const_cast<Element *>(data), DType<Element>::value,
                            static_cast<int32_t>(shape.size()), shape.data());
  }

  Tensor(Tensor &&other) noexcept : Value(other.Value) {
    other.Value = attn_rt_tensor{};
  }
  Tensor &operator=(Tensor &&other) noexcept {
    std::swap(Value, other.Value);
    return *this;
  }
  ~Tensor() { attn_rt_tensor_release(&Value); }

  /// The elements; throws when they are of another type.
  template <typename T> T *data() const {
    if (Value.dtype != DType<std::remove_const_t<T>>::value)
      throw std::invalid_argument("tensor has another element type");
    return static_cast<T *>(Value.data);
  }
  int rank() const { return Value.rank; }
  int64_t dim(int index) const { return Value.shape[index]; }
  std::vector<int64_t> shape() const {
    return std::vector<int64_t>(Value.shape, Value.shape + Value.rank);
  }
  attn_rt_tensor &get() { return Value; }
  const attn_rt_tensor &get() const { return Value; }

private:
  attn_rt_tensor Value;
};
static_assert(sizeof(Tensor) == sizeof(attn_rt_tensor),
              "an array of Tensor is an array of attn_rt_tensor");

/// A function of a module; valid as long as its Module.
class Function {
public:
  explicit Function(const attn_rt_function *function) : Handle(function) {}

  /// Runs it; the results are allocated by the runtime.
  std::vector<Tensor> run(const std::vector<Tensor> &args,
                          const attn_rt_run_options *options = nullptr) const {
    return call(args, [&](const attn_rt_tensor *views, int32_t viewCount,
                          attn_rt_tensor *results, int32_t resultCount,
                          attn_rt_error *error) {
      return attn_rt_run(Handle, views, viewCount, results, resultCount,
                         options, error);
    });
  }

  attn_rt_function_info info() const {
    attn_rt_function_info info = ATTN_RT_FUNCTION_INFO_INIT;
    attn_rt_function_get_info(Handle, &info);
    return info;
  }
  const attn_rt_function *get() const { return Handle; }

private:
  friend class Session;

  template <typename Run>
  std::vector<Tensor> call(const std::vector<Tensor> &args, Run &&run) const {
    std::vector<attn_rt_tensor> views;
    for (const Tensor &arg : args)
      views.push_back(arg.get());
    std::vector<Tensor> results(static_cast<size_t>(info().result_count));
    check([&](attn_rt_error *error) {
      return run(views.data(), static_cast<int32_t>(views.size()),
                 results.empty() ? nullptr : &results[0].get(),
                 static_cast<int32_t>(results.size()), error);
    });
    return results;
  }

  const attn_rt_function *Handle;
};

/// An open module; its functions and their results may be used in any order of
/// destruction, functions only while it lives.
class Module {
public:
  explicit Module(const std::string &path,
                  const attn_rt_open_options *options = nullptr) {
    attn_rt_module *module = nullptr;
    check([&](attn_rt_error *error) {
      return attn_rt_module_open(path.c_str(), options, &module, error);
    });
    Handle.reset(module);
  }

  /// Without a name: the only function.
  Function function(const char *name = nullptr) const {
    const attn_rt_function *function = nullptr;
    check([&](attn_rt_error *error) {
      return attn_rt_module_function(Handle.get(), name, &function, error);
    });
    return Function(function);
  }

  attn_rt_module_info info() const {
    attn_rt_module_info info = ATTN_RT_MODULE_INFO_INIT;
    attn_rt_module_get_info(Handle.get(), &info);
    return info;
  }
  attn_rt_module *get() const { return Handle.get(); }

private:
  struct Close {
    void operator()(attn_rt_module *module) const {
      attn_rt_module_close(module);
    }
  };
  std::unique_ptr<attn_rt_module, Close> Handle;
};

/// What the functions of a module remember between calls (session.h); one call
/// at a time.
class Session {
public:
  /// 0: one row, and all the positions that the module allows.
  explicit Session(const Module &module, int64_t batch = 0,
                   int64_t capacity = 0) {
    attn_rt_session_options options = ATTN_RT_SESSION_OPTIONS_INIT;
    attn_rt_session *session = nullptr;
    options.batch = batch;
    options.capacity = capacity;
    check([&](attn_rt_error *error) {
      return attn_rt_session_create(module.get(), &options, &session, error);
    });
    Handle.reset(session);
  }

  /// The arguments without states and length.
  std::vector<Tensor> run(const Function &function,
                          const std::vector<Tensor> &args,
                          const attn_rt_run_options *options = nullptr) {
    return function.call(
        args, [&](const attn_rt_tensor *views, int32_t viewCount,
                  attn_rt_tensor *results, int32_t resultCount,
                  attn_rt_error *error) {
          return attn_rt_session_run(get(), function.get(), views, viewCount,
                                     results, resultCount, options, error);
        });
  }

  int64_t length() const { return attn_rt_session_length(get()); }
  int64_t capacity() const { return attn_rt_session_capacity(get()); }
  void rewind(int64_t length) {
    check([&](attn_rt_error *error) {
      return attn_rt_session_rewind(get(), length, error);
    });
  }
  Session fork() {
    attn_rt_session *copy = nullptr;
    check([&](attn_rt_error *error) {
      return attn_rt_session_fork(get(), &copy, error);
    });
    return Session(copy);
  }
  /// A strided view, valid until the next call.
  Tensor state(const char *name) {
    Tensor view;
    check([&](attn_rt_error *error) {
      return attn_rt_session_state(get(), name, &view.get(), error);
    });
    return view;
  }
  attn_rt_session *get() const { return Handle.get(); }

private:
  struct Destroy {
    void operator()(attn_rt_session *session) const {
      attn_rt_session_destroy(session);
    }
  };
  explicit Session(attn_rt_session *session) : Handle(session) {}
  std::unique_ptr<attn_rt_session, Destroy> Handle;
};

/// Worker threads that any number of modules share.
class Pool {
public:
  /// threads includes the caller; 0: the CPUs this process may use.
  explicit Pool(int threads = 0) {
    attn_rt_pool_options options = ATTN_RT_POOL_OPTIONS_INIT;
    attn_rt_pool *pool = nullptr;
    options.threads = threads;
    check([&](attn_rt_error *error) {
      return attn_rt_pool_create(&options, &pool, error);
    });
    Handle.reset(pool);
  }

  const attn_rt_executor *executor() const {
    return attn_rt_pool_executor(Handle.get());
  }

private:
  struct Destroy {
    void operator()(attn_rt_pool *pool) const { attn_rt_pool_destroy(pool); }
  };
  std::unique_ptr<attn_rt_pool, Destroy> Handle;
};

} // namespace attn_rt

#endif // ATTN_RT_ATTN_RT_HPP
