/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Memory of a program that cannot do anything useful without it: every function here ends the process with one line on
 * standard error when there is none, so that no caller has a path that is never tried. Buffers grow by half.
 */
#ifndef ATTN_EXAMPLES_GENERATE_MEMORY_H
#define ATTN_EXAMPLES_GENERATE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* count * size bytes; zeroed; never NULL. */
void *allocate(size_t count, size_t size);

/* `block` with room for count * size bytes; what was not there before is not zeroed. */
void *reallocate(void *block, size_t count, size_t size);

/* Makes room for `needed` elements: returns the block, perhaps moved, and updates *room. */
void *grow(void *block, size_t *room, size_t needed, size_t size);

/* Bytes that somebody else owns; not terminated. */
typedef struct text {
  const char *data;
  size_t size;
} text;

text text_of(const char *terminated);
int text_compare(text a, text b); /* as memcmp, a prefix first */
int text_equals(text a, const char *terminated);

typedef struct bytes {
  char *data;
  size_t size, room;
} bytes;

void bytes_append(bytes *to, const char *data, size_t size);
void bytes_free(bytes *buffer);

typedef struct id_list {
  int32_t *data;
  size_t size, room;
} id_list;

void id_list_append(id_list *to, int32_t id);
void id_list_free(id_list *list);

/* Blocks that are freed together. */
typedef struct arena {
  struct arena_block *last;
  char *next;
  size_t left;
} arena;

void *arena_allocate(arena *arena, size_t count, size_t size); /* aligned to 8, zeroed */
void arena_free(arena *arena);

#endif
