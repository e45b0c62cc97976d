/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See memory.h. */
#include "memory.h"

#include "failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void end_without_memory(void) {
  fputs("attn-generate: out of memory\n", stderr);
  exit(STATUS_SYSTEM);
}

void *allocate(size_t count, size_t size) {
  void *block = calloc(count ? count : 1, size);
  if (!block)
    end_without_memory();
  return block;
}

void *reallocate(void *block, size_t count, size_t size) {
  if (count > SIZE_MAX / size)
    end_without_memory();
  void *moved = realloc(block, count * size + (count == 0));
  if (!moved)
    end_without_memory();
  return moved;
}

void *grow(void *block, size_t *room, size_t needed, size_t size) {
  if (needed <= *room && block)
    return block;
  size_t wanted = *room + *room / 2 < needed ? needed : *room + *room / 2;
  *room = wanted < 16 ? 16 : wanted;
  return reallocate(block, *room, size);
}

text text_of(const char *terminated) {
  text result = {terminated, strlen(terminated)};
  return result;
}

int text_compare(text a, text b) {
  size_t common = a.size < b.size ? a.size : b.size;
  int order = common ? memcmp(a.data, b.data, common) : 0;
  return order ? order : (a.size > b.size) - (a.size < b.size);
}

int text_equals(text a, const char *terminated) { return text_compare(a, text_of(terminated)) == 0; }

void bytes_append(bytes *to, const char *data, size_t size) {
  if (size == 0)
    return;
  to->data = grow(to->data, &to->room, to->size + size, 1);
  memcpy(to->data + to->size, data, size);
  to->size += size;
}

void bytes_free(bytes *buffer) {
  free(buffer->data);
  memset(buffer, 0, sizeof *buffer);
}

void id_list_append(id_list *to, int32_t id) {
  to->data = grow(to->data, &to->room, to->size + 1, sizeof *to->data);
  to->data[to->size++] = id;
}

void id_list_free(id_list *list) {
  free(list->data);
  memset(list, 0, sizeof *list);
}

struct arena_block {
  struct arena_block *before;
};

void *arena_allocate(arena *arena, size_t count, size_t size) {
  if (count > (SIZE_MAX >> 1) / size)
    end_without_memory();
  size_t wanted = (count * size + 7) / 8 * 8;
  if (wanted > arena->left) {
    size_t room = wanted > 1 << 16 ? wanted : 1 << 16;
    struct arena_block *block = allocate(1, sizeof *block + room);
    block->before = arena->last;
    arena->last = block;
    arena->next = (char *)(block + 1);
    arena->left = room;
  }
  void *result = arena->next;
  arena->next += wanted;
  arena->left -= wanted;
  return result;
}

void arena_free(arena *arena) {
  while (arena->last) {
    struct arena_block *before = arena->last->before;
    free(arena->last);
    arena->last = before;
  }
  memset(arena, 0, sizeof *arena);
}
