/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* attn_rt_run and attn_rt_function_plan: check, plan, allocate, call, clean
 * up.  The caller's results change only when the run succeeded. */
#define _GNU_SOURCE
#include "run_state.h"

#include "error.h"
#include "fp_env.h"
#include "module.h"
#include "session.h"
#include "states.h"
#include "tensor.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { MAX_CONCURRENCY = 65536 };

attn_rt_status attn_rti_check_executor(const attn_rt_executor *executor, attn_rt_error *error) {
  if (executor->concurrency < 1 || executor->concurrency > MAX_CONCURRENCY)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects an executor to have a concurrency in [1, "
                         "%d], but got %d",
                         MAX_CONCURRENCY, executor->concurrency);
  if (!executor->parallel_for)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects an executor to have parallel_for, but got "
                         "NULL");
  return ATTN_RT_OK;
}

size_t attn_rti_scratch_bytes(const attn_rt_function *function) {
  size_t symbols = (size_t)function->symbol_count;
  size_t args = (size_t)function->arg_count;
  size_t results = (size_t)function->result_count;
  return symbols * (sizeof(int64_t) + sizeof(int64_t)) + (size_t)function->result_dims * sizeof(int64_t) +
         (args + results) * sizeof(void *) + results * sizeof(attn_rt_tensor) + args * sizeof(attn_rti_copy) +
         (function->state_count ? args : 0) * sizeof(attn_rt_tensor);
}

/* Every table has 8-byte alignment: bound_by takes 8 bytes per symbol too. */
static void lay_out_tables(const attn_rt_function *function, unsigned char *memory, attn_rti_tables *tables) {
  size_t symbols = (size_t)function->symbol_count;
  size_t args = (size_t)function->arg_count;
  size_t results = (size_t)function->result_count;
  memset(memory, 0, attn_rti_scratch_bytes(function));
  tables->dims = (int64_t *)(void *)memory;
  tables->bound_by = (int32_t *)(tables->dims + symbols);
  for (size_t i = 0; i < symbols; ++i)
    tables->bound_by[i] = ATTN_RTI_UNBOUND;
  tables->result_sizes = tables->dims + 2 * symbols;
  tables->tensors = (void **)(tables->result_sizes + function->result_dims);
  tables->results = (attn_rt_tensor *)(tables->tensors + args + results);
  tables->copies = (attn_rti_copy *)(tables->results + results);
  tables->args = (attn_rt_tensor *)(tables->copies + args);
}

static attn_rt_status no_memory(attn_rt_error *error, const char *what, int64_t bytes) {
  return attn_rti_fail(error, ATTN_RT_OUT_OF_MEMORY,
                       "expects %" PRId64 " bytes for %s, but got none from "
                       "the allocator",
                       bytes, what);
}

static attn_rt_status begin_run(attn_rti_run *run, const attn_rt_function *function, const attn_rt_run_options *options,
                                attn_rt_error *error) {
  attn_rt_module *module = function->module;
  memset(run, 0, sizeof *run);
  run->function = function;
  if (!module->descriptor)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects a module opened to run, but got one opened "
                         "to inspect");
  if (options && options->struct_size < sizeof options->struct_size)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects run options to be made with "
                         "ATTN_RT_RUN_OPTIONS_INIT, but got size %zu",
                         options->struct_size);
  if (options)
    memcpy(&run->options, options,
           options->struct_size < sizeof run->options ? options->struct_size : sizeof run->options);
  run->executor = run->options.executor;
  if (!run->executor && module->executor.parallel_for)
    run->executor = &module->executor;
  attn_rt_status status = run->executor ? attn_rti_check_executor(run->executor, error) : ATTN_RT_OK;
  if (status)
    return status;
  run->frame.concurrency = run->executor ? run->executor->concurrency : 1;
  run->scratch = attn_rti_cache_take(&module->scratch, module->scratch_bytes);
  if (!run->scratch)
    return no_memory(error, "a run", (int64_t)module->scratch_bytes);
  lay_out_tables(function, attn_rti_block_memory(run->scratch), &run->tables);
  return ATTN_RT_OK;
}

