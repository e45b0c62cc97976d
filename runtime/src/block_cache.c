/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See block_cache.h.  A block that is too small for a run is freed and replaced
 * by a larger one, so the cache holds at most one block per concurrent run. */
#include "block_cache.h"

attn_rti_block *attn_rti_cache_take(attn_rti_block_cache *cache, size_t size) {
  if (size > SIZE_MAX / 2)
    return NULL;
  size_t need = size + ATTN_RTI_BLOCK_HEADER;
  for (int i = 0; i < ATTN_RTI_CACHE_SLOTS; ++i) {
    attn_rti_block *block = atomic_exchange(&cache->slots[i], NULL);
    if (!block)
      continue;
    if (block->size >= need)
      return block;
    attn_rti_free(cache->allocator, block, block->size);
    break;
  }
  attn_rti_block *block = attn_rti_allocate(cache->allocator, need);
  if (block)
    block->size = need;
  return block;
}

void attn_rti_cache_give(attn_rti_block_cache *cache, attn_rti_block *block) {
  if (!block)
    return;
  for (int i = 0; i < ATTN_RTI_CACHE_SLOTS; ++i) {
    attn_rti_block *empty = NULL;
    if (atomic_compare_exchange_strong(&cache->slots[i], &empty, block))
      return;
  }
  attn_rti_free(cache->allocator, block, block->size);
}

void attn_rti_cache_trim(attn_rti_block_cache *cache) {
  for (int i = 0; i < ATTN_RTI_CACHE_SLOTS; ++i) {
    attn_rti_block *block = atomic_exchange(&cache->slots[i], NULL);
    if (block)
      attn_rti_free(cache->allocator, block, block->size);
  }
}
