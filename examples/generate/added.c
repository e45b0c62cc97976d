/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See added.h. */
#include "added.h"

#include "unicode.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
  return text_compare(((const added_token *)a)->content, ((const added_token *)b)->content);
}

void added_append(added_tokens *set, added_token token) {
  set->tokens = grow(set->tokens, &set->room, set->count + 1, sizeof *set->tokens);
  set->tokens[set->count++] = token;
  set->begins[(unsigned char)token.content.data[0]] = true;
}

void added_sort(added_tokens *set) {
  if (set->count)
    qsort(set->tokens, set->count, sizeof *set->tokens, compare);
}

void added_free(added_tokens *set) {
  free(set->tokens);
  memset(set, 0, sizeof *set);
}

/* The first token of [low, high) whose byte at `depth` is at least `byte`; tokens there agree in what is before. */
static size_t first_from(const added_tokens *set, size_t low, size_t high, size_t depth, int byte) {
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    text content = set->tokens[middle].content;
    int found = depth < content.size ? (unsigned char)content.data[depth] : -1;
    if (found < byte)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static const added_token *longest(const added_tokens *set, text rest) {
  const added_token *found = NULL;
  size_t low = 0, high = set->count;
  for (size_t depth = 0; depth < rest.size && low < high; ++depth) {
    int byte = (unsigned char)rest.data[depth];
    low = first_from(set, low, high, depth, byte);
    high = first_from(set, low, high, depth, byte + 1);
    if (low < high && set->tokens[low].content.size == depth + 1)
      found = &set->tokens[low];
  }
  return found;
}

static bool is_space(text input, size_t at, size_t *length) {
  uint32_t code;
  *length = utf8_read(input.data + at, input.size - at, &code);
  return unicode_class(code) & UNICODE_SPACE;
}

static size_t spaces_before(text input, size_t at, size_t used) {
  while (at > used) {
    size_t before = at, length;
    do
      --before;
    while (before > used && ((unsigned char)input.data[before] & 0xC0) == 0x80);
    if (!is_space(input, before, &length))
      break;
    at = before;
  }
  return at;
}

static size_t spaces_after(text input, size_t at) {
  for (size_t length; at < input.size && is_space(input, at, &length); at += length)
    ;
  return at;
}

bool added_find(const added_tokens *set, text input, size_t *from, size_t used, added_match *match) {
  for (size_t at = *from; at < input.size; ++at) {
    text rest = {input.data + at, input.size - at};
    const added_token *found = set->begins[(unsigned char)input.data[at]] ? longest(set, rest) : NULL;
    if (!found)
      continue;
    *from = at + found->content.size;
    match->begin = found->strip_left ? spaces_before(input, at, used) : at;
    match->end = found->strip_right ? spaces_after(input, *from) : *from;
    match->id = found->id;
    return true;
  }
  *from = input.size;
  return false;
}
