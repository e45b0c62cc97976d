// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The runtime in its common case: open, find the function, read its signature,
// run with padded batches, release what it allocated.
#include "embedder.h"

#include "failure.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <unistd.h>

namespace attn::search {
namespace {

Exit exitFor(attn_rt_status status) {
  switch (status) {
  case ATTN_RT_IO:
  case ATTN_RT_OUT_OF_MEMORY:
    return Exit::System;
  case ATTN_RT_INTERNAL:
    return Exit::Bug;
  default:
    return Exit::Refused;
  }
}

/// Runs `action`, and passes the runtime's sentence on with our exit status.
template <typename Action> auto translated(Action action) {
  try {
    return action();
  } catch (const attn_rt::Error &error) {
    throw Failure(exitFor(error.status()), error.what());
  }
}

/// The smallest size that the dimension accepts and that holds `needed`.
int64_t fit(const attn_rt_dim &dim, int64_t needed) {
  int64_t multiple = std::max<int64_t>(dim.multiple, 1);
  needed = std::max(needed, dim.min);
  return (needed + multiple - 1) / multiple * multiple;
}

/// The part of both dimensions' sizes that both accept, where they are known.
attn_rt_dim intersect(attn_rt_dim a, const attn_rt_dim &b) {
  a.min = std::max(a.min, b.min);
  a.max = std::min(a.max, b.max);
  a.multiple = std::max(a.multiple, b.multiple);
  return a;
}

[[noreturn]] void refuse(const std::string &subject, const std::string &property, const std::string &actual) {
  throw Failure(Exit::Refused, "expects " + subject + " to " + property + ", but got " + actual);
}

std::string describe(const attn_rt_value_info &value) {
  const char *type = attn_rt_dtype_name(value.dtype);
  return std::string(type ? type : "unknown") + " of rank " + std::to_string(value.rank);
}

/// Copies a vector at length one, so that a product is a cosine also where a
/// model does not normalise; the zero vector stays.
void copyUnit(const float *from, size_t width, float *to) {
  double square = 0;
  for (size_t i = 0; i < width; ++i)
    square += double(from[i]) * double(from[i]);
  double scale = square > 0 ? 1 / std::sqrt(square) : 0;
  for (size_t i = 0; i < width; ++i)
    to[i] = static_cast<float>(from[i] * scale);
}

} // namespace

Embedder::Embedder(const std::string &path, int threads) {
  if (::access(path.c_str(), R_OK) != 0)
    throw Failure(Exit::System, "cannot open '" + path + "': " + std::strerror(errno));
  translated([&] {
    attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
    if (threads != 1) {
      pool = std::make_unique<attn_rt::Pool>(threads);
      options.executor = pool->executor();
    }
    module = std::make_unique<attn_rt::Module>(path, &options);
    readSignature();
  });
}

void Embedder::readSignature() {
  attn_rt_function_info info = module->function().info();
  batch.max = tokens.max = INT64_MAX;
  for (int32_t i = 0; i < info.arg_count; ++i)
    readInput(info.args[i]);
  for (Input needed : {Input::Ids, Input::Mask})
    if (std::count(inputs.begin(), inputs.end(), needed) != 1)
      refuse("the module's function", "take input_ids and attention_mask",
             std::to_string(info.arg_count) + " other arguments");
  if (tokens.max < 2 || batch.max < 1)
    refuse("the module's function", "take one sentence of two tokens",
           std::to_string(batch.max) + " of " + std::to_string(tokens.max) + " at most");
  readEmbedding(info);
}

void Embedder::readInput(const attn_rt_value_info &value) {
  if (std::strcmp(value.name, "input_ids") == 0) {
    inputs.push_back(Input::Ids);
    if (value.flags & ATTN_RT_VALUE_HAS_RANGE)
      lastId = value.value_max;
  } else if (std::strcmp(value.name, "attention_mask") == 0) {
    inputs.push_back(Input::Mask);
  } else if (std::strcmp(value.name, "token_type_ids") == 0) {
    inputs.push_back(Input::Types);
  } else {
    refuse("the arguments of a sentence model", "be input_ids, attention_mask and token_type_ids",
           "'" + std::string(value.name) + "'");
  }
  if (value.dtype != ATTN_RT_I64 || value.rank != 2)
    refuse("argument '" + std::string(value.name) + "'", "be i64 of rank 2", describe(value));
  batch = intersect(batch, value.dims[0]);
  tokens = intersect(tokens, value.dims[1]);
}

void Embedder::readEmbedding(const attn_rt_function_info &info) {
  embeddingIndex = attn_rt_function_result_index(module->function().get(), "embedding");
  if (embeddingIndex < 0)
    refuse("the module's function", "return 'embedding'", std::to_string(info.result_count) + " other results");
  const attn_rt_value_info &value = info.results[embeddingIndex];
  if (value.dtype != ATTN_RT_F32 || value.rank != 2)
    refuse("result 'embedding'", "be f32 of rank 2", describe(value));
  if (value.dims[1].min != value.dims[1].max || value.dims[1].min < 1)
    refuse("result 'embedding'", "have a known number of columns",
           std::to_string(value.dims[1].min) + " to " + std::to_string(value.dims[1].max));
  width = static_cast<size_t>(value.dims[1].min);
}

void Embedder::embed(const Tokens *const *sentences, size_t count, int64_t padId, float *embeddings) const {
  size_t longest = 1;
  for (size_t row = 0; row < count; ++row)
    longest = std::max(longest, sentences[row]->size());
  int64_t rows = fit(batch, static_cast<int64_t>(count));
  int64_t columns = fit(tokens, static_cast<int64_t>(longest));
  size_t size = static_cast<size_t>(rows * columns);
  std::vector<int64_t> ids(size, padId), mask(size, 0), types(size, 0);
  for (size_t row = 0; row < count; ++row) {
    std::copy(sentences[row]->begin(), sentences[row]->end(), ids.begin() + row * columns);
    std::fill_n(mask.begin() + row * columns, sentences[row]->size(), 1);
  }
  std::vector<attn_rt::Tensor> arguments;
  for (Input input : inputs) {
    std::vector<int64_t> &values = input == Input::Ids ? ids : input == Input::Mask ? mask : types;
    arguments.emplace_back(values.data(), std::vector<int64_t>{rows, columns});
  }
  std::vector<attn_rt::Tensor> results = translated([&] { return module->function().run(arguments); });
  const attn_rt::Tensor &result = results[embeddingIndex];
  check(result, rows);
  for (size_t row = 0; row < count; ++row)
    copyUnit(result.data<float>() + row * width, width, embeddings + row * width);
}

/// A damaged or badly compiled model must not end in a ranking that looks
/// right.
void Embedder::check(const attn_rt::Tensor &result, int64_t rows) const {
  if (result.dim(0) != rows || result.dim(1) != static_cast<int64_t>(width))
    refuse("result 'embedding'", "have " + std::to_string(rows) + " rows of " + std::to_string(width),
           std::to_string(result.dim(0)) + " of " + std::to_string(result.dim(1)));
  const float *values = result.data<float>();
  for (size_t i = 0; i < rows * width; ++i)
    if (!std::isfinite(values[i]))
      refuse("result 'embedding'", "be finite", std::to_string(values[i]));
}

} // namespace attn::search
