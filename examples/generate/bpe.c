/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See bpe.h. Symbols are a linked list; what could be merged waits in a heap and is checked when its turn comes. */
#include "bpe.h"

#include "utf8.h"

#include <stdlib.h>
#include <string.h>

typedef struct bpe_symbol {
  int32_t id; /* -1: merged into another */
  int32_t before, after;
} bpe_symbol;

typedef struct bpe_candidate {
  int32_t rank, at, result;
} bpe_candidate;

int32_t bpe_find(const bpe *model, text token) {
  size_t low = 0, high = model->entry_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = text_compare(model->entries[middle].token, token);
    if (order == 0)
      return model->entries[middle].id;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return -1;
}

static const bpe_merge *find_merge(const bpe *model, int32_t left, int32_t right) {
  size_t low = model->first_merge[left], high = model->first_merge[left + 1];
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (model->merges[middle].right == right)
      return &model->merges[middle];
    if (model->merges[middle].right < right)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

/* Printable bytes are themselves; the others follow from U+0100, in order. */
uint32_t bpe_letter_of_byte(unsigned char byte) {
  if ((byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE)
    return byte;
  return byte <= ' ' ? 0x100u + byte : byte < 0xAD ? 0x121u + (byte - 0x7Fu) : 0x143u;
}

int bpe_byte_of_letter(uint32_t letter) {
  if (letter < 0x100)
    return bpe_letter_of_byte((unsigned char)letter) == letter ? (int)letter : -1;
  if (letter <= 0x120)
    return (int)(letter - 0x100);
  return letter <= 0x142 ? (int)(letter - 0x121 + 0x7F) : letter == 0x143 ? 0xAD : -1;
}

void bpe_scratch_free(bpe_scratch *scratch) {
  free(scratch->symbols);
  free(scratch->heap);
  bytes_free(&scratch->letters);
  memset(scratch, 0, sizeof *scratch);
}

static void add_symbol(bpe_scratch *scratch, int32_t id) {
  scratch->symbols = grow(scratch->symbols, &scratch->symbol_room, scratch->symbol_count + 1, sizeof *scratch->symbols);
  int32_t at = (int32_t)scratch->symbol_count++;
  bpe_symbol symbol = {id, at - 1, at + 1};
  scratch->symbols[at] = symbol;
}

/* The bytes of a character as <0x..> tokens, where all of them exist. */
static bool add_fallback(const bpe *model, bpe_scratch *scratch, text character) {
  if (!model->byte_fallback)
    return false;
  for (size_t i = 0; i < character.size; ++i)
    if (model->symbol_of_byte[(unsigned char)character.data[i]] < 0)
      return false;
  for (size_t i = 0; i < character.size; ++i)
    add_symbol(scratch, model->symbol_of_byte[(unsigned char)character.data[i]]);
  return true;
}

/* What is unknown waits until something known follows, because all of it may be one token. */
static void add_characters(const bpe *model, bpe_scratch *scratch, text piece) {
  bool waiting = false;
  for (size_t at = 0, length; at < piece.size; at += length) {
    uint32_t code;
    length = utf8_read(piece.data + at, piece.size - at, &code);
    text character = {piece.data + at, length};
    int32_t id = bpe_find(model, character);
    if (id < 0 && (add_fallback(model, scratch, character) || model->unknown < 0))
      continue;
    if (waiting && (id >= 0 || !model->fuse_unknown))
      add_symbol(scratch, model->unknown);
    waiting = id < 0;
    if (id >= 0)
      add_symbol(scratch, id);
  }
  if (waiting)
    add_symbol(scratch, model->unknown);
}

static void add_bytes(const bpe *model, bpe_scratch *scratch, text piece) {
  bool waiting = false;
  for (size_t i = 0; i < piece.size; ++i) {
    int32_t id = model->symbol_of_byte[(unsigned char)piece.data[i]];
    if (id < 0 && model->unknown < 0)
      continue;
    if (waiting && (id >= 0 || !model->fuse_unknown))
      add_symbol(scratch, model->unknown);
    waiting = id < 0;
    if (id >= 0)
      add_symbol(scratch, id);
  }
  if (waiting)
    add_symbol(scratch, model->unknown);
}

static bool comes_before(bpe_candidate a, bpe_candidate b) { return a.rank != b.rank ? a.rank < b.rank : a.at < b.at; }

static void heap_push(bpe_scratch *scratch, bpe_candidate candidate) {
  scratch->heap = grow(scratch->heap, &scratch->heap_room, scratch->heap_count + 1, sizeof *scratch->heap);
  size_t at = scratch->heap_count++;
  for (; at > 0 && comes_before(candidate, scratch->heap[(at - 1) / 2]); at = (at - 1) / 2)
    scratch->heap[at] = scratch->heap[(at - 1) / 2];
  scratch->heap[at] = candidate;
}

static bpe_candidate heap_pop(bpe_scratch *scratch) {
  bpe_candidate *heap = scratch->heap, top = heap[0], last = heap[--scratch->heap_count];
  size_t at = 0, count = scratch->heap_count;
  for (size_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && comes_before(heap[child + 1], heap[child]))
      ++child;
    if (!comes_before(heap[child], last))
      break;
    heap[at] = heap[child];
  }
  heap[at] = last;
  return top;
}

/* Lets the symbol at `left` and the one after it wait to be merged, where they can be. */
static void consider(const bpe *model, bpe_scratch *scratch, int32_t left) {
  if (left < 0)
    return;
  bpe_symbol symbol = scratch->symbols[left];
  if ((size_t)symbol.after >= scratch->symbol_count)
    return;
  const bpe_merge *merge = find_merge(model, symbol.id, scratch->symbols[symbol.after].id);
  if (!merge)
    return;
  bpe_candidate candidate = {merge->rank, left, merge->result};
  heap_push(scratch, candidate);
}

/* A candidate is stale when one of its symbols has been merged since; what stands there now counts if it would become
 * the same token. */
static bool still_holds(const bpe *model, const bpe_scratch *scratch, bpe_candidate candidate) {
  const bpe_symbol *left = &scratch->symbols[candidate.at];
  if (left->id < 0 || (size_t)left->after >= scratch->symbol_count)
    return false;
  const bpe_merge *merge = find_merge(model, left->id, scratch->symbols[left->after].id);
  return merge && merge->result == candidate.result;
}

static void merge_all(const bpe *model, bpe_scratch *scratch) {
  bpe_symbol *symbols = scratch->symbols;
  for (size_t i = 0; i + 1 < scratch->symbol_count; ++i)
    consider(model, scratch, (int32_t)i);
  while (scratch->heap_count) {
    bpe_candidate top = heap_pop(scratch);
    if (!still_holds(model, scratch, top))
      continue;
    bpe_symbol *left = &symbols[top.at], *right = &symbols[left->after];
    left->id = top.result;
    left->after = right->after;
    right->id = -1;
    if ((size_t)left->after < scratch->symbol_count)
      symbols[left->after].before = top.at;
    consider(model, scratch, left->before);
    consider(model, scratch, top.at);
  }
}

/* The whole piece as one token, or -1. */
static int32_t find_whole(const bpe *model, bpe_scratch *scratch, text piece) {
  if (!model->byte_level)
    return bpe_find(model, piece);
  scratch->letters.size = 0;
  for (size_t i = 0; i < piece.size; ++i)
    utf8_append(&scratch->letters, bpe_letter_of_byte((unsigned char)piece.data[i]));
  text letters = {scratch->letters.data, scratch->letters.size};
  return bpe_find(model, letters);
}

void bpe_encode(const bpe *model, bpe_scratch *scratch, text piece, id_list *to) {
  int32_t whole = model->ignore_merges && piece.size ? find_whole(model, scratch, piece) : -1;
  if (whole >= 0) {
    id_list_append(to, whole);
    return;
  }
  scratch->symbol_count = scratch->heap_count = 0;
  if (model->byte_level)
    add_bytes(model, scratch, piece);
  else
    add_characters(model, scratch, piece);
  merge_all(model, scratch);
  for (size_t i = 0; i < scratch->symbol_count; ++i)
    if (scratch->symbols[i].id >= 0)
      id_list_append(to, scratch->symbols[i].id);
}