static attn_rt_status plan(attn_rti_run *run, uint64_t *workspace_bytes, attn_rt_error *error) {
  const attn_rt_function *function = run->function;
  const attn_rt_module *module = function->module;
  size_t slot = (size_t)module->variant * module->note.function_count + (size_t)function->index;
  uint32_t saved = attn_rti_fp_enter();
  int32_t code = module->descriptor->plans[slot](run->tables.dims, run->frame.concurrency, run->tables.result_sizes,
                                                 workspace_bytes);
  attn_rti_fp_leave(saved);
  if (code != 0 || *workspace_bytes > INT64_MAX)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects the sizes of function '%s' to be below 2^63 "
                         "bytes, but got shapes that overflow them",
                         function->name);
  return attn_rti_describe_results(function, &run->tables, error);
}

/* Gives the frame dense, aligned arguments and checks their values. */
static attn_rt_status pass_arguments(attn_rti_run *run, const attn_rt_tensor *args, attn_rt_error *error) {
  const attn_rt_function *function = run->function;
  attn_rt_status status = ATTN_RT_OK;
  for (int32_t i = 0; i < function->arg_count && !status; ++i) {
    void *data = args[i].data;
    size_t element = attn_rt_dtype_bytes(args[i].dtype);
    int64_t bytes = attn_rt_tensor_bytes(&args[i]);
    if (bytes > 0 && (!attn_rti_is_dense(&args[i]) || (uintptr_t)data % element != 0)) {
      attn_rti_copy *copy = &run->tables.copies[i];
      copy->size = (size_t)bytes;
      copy->memory = attn_rti_allocate(&function->module->allocator, copy->size);
      if (!copy->memory)
        return no_memory(error, "a dense copy of an argument", bytes);
      attn_rti_copy_dense(copy->memory, &args[i]);
      data = copy->memory;
    }
    run->tables.tensors[i] = data;
    status = attn_rti_check_values(function, i, &args[i], data, error);
  }
  return status;
}

/* A result that the runtime allocated starts with this; data follows it. */
typedef struct owned_result {
  attn_rt_module *module;
  size_t size;
} owned_result;

static void release_result(attn_rt_tensor *tensor) {
  owned_result *owner = tensor->owner;
  attn_rt_module *module = owner->module;
  attn_rti_free(&module->allocator, owner, owner->size);
  attn_rti_module_release(module);
}

static attn_rt_status allocate_result(attn_rt_module *module, attn_rt_tensor *result, attn_rt_error *error) {
  int64_t bytes = attn_rt_tensor_bytes(result);
  owned_result *owner = NULL;
  if ((uint64_t)bytes < SIZE_MAX / 2)
    owner = attn_rti_allocate(&module->allocator, (size_t)bytes + ATTN_RTI_BLOCK_HEADER);
  if (!owner)
    return no_memory(error, "a result", bytes);
  owner->module = module;
  owner->size = (size_t)bytes + ATTN_RTI_BLOCK_HEADER;
  attn_rti_module_retain(module);
  result->data = (unsigned char *)owner + ATTN_RTI_BLOCK_HEADER;
  result->owner = owner;
  result->release = release_result;
  return ATTN_RT_OK;
}

static attn_rt_status pass_results(attn_rti_run *run, const attn_rt_tensor *results, attn_rt_error *error) {
  const attn_rt_function *function = run->function;
  for (int32_t i = 0; i < function->result_count; ++i) {
    attn_rt_tensor *result = &run->tables.results[i];
    if (results[i].data) {
      *result = results[i];
    } else {
      attn_rt_status status = allocate_result(function->module, result, error);
      if (status)
        return status;
    }
    run->tables.tensors[function->arg_count + i] = result->data;
  }
  return ATTN_RT_OK;
}

static attn_rt_status pass_workspace(attn_rti_run *run, uint64_t bytes, attn_rt_error *error) {
  if (run->options.workspace) {
    if ((uintptr_t)run->options.workspace % ATTN_RTI_ALIGNMENT != 0 || run->options.workspace_bytes < bytes)
      return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                           "expects a workspace of %" PRIu64 " bytes aligned to %d, but got %zu bytes with "
                           "remainder %zu",
                           bytes, ATTN_RTI_ALIGNMENT, run->options.workspace_bytes,
                           (uintptr_t)run->options.workspace % ATTN_RTI_ALIGNMENT);
    run->frame.workspace = run->options.workspace;
    return ATTN_RT_OK;
  }
  run->workspace = attn_rti_cache_take(&run->function->module->workspaces, (size_t)bytes);
  if (!run->workspace)
    return no_memory(error, "the workspace", (int64_t)bytes);
  run->frame.workspace = attn_rti_block_memory(run->workspace);
  return ATTN_RT_OK;
}

