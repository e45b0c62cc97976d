/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A runtime for tests of attn-generate: the name of a "module" file says how it behaves. Its model adds up all tokens
 * that the session holds and answers with a letter for the sum, so that a token that is lost, doubled or left behind
 * changes all that follows. It checks what attn-generate hands over as strictly as a test can. The real one, with a
 * real model, is the integration test's matter.
 */
#define _POSIX_C_SOURCE 200809L
#include "attn_rt/attn_rt.h"
#include "attn_rt/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CAPACITY = 48, LONGEST = 8, CACHE = 4 };

struct attn_rt_function {
  const char *behaviour, *name;
  attn_rt_dim ids[2], logits[2], cache[3], step, capacity;
  attn_rt_value_info args[3], result;
};

struct attn_rt_module {
  char behaviour[64];
  attn_rt_function functions[2];
};

struct attn_rt_session {
  const attn_rt_module *module;
  int64_t held[CAPACITY], length, capacity;
  int waited;
};

struct attn_rt_pool {
  attn_rt_executor executor;
};

static attn_rt_status fail(attn_rt_error *error, attn_rt_status status, const char *message) {
  snprintf(error->message, sizeof error->message, "%s", message);
  return status;
}

static void require(int condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "fake runtime: %s\n", what);
  abort();
}

static int is(const char *behaviour, const char *name) { return strcmp(behaviour, name) == 0; }

static attn_rt_dim dim(const char *symbol, int64_t min, int64_t max) {
  attn_rt_dim result = {symbol, min, max, 1, 0, 0};
  return result;
}

static attn_rt_value_info value(const char *name, int32_t dtype, int32_t rank, const attn_rt_dim *dims,
                                uint32_t flags) {
  attn_rt_value_info result = {name, dtype, rank, dims, flags, 0, 0, 0};
  return result;
}

static void describe(attn_rt_function *f, const char *behaviour, const char *name, int64_t longest) {
  int64_t words = is(behaviour, "wide") ? 2000 : 128;
  f->behaviour = behaviour;
  f->name = name;
  if (is(behaviour, "other-vocabulary") && longest == 1)
    words = 127;
  f->step = dim(longest == 1 ? NULL : "seq", 1, longest);
  if (is(behaviour, "long-prompts-only") && longest > 1)
    f->step.min = 2;
  if (is(behaviour, "two-at-once") && longest == 1)
    f->step.min = f->step.max = 2;
  f->capacity = f->cache[1] = dim("capacity", 1, CAPACITY);
  f->cache[0] = f->ids[0] = f->logits[0] = dim("batch", 1, 1);
  f->cache[2] = dim(NULL, CACHE, CACHE);
  f->ids[1] = f->step;
  f->logits[1] = dim(NULL, words, words);
  f->args[0] = value("input_ids", is(behaviour, "small-ids") ? ATTN_RT_I32 : ATTN_RT_I64, 2, f->ids, 0);
  f->args[1] = value("layer0.key", ATTN_RT_F32, 3, f->cache, ATTN_RT_VALUE_STATE);
  f->args[2] = value("past", ATTN_RT_I64, 0, NULL, is(behaviour, "two-inputs") ? 0 : ATTN_RT_VALUE_LENGTH);
  f->result = value("logits", is(behaviour, "half-logits") ? ATTN_RT_F16 : ATTN_RT_F32, 2, f->logits, 0);
}

attn_rt_tensor attn_rt_tensor_view(void *data, attn_rt_dtype dtype, int32_t rank, const int64_t *shape) {
  attn_rt_tensor tensor = {data, (int32_t)dtype, rank, {0}, {0}, ATTN_RT_CPU, 0, NULL, NULL};
  for (int32_t i = 0; i < rank; ++i)
    tensor.shape[i] = shape[i];
  return tensor;
}

size_t attn_rt_dtype_bytes(int32_t dtype) { return (size_t)(dtype & 0xFF) / 8; }

static void run_inline(void *context, int64_t count, attn_rt_body body, void *arg) {
  (void)context;
  for (int64_t i = 0; i < count; ++i)
    body(arg, i, 0);
}

attn_rt_status attn_rt_pool_create(const attn_rt_pool_options *options, attn_rt_pool **pool, attn_rt_error *error) {
  if (options->threads > 64)
    return fail(error, ATTN_RT_OUT_OF_MEMORY, "cannot start a thread");
  *pool = calloc(1, sizeof **pool);
  (*pool)->executor.concurrency = 1;
  (*pool)->executor.parallel_for = run_inline;
  return ATTN_RT_OK;
}

const attn_rt_executor *attn_rt_pool_executor(const attn_rt_pool *pool) { return &pool->executor; }
void attn_rt_pool_destroy(attn_rt_pool *pool) { free(pool); }

