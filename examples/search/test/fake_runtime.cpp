// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A runtime for tests of attn-search: the name of a "module" file says how it
// behaves, and its model counts tokens, so that sentences that share words are
// near each other. It checks what attn-search hands over as strictly as a test
// can. Real modules are the integration test's matter.
#include "attn_rt/attn_rt.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int64_t kWidth = 64;

attn_rt_status fail(attn_rt_error *error, attn_rt_status status, const char *message) {
  std::snprintf(error->message, sizeof error->message, "%s", message);
  return status;
}

void endData(attn_rt_tensor *tensor) { delete[] static_cast<float *>(tensor->data); }

} // namespace

struct attn_rt_function {
  std::string behaviour;
  attn_rt_dim matrix[3], hidden[3], embedding[3];
  std::vector<attn_rt_value_info> arguments, results;

  bool is(const char *name) const { return behaviour == name; }
};

struct attn_rt_module {
  attn_rt_function function;
};

struct attn_rt_pool {};

namespace {

attn_rt_dim dim(const char *symbol, int64_t min, int64_t max) {
  attn_rt_dim result = {};
  result.symbol = symbol;
  result.min = min;
  result.max = max;
  result.multiple = 1;
  return result;
}

attn_rt_value_info value(const char *name, int32_t dtype, int32_t rank, const attn_rt_dim *dims) {
  attn_rt_value_info result = {};
  result.name = name;
  result.dtype = dtype;
  result.rank = rank;
  result.dims = dims;
  return result;
}

void describe(attn_rt_function &f) {
  attn_rt_dim batch = dim("batch", 1, 4), width = dim(nullptr, kWidth, kWidth);
  attn_rt_dim tokens = dim("seq", 1, f.is("one-token") ? 1 : 16);
  if (f.is("fixed")) {
    batch = dim(nullptr, 4, 4);
    tokens = dim(nullptr, 16, 16);
  }
  if (f.is("open-width"))
    width = dim("width", 1, 99);
  f.matrix[0] = f.embedding[0] = f.hidden[0] = batch;
  f.matrix[1] = f.hidden[1] = tokens;
  f.embedding[1] = f.hidden[2] = width;
  f.arguments = {value("input_ids", ATTN_RT_I64, 2, f.matrix), value("token_type_ids", ATTN_RT_I64, 2, f.matrix)};
  f.arguments[0].flags = ATTN_RT_VALUE_HAS_RANGE;
  f.arguments[0].value_max = f.is("few-words") ? 5 : 1000;
  if (!f.is("no-mask"))
    f.arguments.push_back(value("attention_mask", f.is("float-mask") ? ATTN_RT_F32 : ATTN_RT_I64, 2, f.matrix));
  if (f.is("extra-argument"))
    f.arguments.push_back(value("pixels", ATTN_RT_F32, 2, f.matrix));
  f.results = {value("last_hidden_state", ATTN_RT_F32, 3, f.hidden)};
  if (!f.is("no-embedding"))
    f.results.push_back(value("embedding", ATTN_RT_F32, f.is("wrong-rank") ? 3 : 2, f.embedding));
}

/// Whether the row is [CLS] ... [SEP] and then padding, all of it masked.
bool isProperRow(const int64_t *ids, const int64_t *mask, const int64_t *types, int64_t columns) {
  int64_t visible = 0;
  while (visible < columns && mask[visible] == 1)
    ++visible;
  bool proper = visible == 0 || (ids[0] == 2 && ids[visible - 1] == 3);
  for (int64_t i = 0; i < columns; ++i)
    proper &= types[i] == 0 && (i < visible || (mask[i] == 0 && ids[i] == 0));
  return proper;
}

} // namespace

