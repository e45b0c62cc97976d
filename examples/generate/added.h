/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Tokens that are looked for in the text itself before anything else happens to it: <|end_of_text|> and the like. */
#ifndef ATTN_EXAMPLES_GENERATE_ADDED_H
#define ATTN_EXAMPLES_GENERATE_ADDED_H

#include "memory.h"

#include <stdbool.h>

typedef struct added_token {
  text content;
  int32_t id;
  bool strip_left, strip_right; /* spaces beside it belong to it */
} added_token;

typedef struct added_tokens {
  added_token *tokens; /* by content, once added_sort has been called */
  size_t count, room;
  bool begins[256]; /* whether a token begins with this byte */
} added_tokens;

typedef struct added_match {
  size_t begin, end; /* spaces that belong to the token included */
  int32_t id;
} added_match;

void added_append(added_tokens *set, added_token token);
void added_sort(added_tokens *set);
void added_free(added_tokens *set);

/* Finds the leftmost, and of those the longest, token at or after *from, and moves *from behind it. `used` is where the
 * previous match ended: spaces before it are taken. */
bool added_find(const added_tokens *set, text input, size_t *from, size_t used, added_match *match);

#endif
