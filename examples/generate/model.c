/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See model.h. */
#define _POSIX_C_SOURCE 200809L
#include "model.h"

#include "interrupt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Passes the runtime's sentence on with our exit status. */
static bool fail_runtime(attn_rt_status status, const attn_rt_error *error, failure *failure) {
  bool system = status == ATTN_RT_IO || status == ATTN_RT_OUT_OF_MEMORY;
  int exit = system ? STATUS_SYSTEM : status == ATTN_RT_INTERNAL ? STATUS_BUG : STATUS_REFUSED;
  return fail(failure, exit, "%s", error->message);
}

/* The tokens: the one argument that is neither a state nor the length. Returns NULL where that is not so. */
static const attn_rt_value_info *find_ids(const attn_rt_function_info *info) {
  const attn_rt_value_info *found = NULL;
  for (int32_t i = 0; i < info->arg_count; ++i) {
    if (info->args[i].flags & (ATTN_RT_VALUE_STATE | ATTN_RT_VALUE_LENGTH))
      continue;
    if (found)
      return NULL;
    found = &info->args[i];
  }
  return found && found->dtype == ATTN_RT_I64 && found->rank == 2 ? found : NULL;
}

/* The functions of a decoder as this program calls them; *vocabulary is 0 or what another function has. */
static bool check_function(const attn_rt_function *function, int64_t *vocabulary, failure *failure) {
  attn_rt_function_info info = ATTN_RT_FUNCTION_INFO_INIT;
  attn_rt_function_get_info(function, &info);
  if (info.state_count == 0 || !find_ids(&info))
    return fail(failure, STATUS_REFUSED,
                "expects '%s' to take i64 tokens of rank 2 and states, but got %d arguments, %d of them states",
                info.name, (int)info.arg_count, (int)info.state_count);
  const attn_rt_value_info *logits = info.result_count == 1 ? &info.results[0] : NULL;
  if (!logits || logits->dtype != ATTN_RT_F32 || logits->rank != 2 || logits->dims[1].min != logits->dims[1].max)
    return fail(
        failure, STATUS_REFUSED,
        "expects '%s' to return f32 logits of rank 2 for a known vocabulary, but got %d results of another kind",
        info.name, (int)info.result_count);
  int64_t columns = logits->dims[1].min;
  if (columns < 1 || columns > INT32_MAX || (*vocabulary && columns != *vocabulary))
    return fail(failure, STATUS_REFUSED, "expects the vocabulary of '%s' to be that of 'prefill', but got %lld tokens",
                info.name, (long long)columns);
  *vocabulary = columns;
  return true;
}

/* Bytes of the states for one position of one row. */
static int64_t bytes_of_position(const attn_rt_function_info *info) {
  int64_t total = 0;
  for (int32_t i = 0; i < info->arg_count; ++i) {
    const attn_rt_value_info *value = &info->args[i];
    int64_t bytes = (int64_t)attn_rt_dtype_bytes(value->dtype);
    bool positions = false;
    for (int32_t d = 0; d < value->rank; ++d) {
      const char *symbol = value->dims[d].symbol;
      positions |= symbol && info->capacity.symbol && strcmp(symbol, info->capacity.symbol) == 0;
      bytes *= symbol ? 1 : value->dims[d].min;
    }
    total += (value->flags & ATTN_RT_VALUE_STATE) && positions ? bytes : 0;
  }
  return total;
}

static bool read_signatures(model *model, failure *failure) {
  int64_t vocabulary = 0;
  if (!check_function(model->prefill, &vocabulary, failure) || !check_function(model->decode, &vocabulary, failure))
    return false;
  attn_rt_function_info prefill = ATTN_RT_FUNCTION_INFO_INIT, decode = ATTN_RT_FUNCTION_INFO_INIT;
  attn_rt_function_get_info(model->prefill, &prefill);
  attn_rt_function_get_info(model->decode, &decode);
  if (prefill.step.min > 1 || prefill.step.max < 1 || prefill.step.multiple > 1)
    return fail(failure, STATUS_REFUSED, "expects 'prefill' to take any number of tokens from 1, but got %lld to %lld",
                (long long)prefill.step.min, (long long)prefill.step.max);
  if (decode.step.min > 1 || decode.step.max < 1)
    return fail(failure, STATUS_REFUSED, "expects 'decode' to take one token, but got %lld to %lld",
                (long long)decode.step.min, (long long)decode.step.max);
  model->vocabulary = (int32_t)vocabulary;
  model->longest = prefill.step.max;
  model->position_bytes = bytes_of_position(&decode);
  model->logits = allocate((size_t)vocabulary, sizeof *model->logits);
  return true;
}

