/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a module tells about itself and its functions. */
#include "module.h"

#include "error.h"

#include <stdio.h>
#include <string.h>

void attn_rt_module_get_info(const attn_rt_module *module, attn_rt_module_info *info) {
  const attn_rti_note *note = &module->note;
  attn_rt_module_info full = ATTN_RT_MODULE_INFO_INIT;
  size_t size = info->struct_size;
  full.name = note->name;
  full.producer = note->producer;
  full.target = note->target;
  full.variant = module->descriptor ? note->variant_names[module->variant] : NULL;
  full.uuid = note->uuid;
  full.variants = note->variant_names;
  full.variant_count = (int32_t)note->variant_count;
  full.function_count = (int32_t)note->function_count;
  full.weights_bytes = (int64_t)note->weights_bytes;
  full.machine = note->machine;
  full.abi_major = note->abi_major;
  full.abi_minor = note->abi_minor;
  memcpy(info, &full, size < sizeof full ? size : sizeof full);
  info->struct_size = size;
}

static attn_rt_status refuse_function(const attn_rti_note *note, const char *name, attn_rt_error *error) {
  char list[320] = "";
  size_t used = 0;
  for (uint32_t i = 0; i < note->function_count; ++i) {
    int wrote = snprintf(list + used, sizeof list - used, "%s'%s'", i ? ", " : "", note->functions[i].name);
    if (wrote < 0 || (size_t)wrote >= sizeof list - used)
      break;
    used += (size_t)wrote;
  }
  if (name)
    return attn_rti_fail(error, ATTN_RT_NOT_FOUND, "expects the function to be one of %s, but got '%s'", list, name);
  return attn_rti_fail(error, ATTN_RT_NOT_FOUND,
                       "expects the name of a function, one of %s, but got "
                       "none",
                       list);
}

attn_rt_status attn_rt_module_function(const attn_rt_module *module, const char *name,
                                       const attn_rt_function **function, attn_rt_error *error) {
  const attn_rti_note *note = &module->note;
  *function = NULL;
  if (!name && note->function_count == 1)
    *function = &note->functions[0];
  for (uint32_t i = 0; name && i < note->function_count; ++i)
    if (strcmp(name, note->functions[i].name) == 0)
      *function = &note->functions[i];
  return *function ? ATTN_RT_OK : refuse_function(note, name, error);
}

const attn_rt_function *attn_rt_module_function_at(const attn_rt_module *module, int32_t index) {
  if (index < 0 || (uint32_t)index >= module->note.function_count)
    return NULL;
  return &module->note.functions[index];
}

void attn_rt_function_get_info(const attn_rt_function *function, attn_rt_function_info *info) {
  attn_rt_function_info full = ATTN_RT_FUNCTION_INFO_INIT;
  size_t size = info->struct_size;
  full.name = function->name;
  full.args = function->args;
  full.results = function->results;
  full.arg_count = function->arg_count;
  full.result_count = function->result_count;
  full.state_count = function->state_count;
  full.step = function->step;
  full.capacity = function->capacity;
  full.batch = function->batch;
  memcpy(info, &full, size < sizeof full ? size : sizeof full);
  info->struct_size = size;
}

static int32_t find(const attn_rt_value_info *values, int32_t count, const char *name) {
  for (int32_t i = 0; i < count; ++i)
    if (strcmp(values[i].name, name) == 0)
      return i;
  return -1;
}

int32_t attn_rt_function_arg_index(const attn_rt_function *function, const char *name) {
  return find(function->args, function->arg_count, name);
}

int32_t attn_rt_function_result_index(const attn_rt_function *function, const char *name) {
  return find(function->results, function->result_count, name);
}
