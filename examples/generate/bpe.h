/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Byte pair encoding: a vocabulary, and merges by which the symbols of a piece of text become its tokens, the merge of
 * the lowest rank first and of equal ranks the leftmost. Looking up is by sorted tables, so that no vocabulary makes it
 * slow; a piece of n bytes takes n log n.
 */
#ifndef ATTN_EXAMPLES_GENERATE_BPE_H
#define ATTN_EXAMPLES_GENERATE_BPE_H

#include "failure.h"
#include "memory.h"

/* Ids above this are refused: tables are indexed by them. */
#define BPE_MAX_ID ((1 << 21) - 1)

typedef struct bpe_entry {
  text token;
  int32_t id;
} bpe_entry;

typedef struct bpe_merge {
  int32_t right, rank, result;
} bpe_merge;

typedef struct bpe {
  const bpe_entry *entries; /* by token */
  size_t entry_count;
  const text *tokens;          /* by id; data NULL where there is none */
  int32_t token_count;         /* the largest id and one */
  const bpe_merge *merges;     /* by left id, then right id */
  const uint32_t *first_merge; /* of each left id, and one more */
  int32_t symbol_of_byte[256]; /* byte level: the id of a byte's letter; else of <0x00> ...; or -1 */
  int32_t unknown;             /* the id of what has no symbol, or -1: it is left out */
  bool byte_level, byte_fallback, fuse_unknown, ignore_merges;
} bpe;

/* The id of a token, or -1. */
int32_t bpe_find(const bpe *model, text token);

/* What encoding needs besides the model; zero it, and free it once. */
typedef struct bpe_scratch {
  struct bpe_symbol *symbols;
  struct bpe_candidate *heap;
  size_t symbol_count, symbol_room, heap_count, heap_room;
  bytes letters;
} bpe_scratch;

void bpe_scratch_free(bpe_scratch *scratch);

/* Appends the tokens of a piece of text, which is UTF-8 or, at byte level, anything. */
void bpe_encode(const bpe *model, bpe_scratch *scratch, text piece, id_list *to);

/* The byte-level alphabet: every byte is a printable letter. */
uint32_t bpe_letter_of_byte(unsigned char byte);
int bpe_byte_of_letter(uint32_t letter); /* or -1 */

#endif
