/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See unicode.h. Composition is the standard's: decompose, order the marks, join each code point with the starter
 * before it where nothing is between them that forbids it.
 */
#include "unicode.h"

#include "utf8.h"

#include <stdlib.h>
#include <string.h>

typedef struct class_range {
  uint32_t first, last;
  unsigned char value;
} class_range;

typedef struct decomposition {
  uint32_t code;
  uint16_t begin, size;
} decomposition;

typedef struct composition {
  uint32_t first, second, code;
} composition;

#include "unicode_tables.inc"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Hangul syllables are arithmetic (Unicode, 3.12). */
enum { HANGUL = 0xAC00, LEAD = 0x1100, VOWEL = 0x1161, TAIL = 0x11A7, LEADS = 19, VOWELS = 21, TAILS = 28 };

static unsigned look_up(const class_range *ranges, size_t size, uint32_t code) {
  size_t low = 0, count = size;
  while (count > 0) {
    size_t half = count / 2;
    if (ranges[low + half].last < code) {
      low += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return low < size && ranges[low].first <= code ? ranges[low].value : 0;
}

unsigned unicode_class(uint32_t code) { return look_up(class_ranges, COUNT(class_ranges), code); }

static unsigned combining_class(uint32_t code) { return look_up(combining_ranges, COUNT(combining_ranges), code); }

static int compare_decompositions(const void *key, const void *entry) {
  uint32_t code = *(const uint32_t *)key, other = ((const decomposition *)entry)->code;
  return (code > other) - (code < other);
}

static int compare_compositions(const void *a, const void *b) {
  const composition *x = a, *y = b;
  if (x->first != y->first)
    return x->first < y->first ? -1 : 1;
  return (x->second > y->second) - (x->second < y->second);
}

/* The code point that two become, or 0. */
static uint32_t composed(uint32_t first, uint32_t second) {
  if (first - LEAD < LEADS && second - VOWEL < VOWELS)
    return HANGUL + ((first - LEAD) * VOWELS + (second - VOWEL)) * TAILS;
  if (first - HANGUL < LEADS * VOWELS * TAILS && (first - HANGUL) % TAILS == 0 && second - TAIL - 1 < TAILS - 1)
    return first + (second - TAIL);
  composition key = {first, second, 0};
  const composition *found =
      bsearch(&key, compositions, COUNT(compositions), sizeof *compositions, compare_compositions);
  return found ? found->code : 0;
}

/* Code points in the order of the text, decomposed. */
typedef struct stretch {
  uint32_t *codes;
  size_t count, room;
} stretch;

static void push(stretch *s, uint32_t code) {
  s->codes = grow(s->codes, &s->room, s->count + 1, sizeof *s->codes);
  s->codes[s->count++] = code;
}

static void push_decomposed(stretch *s, uint32_t code) {
  uint32_t syllable = code - HANGUL;
  if (syllable < LEADS * VOWELS * TAILS) {
    push(s, LEAD + syllable / (VOWELS * TAILS));
    push(s, VOWEL + syllable / TAILS % VOWELS);
    if (syllable % TAILS)
      push(s, TAIL + syllable % TAILS);
    return;
  }
  const decomposition *found =
      bsearch(&code, decompositions, COUNT(decompositions), sizeof *decompositions, compare_decompositions);
  for (size_t i = 0; found && i < found->size; ++i)
    push(s, decomposed[found->begin + i]);
  if (!found)
    push(s, code);
}

/* A mark and its place: sorted by both, marks of one class keep their order. */
typedef struct mark {
  uint32_t code, order;
  size_t place;
} mark;

static int compare_marks(const void *a, const void *b) {
  const mark *x = a, *y = b;
  if (x->order != y->order)
    return x->order < y->order ? -1 : 1;
  return (x->place > y->place) - (x->place < y->place);
}

/* Canonical order of every run of marks. A run may be as long as the text, so it is sorted, not bubbled. */
static void reorder(stretch *s) {
  for (size_t begin = 0, end; begin < s->count; begin = end + (end == begin)) {
    for (end = begin; end < s->count && combining_class(s->codes[end]); ++end)
      ;
    if (end - begin < 2)
      continue;
    mark *marks = allocate(end - begin, sizeof *marks);
    for (size_t i = begin; i < end; ++i) {
      mark next = {s->codes[i], combining_class(s->codes[i]), i};
      marks[i - begin] = next;
    }
    qsort(marks, end - begin, sizeof *marks, compare_marks);
    for (size_t i = begin; i < end; ++i)
      s->codes[i] = marks[i - begin].code;
    free(marks);
  }
}

/* Joins what may be joined, in place: a code point joins the last starter unless one between them has its class or a
 * higher one. */
static void compose(stretch *s) {
  size_t starter = SIZE_MAX, kept = 0;
  unsigned blocked = 0; /* the class of the last code point kept after the starter */
  for (size_t i = 0; i < s->count; ++i) {
    uint32_t code = s->codes[i];
    unsigned order = combining_class(code);
    uint32_t joined = 0;
    if (starter != SIZE_MAX && (starter + 1 == kept || blocked < order))
      joined = composed(s->codes[starter], code);
    if (joined) {
      s->codes[starter] = joined;
      continue;
    }
    if (order == 0)
      starter = kept;
    blocked = order;
    s->codes[kept++] = code;
  }
  s->count = kept;
}

/* Nothing below U+0300, whose first byte is 0xCC, joins anything or is more than itself in the normal form. */
static int is_plain(text from) {
  for (size_t i = 0; i < from.size; ++i)
    if ((unsigned char)from.data[i] >= 0xCC)
      return 0;
  return 1;
}

void unicode_compose(text from, bytes *to) {
  if (is_plain(from)) {
    bytes_append(to, from.data, from.size);
    return;
  }
  stretch s = {NULL, 0, 0};
  for (size_t at = 0; at < from.size;) {
    uint32_t code;
    at += utf8_read(from.data + at, from.size - at, &code);
    push_decomposed(&s, code);
  }
  reorder(&s);
  compose(&s);
  for (size_t i = 0; i < s.count; ++i)
    utf8_append(to, s.codes[i]);
  free(s.codes);
}