attn_rt_status attn_rt_module_open(const char *path, const attn_rt_open_options *options, attn_rt_module **module,
                                   attn_rt_error *error) {
  const char *slash = strrchr(path, '/');
  (void)options;
  if (is(slash ? slash + 1 : path, "damaged"))
    return fail(error, ATTN_RT_INCOMPATIBLE, "expects the file to be a module, but got damage");
  *module = calloc(1, sizeof **module);
  snprintf((*module)->behaviour, sizeof(*module)->behaviour, "%s", slash ? slash + 1 : path);
  describe(&(*module)->functions[0], (*module)->behaviour, "prefill", LONGEST);
  describe(&(*module)->functions[1], (*module)->behaviour, "decode", 1);
  return ATTN_RT_OK;
}

void attn_rt_module_close(attn_rt_module *module) { free(module); }

attn_rt_status attn_rt_module_function(const attn_rt_module *module, const char *name,
                                       const attn_rt_function **function, attn_rt_error *error) {
  *function = &module->functions[strcmp(name, "prefill") != 0];
  return is(module->behaviour, "one-function")
             ? fail(error, ATTN_RT_NOT_FOUND, "expects a function of the module, but got 'prefill'")
             : ATTN_RT_OK;
}

void attn_rt_module_get_info(const attn_rt_module *module, attn_rt_module_info *info) {
  (void)module;
  info->weights_bytes = 1000000;
}

void attn_rt_function_get_info(const attn_rt_function *f, attn_rt_function_info *info) {
  info->name = f->name;
  info->args = f->args;
  info->arg_count = 3;
  info->results = &f->result;
  info->result_count = is(f->behaviour, "no-result") ? 0 : 1;
  info->state_count = is(f->behaviour, "no-states") ? 0 : 1;
  info->step = f->step;
  info->capacity = f->capacity;
}

attn_rt_status attn_rt_session_create(attn_rt_module *module, const attn_rt_session_options *options,
                                      attn_rt_session **session, attn_rt_error *error) {
  if (options->capacity > CAPACITY)
    return fail(error, ATTN_RT_OUT_OF_RANGE, "expects the capacity to be at most 48, but got more");
  *session = calloc(1, sizeof **session);
  (*session)->module = module;
  (*session)->capacity = options->capacity ? options->capacity : CAPACITY;
  return ATTN_RT_OK;
}

void attn_rt_session_destroy(attn_rt_session *session) { free(session); }
int64_t attn_rt_session_length(const attn_rt_session *session) { return session->length; }
int64_t attn_rt_session_capacity(const attn_rt_session *session) { return session->capacity; }

attn_rt_status attn_rt_session_rewind(attn_rt_session *session, int64_t length, attn_rt_error *error) {
  if (is(session->module->behaviour, "forgetful"))
    return fail(error, ATTN_RT_INTERNAL, "cannot rewind");
  require(length >= 0 && length <= session->length, "a session goes back only");
  session->length = length;
  return ATTN_RT_OK;
}

/* Blocks once, at 12 positions, says so, and goes on when somebody cancels. */
static int is_cancelled(attn_rt_session *session, const attn_rt_run_options *options) {
  const struct timespec moment = {0, 1000000};
  if (!is(session->module->behaviour, "waits") || session->waited || session->length < 12)
    return 0;
  session->waited = 1;
  fputs("waits\n", stderr);
  while (!options->poll(options->poll_context))
    nanosleep(&moment, NULL);
  return 1;
}

static void answer(const attn_rt_session *session, float *logits, int64_t words) {
  int64_t sum = 0;
  for (int64_t i = 0; i < session->length; ++i)
    sum += (i + 1) * session->held[i];
  for (int64_t i = 0; i < words; ++i)
    logits[i] = -20;
  for (int64_t i = 0; i < 3; ++i)
    logits[97 + (sum + i) % 26] = 10 - (float)i;
  if (is(session->module->behaviour, "nan"))
    logits[5] = NAN;
  if (is(session->module->behaviour, "infinite"))
    logits[5] = INFINITY;
}

attn_rt_status attn_rt_session_run(attn_rt_session *session, const attn_rt_function *function,
                                   const attn_rt_tensor *args, int32_t arg_count, attn_rt_tensor *results,
                                   int32_t result_count, const attn_rt_run_options *options, attn_rt_error *error) {
  const int64_t *ids = args[0].data, step = args[0].shape[1], words = function->logits[1].min;
  require(arg_count == 1 && args[0].dtype == ATTN_RT_I64 && args[0].rank == 2 && args[0].shape[0] == 1, "one argument");
  require(step >= function->step.min && step <= function->step.max, "a step of the function");
  require(result_count == 1 && results[0].data && results[0].shape[1] == words, "one result");
  require(session->length + step <= session->capacity, "room in the session");
  require(options->poll != NULL, "a way to cancel");
  if (is_cancelled(session, options))
    return fail(error, ATTN_RT_CANCELLED, "cancelled");
  if ((is(function->behaviour, "breaks") && session->length > 10) || is(function->behaviour, "forgetful"))
    return fail(error, is(function->behaviour, "breaks") ? ATTN_RT_INTERNAL : ATTN_RT_OUT_OF_RANGE, "the model broke");
  for (int64_t i = 0; i < step; ++i) {
    require(ids[i] >= 0 && ids[i] < words, "a token of the vocabulary");
    session->held[session->length++] = ids[i];
  }
  answer(session, results[0].data, words);
  return ATTN_RT_OK;
}