extern "C" {

attn_rt_status attn_rt_pool_create(const attn_rt_pool_options *, attn_rt_pool **pool, attn_rt_error *) {
  *pool = new attn_rt_pool;
  return ATTN_RT_OK;
}

const attn_rt_executor *attn_rt_pool_executor(const attn_rt_pool *) { return nullptr; }

void attn_rt_pool_destroy(attn_rt_pool *pool) { delete pool; }

attn_rt_status attn_rt_module_open(const char *path, const attn_rt_open_options *, attn_rt_module **module,
                                   attn_rt_error *error) {
  std::string name = path;
  name.erase(0, name.rfind('/') + 1);
  if (name == "damaged")
    return fail(error, ATTN_RT_INCOMPATIBLE, "damaged module");
  if (name == "unreadable")
    return fail(error, ATTN_RT_IO, "cannot read module");
  *module = new attn_rt_module;
  (*module)->function.behaviour = name;
  describe((*module)->function);
  return ATTN_RT_OK;
}

void attn_rt_module_close(attn_rt_module *module) { delete module; }

attn_rt_status attn_rt_module_function(const attn_rt_module *module, const char *, const attn_rt_function **function,
                                       attn_rt_error *) {
  *function = &module->function;
  return ATTN_RT_OK;
}

void attn_rt_module_get_info(const attn_rt_module *module, attn_rt_module_info *info) {
  info->uuid = module->function.behaviour.c_str();
}

void attn_rt_function_get_info(const attn_rt_function *function, attn_rt_function_info *info) {
  info->args = function->arguments.data();
  info->arg_count = static_cast<int32_t>(function->arguments.size());
  info->results = function->results.data();
  info->result_count = static_cast<int32_t>(function->results.size());
}

int32_t attn_rt_function_result_index(const attn_rt_function *function, const char *name) {
  for (size_t i = 0; i < function->results.size(); ++i)
    if (std::strcmp(function->results[i].name, name) == 0)
      return static_cast<int32_t>(i);
  return -1;
}

const char *attn_rt_dtype_name(int32_t dtype) {
  return dtype == ATTN_RT_F32 ? "f32" : dtype == ATTN_RT_I64 ? "i64" : nullptr;
}

attn_rt_tensor attn_rt_tensor_view(void *data, attn_rt_dtype dtype, int32_t rank, const int64_t *shape) {
  attn_rt_tensor tensor = {};
  tensor.data = data;
  tensor.dtype = dtype;
  tensor.rank = rank;
  std::copy_n(shape, rank, tensor.shape);
  return tensor;
}

void attn_rt_tensor_release(attn_rt_tensor *tensor) {
  if (tensor->release)
    tensor->release(tensor);
  *tensor = {};
}

attn_rt_status attn_rt_run(const attn_rt_function *function, const attn_rt_tensor *args, int32_t,
                           attn_rt_tensor *results, int32_t, const attn_rt_run_options *, attn_rt_error *error) {
  if (function->is("out-of-memory"))
    return fail(error, ATTN_RT_OUT_OF_MEMORY, "no memory for the workspace");
  if (function->is("bug"))
    return fail(error, ATTN_RT_INTERNAL, "a bug");
  int64_t rows = args[0].shape[0], columns = args[0].shape[1];
  if (rows > 4 || columns > 16)
    return fail(error, ATTN_RT_INVALID_ARGUMENT, "batch too large");
  if (function->is("fixed") && (rows != 4 || columns != 16))
    return fail(error, ATTN_RT_INVALID_ARGUMENT, "batch not of the fixed size");
  float *counts = new float[rows * kWidth]();
  int64_t shape[] = {function->is("short-result") ? rows - 1 : rows, kWidth};
  results[1] = attn_rt_tensor_view(counts, ATTN_RT_F32, 2, shape);
  results[1].release = endData;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t *part[3];
    for (int i = 0; i < 3; ++i)
      part[i] = static_cast<const int64_t *>(args[i].data) + row * columns;
    if (!isProperRow(part[0], part[2], part[1], columns)) {
      attn_rt_tensor_release(&results[1]);
      return fail(error, ATTN_RT_INVALID_ARGUMENT, "malformed row");
    }
    for (int64_t i = 0; i < columns; ++i)
      if (part[2][i] && part[0][i] > 3) // not the special tokens
        ++counts[row * kWidth + part[0][i] % kWidth];
  }
  if (function->is("nan"))
    counts[0] = std::nanf("");
  return ATTN_RT_OK;
}

} // extern "C"
