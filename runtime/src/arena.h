/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Memory through the application's allocator: single blocks, and an arena for
 * what lives and dies with a module (its description). */
#ifndef ATTN_RT_SRC_ARENA_H
#define ATTN_RT_SRC_ARENA_H

#include "attn_rt/attn_rt.h"

/* Every block of the library has this alignment. */
#define ATTN_RTI_ALIGNMENT 64

/* posix_memalign and free. */
extern const attn_rt_allocator attn_rti_default_allocator;

/* NULL when the allocator refuses.  Size 0 is one byte. */
void *attn_rti_allocate(const attn_rt_allocator *allocator, size_t size);
/* Accepts NULL. */
void attn_rti_free(const attn_rt_allocator *allocator, void *pointer, size_t size);

typedef struct attn_rti_arena {
  const attn_rt_allocator *allocator;
  struct attn_rti_chunk *chunks;
} attn_rti_arena;

/* Zeroed memory aligned to 16, or NULL. */
void *attn_rti_arena_allocate(attn_rti_arena *arena, size_t size);
void attn_rti_arena_free(attn_rti_arena *arena);

#endif /* ATTN_RT_SRC_ARENA_H */
