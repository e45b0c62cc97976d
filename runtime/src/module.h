/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An open module. */
#ifndef ATTN_RT_SRC_MODULE_H
#define ATTN_RT_SRC_MODULE_H

#include "block_cache.h"
#include "image.h"
#include "note.h"

#include <stdatomic.h>

struct attn_rt_module {
  /* The caller's handle, every running call and every owned result. */
  _Atomic int64_t references;
  attn_rt_allocator allocator;
  attn_rt_executor executor; /* parallel_for NULL: the calling thread */
  attn_rti_arena arena;
  attn_rti_note note;
  attn_rti_image image;
  const struct attn_rt_descriptor *descriptor; /* NULL when inspecting */
  uint32_t variant;
  size_t scratch_bytes; /* of a run's own tables, the most of any function */
  attn_rti_block_cache scratch, workspaces;
};

void attn_rti_module_retain(attn_rt_module *module);
void attn_rti_module_release(attn_rt_module *module);

#endif /* ATTN_RT_SRC_MODULE_H */
