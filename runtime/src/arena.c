/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The default allocator and the arena. */
#define _GNU_SOURCE
#include "arena.h"

#include <stdlib.h>
#include <string.h>

static void *default_allocate(void *context, size_t size, size_t alignment) {
  (void)context;
  void *pointer = NULL;
  return posix_memalign(&pointer, alignment, size) == 0 ? pointer : NULL;
}

static void default_free(void *context, void *pointer, size_t size, size_t alignment) {
  (void)context;
  (void)size;
  (void)alignment;
  free(pointer);
}

const attn_rt_allocator attn_rti_default_allocator = {NULL, default_allocate, default_free};

void *attn_rti_allocate(const attn_rt_allocator *allocator, size_t size) {
  return allocator->allocate(allocator->context, size ? size : 1, ATTN_RTI_ALIGNMENT);
}

void attn_rti_free(const attn_rt_allocator *allocator, void *pointer, size_t size) {
  if (pointer)
    allocator->free(allocator->context, pointer, size ? size : 1, ATTN_RTI_ALIGNMENT);
}

typedef struct attn_rti_chunk {
  struct attn_rti_chunk *next;
  size_t size, used; /* both with this header */
} attn_rti_chunk;

enum { CHUNK_BYTES = 16384, CHUNK_HEADER = 32 };

void *attn_rti_arena_allocate(attn_rti_arena *arena, size_t size) {
  if (size > SIZE_MAX / 2)
    return NULL;
  size = (size + 15) & ~(size_t)15;
  attn_rti_chunk *chunk = arena->chunks;
  if (!chunk || chunk->size - chunk->used < size) {
    size_t bytes = size + CHUNK_HEADER;
    bytes = bytes < CHUNK_BYTES ? CHUNK_BYTES : bytes;
    chunk = attn_rti_allocate(arena->allocator, bytes);
    if (!chunk)
      return NULL;
    chunk->next = arena->chunks;
    chunk->size = bytes;
    chunk->used = CHUNK_HEADER;
    arena->chunks = chunk;
  }
  void *pointer = (unsigned char *)chunk + chunk->used;
  chunk->used += size;
  return memset(pointer, 0, size);
}

void attn_rti_arena_free(attn_rti_arena *arena) {
  while (arena->chunks) {
    attn_rti_chunk *chunk = arena->chunks;
    arena->chunks = chunk->next;
    attn_rti_free(arena->allocator, chunk, chunk->size);
  }
}