static attn_rt_status call_entry(attn_rti_run *run, attn_rt_error *error) {
  const attn_rt_executor *executor = run->executor;
  run->frame.tensors = run->tables.tensors;
  run->frame.dims = run->tables.dims;
  run->frame.weights = run->function->module->descriptor->weights;
  attn_rti_run_connect(run);
  if (executor && executor->begin)
    executor->begin(executor->context);
  attn_rt_status status = attn_rti_run_call(run, error);
  if (executor && executor->end)
    executor->end(executor->context);
  return status;
}

static void end_run(attn_rti_run *run) {
  attn_rt_module *module = run->function->module;
  if (!run->scratch)
    return;
  for (int32_t i = 0; i < run->function->arg_count; ++i)
    attn_rti_free(&module->allocator, run->tables.copies[i].memory, run->tables.copies[i].size);
  attn_rti_cache_give(&module->workspaces, run->workspace);
  attn_rti_cache_give(&module->scratch, run->scratch);
}

/* Hands the results over, or frees those that this run allocated. */
static void finish_results(attn_rti_run *run, attn_rt_status status, attn_rt_tensor *results) {
  if (!run->scratch)
    return;
  for (int32_t i = 0; i < run->function->result_count; ++i) {
    attn_rt_tensor *result = &run->tables.results[i];
    if (!status)
      results[i] = *result;
    else if (!results[i].data && result->data)
      attn_rt_tensor_release(result);
  }
}

static attn_rt_status run_all(attn_rti_run *run, const attn_rt_tensor *args, const attn_rt_tensor *results,
                              attn_rt_error *error) {
  uint64_t workspace_bytes = 0;
  const attn_rt_function *function = run->function;
  attn_rt_status status = attn_rti_bind_arguments(function, args, 0, &run->tables, error);
  if (!status)
    status = plan(run, &workspace_bytes, error);
  if (!status)
    status = attn_rti_check_results(function, args, results, &run->tables, error);
  if (!status)
    status = attn_rti_check_states(run, args, results, error);
  if (!status)
    status = pass_arguments(run, args, error);
  if (!status)
    status = attn_rti_check_room(run, error);
  if (!status)
    status = pass_results(run, results, error);
  if (!status)
    status = pass_workspace(run, workspace_bytes, error);
  if (!status)
    status = call_entry(run, error);
  return status;
}

attn_rt_status attn_rti_run_function(const attn_rt_function *function, struct attn_rt_session *session,
                                     const attn_rt_tensor *args, attn_rt_tensor *results,
                                     const attn_rt_run_options *options, attn_rt_error *error) {
  attn_rt_module *module = function->module;
  attn_rti_run run;
  attn_rti_module_retain(module);
  attn_rt_status status = begin_run(&run, function, options, error);
  if (!status && session)
    args = attn_rti_session_begin(session, &run, args);
  if (!status)
    status = run_all(&run, args, results, error);
  if (!status && session)
    attn_rti_session_commit(session, &run);
  finish_results(&run, status, results);
  end_run(&run);
  attn_rti_module_release(module);
  return status;
}

attn_rt_status attn_rt_run(const attn_rt_function *function, const attn_rt_tensor *args, int32_t arg_count,
                           attn_rt_tensor *results, int32_t result_count, const attn_rt_run_options *options,
                           attn_rt_error *error) {
  int saved = errno;
  attn_rt_status status = attn_rti_check_counts(function, arg_count, result_count, error);
  if (!status)
    status = attn_rti_run_function(function, NULL, args, results, options, error);
  errno = saved;
  return status;
}

attn_rt_status attn_rt_function_plan(const attn_rt_function *function, const attn_rt_tensor *args, int32_t arg_count,
                                     attn_rt_tensor *results, int32_t result_count, const attn_rt_run_options *options,
                                     size_t *workspace_bytes, attn_rt_error *error) {
  attn_rti_run run;
  uint64_t bytes = 0;
  int saved = errno;
  attn_rt_status status = attn_rti_check_counts(function, arg_count, result_count, error);
  if (status)
    return status;
  status = begin_run(&run, function, options, error);
  if (!status)
    status = attn_rti_bind_arguments(function, args, 1, &run.tables, error);
  if (!status)
    status = plan(&run, &bytes, error);
  if (!status) {
    for (int32_t i = 0; i < result_count; ++i)
      results[i] = run.tables.results[i];
    if (workspace_bytes)
      *workspace_bytes = (size_t)bytes;
  }
  end_run(&run);
  errno = saved;
  return status;
}
