/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A few memory blocks that runs of one module hand to each other, so that after
 * the first run nothing is allocated and no page is touched for the first time.
 *
 * Slots are exchanged atomically and there is no lock: a child forked in the
 * middle of somebody's run can never wait for a thread that it does not have.
 */
#ifndef ATTN_RT_SRC_BLOCK_CACHE_H
#define ATTN_RT_SRC_BLOCK_CACHE_H

#include "arena.h"

#include <stdatomic.h>

enum { ATTN_RTI_CACHE_SLOTS = 16, ATTN_RTI_BLOCK_HEADER = 64 };

typedef struct attn_rti_block {
  size_t size; /* with this header, which takes ATTN_RTI_BLOCK_HEADER bytes */
} attn_rti_block;

typedef struct attn_rti_block_cache {
  const attn_rt_allocator *allocator;
  _Atomic(attn_rti_block *) slots[ATTN_RTI_CACHE_SLOTS];
} attn_rti_block_cache;

/* A block whose memory holds at least `size` bytes, or NULL. */
attn_rti_block *attn_rti_cache_take(attn_rti_block_cache *cache, size_t size);
/* Keeps the block for later, or frees it when there are enough. */
void attn_rti_cache_give(attn_rti_block_cache *cache, attn_rti_block *block);
/* Frees all that is kept. */
void attn_rti_cache_trim(attn_rti_block_cache *cache);

/* 64-byte aligned. */
static inline unsigned char *attn_rti_block_memory(attn_rti_block *block) {
  return (unsigned char *)block + ATTN_RTI_BLOCK_HEADER;
}

#endif /* ATTN_RT_SRC_BLOCK_CACHE_H */