static bool open_module(model *model, const char *path, int32_t threads, failure *failure) {
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  attn_rt_pool_options pool = ATTN_RT_POOL_OPTIONS_INIT;
  attn_rt_error error;
  attn_rt_status status = ATTN_RT_OK;
  if (access(path, R_OK) != 0)
    return fail(failure, STATUS_SYSTEM, "cannot open '%.300s': %s", path, strerror(errno));
  pool.threads = threads;
  if (threads != 1 && (status = attn_rt_pool_create(&pool, &model->pool, &error)) == ATTN_RT_OK)
    options.executor = attn_rt_pool_executor(model->pool);
  if (status == ATTN_RT_OK)
    status = attn_rt_module_open(path, &options, &model->module, &error);
  if (status == ATTN_RT_OK)
    status = attn_rt_module_function(model->module, "prefill", &model->prefill, &error);
  if (status == ATTN_RT_OK)
    status = attn_rt_module_function(model->module, "decode", &model->decode, &error);
  return status == ATTN_RT_OK || fail_runtime(status, &error, failure);
}

static bool open_session(model *model, int64_t capacity, failure *failure) {
  attn_rt_session_options options = ATTN_RT_SESSION_OPTIONS_INIT;
  attn_rt_module_info info = ATTN_RT_MODULE_INFO_INIT;
  attn_rt_error error;
  options.capacity = capacity;
  attn_rt_status status = attn_rt_session_create(model->module, &options, &model->session, &error);
  if (status != ATTN_RT_OK)
    return fail_runtime(status, &error, failure);
  attn_rt_module_get_info(model->module, &info);
  model->weight_bytes = info.weights_bytes;
  model->capacity = attn_rt_session_capacity(model->session);
  return true;
}

bool model_open(model *model, const char *path, int32_t threads, int64_t capacity, failure *failure) {
  memset(model, 0, sizeof *model);
  if (open_module(model, path, threads, failure) && read_signatures(model, failure) &&
      open_session(model, capacity, failure))
    return true;
  model_close(model);
  return false;
}

void model_close(model *model) {
  attn_rt_session_destroy(model->session);
  attn_rt_module_close(model->module);
  attn_rt_pool_destroy(model->pool);
  free(model->logits);
  memset(model, 0, sizeof *model);
}

int64_t model_length(const model *model) { return attn_rt_session_length(model->session); }

static attn_rt_status run(model *model, const int32_t *ids, size_t count, attn_rt_error *error) {
  attn_rt_run_options options = ATTN_RT_RUN_OPTIONS_INIT;
  int64_t tokens_shape[2] = {1, (int64_t)count}, logits_shape[2] = {1, model->vocabulary};
  int64_t *tokens = allocate(count, sizeof *tokens);
  for (size_t i = 0; i < count; ++i)
    tokens[i] = ids[i];
  attn_rt_tensor argument = attn_rt_tensor_view(tokens, ATTN_RT_I64, 2, tokens_shape);
  attn_rt_tensor result = attn_rt_tensor_view(model->logits, ATTN_RT_F32, 2, logits_shape);
  options.poll = interrupt_poll;
  attn_rt_status status = attn_rt_session_run(model->session, count == 1 ? model->decode : model->prefill, &argument, 1,
                                              &result, 1, &options, error);
  free(tokens);
  return status;
}

bool model_feed(model *model, const int32_t *ids, size_t count, bool *interrupted, failure *failure) {
  int64_t before = model_length(model);
  attn_rt_error error, ignored;
  *interrupted = false;
  for (size_t at = 0, size; at < count; at += size) {
    size = count - at < (size_t)model->longest ? count - at : (size_t)model->longest;
    attn_rt_status status = run(model, ids + at, size, &error);
    if (status == ATTN_RT_OK)
      continue;
    *interrupted = status == ATTN_RT_CANCELLED;
    fail_runtime(status, &error, failure);
    /* To go back to where the session was cannot fail in a way that matters more than what has. */
    if (attn_rt_session_rewind(model->session, before, &ignored) != ATTN_RT_OK)
      failure->status = STATUS_BUG;
    return false;
  }
  return true;
}

bool model_restart(model *model, failure *failure) {
  attn_rt_error error;
  attn_rt_status status = attn_rt_session_rewind(model->session, 0, &error);
  return status == ATTN_RT_OK || fail_runtime(status, &error, failure);
}
